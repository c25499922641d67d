"""The pages of jobs: the list, one job, what can be done with it, and the stream of what changes."""

import re
from typing import cast

import orjson
from flask import Response, current_app, redirect, request, url_for
from werkzeug import Response as BaseResponse

from api import job_routes, queries
from api.console.desk import desk
from api.console.feed import Feed
from api.console.language import SOURCE, language, marked
from api.console.page import Entry, go, page_blueprint, show
from api.console.preview import preview_of
from api.console.sentences import said
from api.job_routes import STREAM_HEADERS
from api.queries import JobFilter
from api.services import services
from jobs.catalog import kinds
from jobs.errors import NotFound
from jobs.lifecycle import STATES, is_terminal
from jobs.record import Job
from storage.job_store import JobPage

PAGE = 50
ID_PREFIX = re.compile(r"[0-9a-f]{1,24}")
FEED = "noria.feed"

routes = page_blueprint("jobs", __name__)
NAV = Entry("console_jobs.jobs", marked("Jobs"))


@routes.get("/")
def jobs() -> Response:
    """The list, newest first, by the filters of the address; with `cursor`, a later part of it."""
    wanted, start = _filter(), request.args.get("id", "").strip().lower()
    page = _beginning_with(start, wanted) if start else services().jobs.page(
        kind=wanted.kind, state=wanted.state, label=wanted.label, limit=PAGE, cursor=wanted.cursor)
    filters = {name: value for name in ("kind", "state", "label", "id") if (value := request.args.get(name, "").strip())}
    return show("jobs.html", page=page, filters=filters, kinds=list(kinds()), states=STATES, desk=desk(services().jobs),
                first=wanted.cursor is None)


@routes.get("/jobs")
def above() -> BaseResponse:
    """The way to the list, for who shortens the address of a job."""
    return redirect(url_for("console_jobs.jobs"), 303)


@routes.get("/jobs/<job_id>")
def job(job_id: str) -> Response:
    """One job."""
    found = services().reader.get(job_id)
    return show("job.html", job=found, ended=is_terminal(found.state), links=outside_links(found))


@routes.get("/jobs/<job_id>/events")
def events(job_id: str) -> Response:
    """What happened to a job, as `/v1/jobs/{id}/events` has it; what the page shows outside of the log is in its language."""
    answer = job_routes.events(job_id)
    if answer.is_json and language() != SOURCE:
        page = orjson.loads(answer.get_data())
        newest = [event["data"] for event in page["events"] if event["type"] == "progress"][-1:]
        errors = [event["data"]["error"] for event in page["events"] if event["type"] == "state" and event["data"].get("error")]
        for told in newest + errors:
            told["message"] = said(told.get("message") or "")
        answer.set_data(orjson.dumps(page))
    return answer


@routes.get("/jobs/<job_id>/artifacts/<path:name>")
def artifact(job_id: str, name: str) -> Response:
    """The bytes of an artifact, as `/v1/jobs/{id}/artifacts/{name}` has them."""
    return job_routes.artifact(job_id, name)


@routes.get("/jobs/<job_id>/preview/<path:name>")
def preview(job_id: str, name: str) -> Response:
    """The beginning of an artifact, to be shown in the job's page."""
    found = next((a for a in services().reader.get(job_id).artifacts if a.name == name), None)
    if found is None:
        raise NotFound("The job has no such artifact.")
    return show("preview.html", job_id=job_id, artifact=found, preview=preview_of(services().objects, found))


@routes.post("/jobs/<job_id>/cancel")
def cancel(job_id: str) -> BaseResponse:
    """Cancel a job, as `/v1/jobs/{id}/cancel` does."""
    job_routes.cancel(job_id)
    return go("console_jobs.job", job_id=job_id)


@routes.post("/jobs/<job_id>/retry")
def retry(job_id: str) -> BaseResponse:
    """Queue a job again, as `/v1/jobs/{id}/retry` does."""
    job_routes.retry(job_id)
    return go("console_jobs.job", job_id=job_id)


@routes.get("/events")
def feed() -> Response:
    """The event stream that every page listens to; see `api.console.feed`."""
    if request.method == "HEAD":  # whose body is never asked for, nor closed
        return Response(mimetype="text/event-stream", headers=STREAM_HEADERS)
    waiter, stream = cast(Feed, current_app.extensions[FEED]).open(language())
    response = Response(stream, mimetype="text/event-stream", headers=STREAM_HEADERS)
    response.call_on_close(waiter.close)
    return response


def _filter() -> JobFilter:
    """The filters of the address; a field that a form sends empty is none. Raises InputError."""
    kind, state, label = (request.args.get(name, "").strip() or None for name in ("kind", "state", "label"))
    return queries.make_filter(kind, state, label, PAGE)


def _beginning_with(start: str, wanted: JobFilter) -> JobPage:
    """The jobs whose id begins so: ids sort by time, so they stand together in the list."""
    if not ID_PREFIX.fullmatch(start):
        return JobPage((), None)
    found = services().jobs.page(kind=wanted.kind, state=wanted.state, label=wanted.label, limit=PAGE,
                                 cursor=wanted.cursor or f"{start.ljust(24, 'f')}g")
    matching = tuple(job for job in found.jobs if job.id.startswith(start))
    if not matching and len(start) == 24:
        matching = (archived,) if (archived := services().reader.find(start)) else ()
    return JobPage(matching, found.next_cursor if len(matching) == len(found.jobs) else None)


def outside_links(job: Job) -> dict[str, str]:
    """Addresses of the job in MLflow and of its worker's page in Flower, where there are any."""
    settings = services().settings
    links = {}
    if job.tracking and job.tracking.get("ui_url"):
        links["MLflow"] = str(job.tracking["ui_url"])
    if settings.flower_port:
        links["Flower"] = f"http://{request.host.rpartition(':')[0] or request.host}:{settings.flower_port}/task/{job.id}"
    return links
