"""How an old address has its work done: a job like any other, waited for up to COMPAT_WAIT_S."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from flask import Response, request

from api import job_routes
from api.bodies import ParsedSubmit, parse_json, parse_submit, read_json_body
from api.compat.old_shape import in_old_names, still_working
from api.problems import problem, status_of_code
from api.responses import json_response
from api.services import services
from api.waiting import wait_until
from jobs.catalog import kinds
from jobs.errors import Conflict, InputError, NoriaError, Unavailable
from jobs.lifecycle import is_terminal
from jobs.record import Job

RUN_WAIT_S = 2.0


def old_body() -> dict[str, Any]:
    """The fields of the request's JSON object; null and an empty body count as nothing said. Raises InputError, HTTP 413, 415."""
    if not request.get_data():
        return {}
    document = parse_json(read_json_body())
    if not isinstance(document, dict):
        raise InputError("The body has to be a JSON object.")
    return {name: value for name, value in document.items() if value is not None}


def parse(kind: str, params: Mapping[str, Any], old_names: Mapping[str, str]) -> ParsedSubmit:
    """The submit that POST /v1/jobs would take; faults name fields by `old_names` (param → its name at the old address).

    Raises InputError, and Unavailable where there is no such kind.
    """
    if kind not in kinds():
        raise Unavailable(f"There is no {kind} in this installation.")
    try:
        return parse_submit(orjson.dumps({"kind": kind, "params": params}))
    except InputError as e:
        raise in_old_names(e, old_names) from None


def start(kind: str, params: Mapping[str, Any], old_names: Mapping[str, str]) -> Job:
    """Submit a job as POST /v1/jobs does. Raises as `parse`, and TooManyRequests."""
    parsed = parse(kind, params, old_names)
    try:
        return job_routes.start(parsed).job
    except InputError as e:
        raise in_old_names(e, old_names) from None


def answer(job: Job, shaped: Callable[[Job], dict[str, Any]], *, shows_run: bool = True) -> Response:
    """What the job came to, `shaped` from its end with success; 202 with its URL if COMPAT_WAIT_S is over before.

    `shows_run`: whether the answer names the job's MLflow run, which is worth waiting for then.
    """
    job = job_routes.await_end(job, services().settings.compat_wait_s)
    if not is_terminal(job.state):
        return still_working(job)
    if job.state == "succeeded":
        return json_response(shaped(_with_run(job) if shows_run else job))
    if job.state == "canceled":
        raise Conflict(f"The job {job.id} was canceled.")
    error = job.error or {"code": NoriaError.code, "message": NoriaError.title}
    return problem(status_of_code(error["code"]), code=error["code"], title="The job failed", detail=error["message"])


def result_of(job: Job) -> dict[str, Any]:
    """The result of a job that succeeded."""
    assert job.result is not None
    return job.result


def run_of(job: Job) -> dict[str, Any]:
    """`mlflow_run_id` and `mlflow_ui_url`; empty where MLflow gave no run."""
    if not job.tracking or not job.tracking.get("run_id"):
        return {}
    return {"mlflow_run_id": job.tracking["run_id"], "mlflow_ui_url": job.tracking.get("ui_url")}


def _with_run(job: Job) -> Job:
    """The job with its MLflow run, which is waited for a moment where a worker says that MLflow is up."""
    s = services()
    if run_of(job):
        return job
    try:
        if not any(health.get("tracking", {}).get("state") == "up" for health in s.jobs.workers().values()):
            return job
        return wait_until(s.reader, s.hub, job.id, seconds=RUN_WAIT_S, done=lambda j: bool(run_of(j)))
    except Unavailable:
        return job
