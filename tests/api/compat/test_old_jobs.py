"""How the old addresses have their work done: waiting, the MLflow run, and how a job's failure is told."""

import time
from collections.abc import Callable

import pytest
from flask import Response

from api.compat import old_jobs
from api.problems import status_of
from jobs import errors
from jobs.errors import NoriaError
from storage.job_store import End
from tests.api.compat.acting import RUN, failed, report, succeeded, worker
from tests.api.conftest import Api

URL = "/api/answer"


def answering(api: Api, kind: str = "test.noop") -> Api:
    """The installation with an old address that has a job of this kind done."""
    def answer() -> Response:
        job = old_jobs.start(kind, old_jobs.old_body(), {"value": "valor"})
        return old_jobs.answer(job, lambda ended: {"value": old_jobs.result_of(ended)["value"], **old_jobs.run_of(ended)})

    api.app.add_url_rule(URL, view_func=answer, methods=["POST"])
    return api




def test_the_answer_is_the_job_s_result_and_the_job_an_ordinary_one(api: Api) -> None:
    with worker(answering(api), {"test.noop": succeeded({"value": 7})}) as seen:
        answer = api.client.post(URL, json={"value": 3})

    assert (answer.status_code, answer.json) == (200, {"value": 7})
    shown = api.client.get(f"/v1/jobs/{seen[0].id}").json
    assert (shown["kind"], shown["params"], shown["request_id"]) == ("test.noop", {"value": 3}, answer.headers["X-Request-Id"])


@pytest.mark.parametrize(("body", "message"), [
    ({"value": "x"}, "valor: has to be a whole number."), ({"valor": 1}, "valor: is not a known field."), ([], "The body has to be a JSON object.")])
def test_faulty_params_are_400_and_start_nothing(api: Api, body: object, message: str) -> None:
    answer = answering(api).client.post(URL, json=body)

    assert (answer.status_code, answer.json["error"]) == (400, message)
    assert api.jobs.page().jobs == ()


@pytest.mark.parametrize("options", [{}, {"json": {}}, {"json": {"value": None}}, {"data": b"", "content_type": "text/plain"}])
def test_nothing_said_and_null_mean_the_default(api: Api, options: dict) -> None:
    with worker(answering(api), {"test.noop": succeeded({"value": 0})}) as seen:
        assert api.client.post(URL, **options).status_code == 200
    assert seen[0].params == {"value": 0}


def test_a_kind_that_is_not_there_is_503(api: Api) -> None:
    answer = answering(api, "test.missing").client.post(URL)

    assert (answer.status_code, answer.json) == (503, {"success": False, "error": "There is no test.missing in this installation."})
    assert answer.headers["Retry-After"]


def test_past_the_time_to_wait_the_answer_is_202_with_the_job_s_url(make_api: Callable[..., Api]) -> None:
    api = answering(make_api(COMPAT_WAIT_S="0.2"))

    started = time.monotonic()
    answer = api.client.post(URL)

    assert 0.2 <= time.monotonic() - started < 5
    job, = api.jobs.page().jobs
    assert (answer.status_code, answer.headers["Location"]) == (202, f"/v1/jobs/{job.id}")
    document = answer.json
    assert job.id in document.pop("message")
    assert document == {"success": False, "job_id": job.id, "job_url": f"/v1/jobs/{job.id}", "state": "queued"}


@pytest.mark.parametrize("code", ["data_error", "not_found", "conflict", "tracking_unavailable", "worker_lost"])
def test_a_failed_job_has_the_status_of_its_error(api: Api, code: str) -> None:
    with worker(answering(api), {"test.noop": failed(code, "It did not work.")}):
        answer = api.client.post(URL)

    known = [error for error in vars(errors).values() if isinstance(error, type) and issubclass(error, NoriaError) and error.code == code]
    expected = status_of(known[0])
    assert (answer.status_code, answer.json) == (400 if expected == 422 else expected, {"success": False, "error": "It did not work."})


def test_a_canceled_job_is_409(api: Api) -> None:
    with worker(answering(api), {"test.noop": End("canceled")}):
        answer = api.client.post(URL)

    assert (answer.status_code, "canceled" in answer.json["error"]) == (409, True)


@pytest.mark.parametrize("late", [False, True])
def test_the_run_stands_in_the_answer_and_is_waited_for_where_mlflow_is_up(api: Api, late: bool) -> None:
    report(api)
    with worker(answering(api), {"test.noop": succeeded({"value": 1})}, run=RUN, late_run=late):
        answer = api.client.post(URL)

    assert answer.json == {"value": 1, "mlflow_run_id": "a1b2", "mlflow_ui_url": "http://mlflow/#/experiments/7/runs/a1b2"}


@pytest.mark.parametrize("state", ["down", "off", "not_installed", None])
def test_where_mlflow_is_not_up_the_answer_has_no_run_and_comes_at_once(api: Api, state: str | None) -> None:
    if state:
        report(api, tracking={"state": state})
    with worker(answering(api), {"test.noop": succeeded({"value": 1})}):
        started = time.monotonic()
        answer = api.client.post(URL)

    assert answer.json == {"value": 1}
    assert time.monotonic() - started < old_jobs.RUN_WAIT_S


def test_a_run_that_does_not_come_is_waited_for_two_seconds_only(api: Api) -> None:
    report(api)
    with worker(answering(api), {"test.noop": succeeded({"value": 1})}):
        started = time.monotonic()
        answer = api.client.post(URL)

    assert answer.json == {"value": 1}
    assert old_jobs.RUN_WAIT_S <= time.monotonic() - started < old_jobs.RUN_WAIT_S + 5
