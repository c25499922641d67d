"""The routes under /v1/jobs: the one way to start work, and to see what becomes of it."""

import zlib
from collections.abc import Iterator
from itertools import chain
from urllib.parse import quote

import orjson
import structlog
from flask import Blueprint, Response, g, request
from werkzeug.exceptions import NotAcceptable

from api import queries
from api.bodies import ParsedSubmit, parse_submit, read_json_body
from api.references import require_references
from api.responses import json_response
from api.room import require_room
from api.services import services
from api.waiting import event_stream, wait_until
from jobs.callbacks import require_allowed
from jobs.errors import NotFound, Unavailable
from jobs.lifecycle import is_terminal
from jobs.record import Artifact, Job, event_document, job_document, new_job_id
from storage.job_store import NewJob, Submitted
from storage.object_store import ObjectStore

EVENTS_LIMIT = 1000
PAGE_BYTES = 2 << 20  # what a page of jobs may have, unless a single one has more
PAGE_STEP = 20  # jobs that are in memory at once while a page is made
# Neither caches nor proxies may hold a stream back or change it.
STREAM_HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
INLINE_TYPES = frozenset({"image/png", "image/jpeg", "image/webp", "text/plain", "text/csv", "application/json"})

routes = Blueprint("jobs", __name__, url_prefix="/v1/jobs")


def etag_of(job: Job) -> str:
    """What changes whenever the job's document does: its revision, its place in the queue, and why that is paused."""
    if job.queue_position is None:
        return f"{job.revision}"
    said = (job.progress or {}).get("message") or ""
    return f"{job.revision}-{job.queue_position}" + (f"-{zlib.crc32(said.encode()):08x}" if said else "")


def job_response(job: Job, status: int = 200) -> Response:
    """The job document as a response, with its ETag."""
    response = json_response(job_document(job), status)
    response.set_etag(etag_of(job))
    return response


@routes.post("")
def submit() -> Response:
    """Start a job: 202 with its document, or 200 if it ended within the time that `Prefer: wait` asked for."""
    key, patience_s = queries.idempotency_key(), queries.preferred_wait_s()
    submitted = start(parse_submit(read_json_body()), key)
    job = await_end(submitted.job, patience_s) if patience_s else submitted.job
    ended = patience_s is not None and is_terminal(job.state)
    response = job_response(job, 200 if ended else 202)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    if ended:
        response.headers["Preference-Applied"] = f"wait={patience_s}"
    if submitted.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def start(parsed: ParsedSubmit, key: str | None = None) -> Submitted:
    """Submit a job whose body is valid, if what it refers to is there; `key` is the Idempotency-Key.

    Raises InputError, IdempotencyKeyReused, TooManyRequests, Unavailable (StorageFull among them).
    """
    s = services()
    require_room(s.settings)
    if parsed.callback_url is not None:
        require_allowed(parsed.callback_url, s.settings.callback_hosts, signed=bool(s.settings.callback_key),
                        private=s.settings.callback_private)
    require_references(parsed.kind, parsed.params, s)
    submitted = s.jobs.submit(
        NewJob(id=new_job_id(), kind=parsed.kind.name, queue=parsed.kind.queue, params=parsed.params,
               max_attempts=parsed.kind.max_attempts, labels=parsed.labels, request_id=g.request_id, idempotency_key=key,
               body_hash=parsed.body_hash if key else "",
               retrains=parsed.params[parsed.kind.retrains] if parsed.kind.retrains else None,
               callback_url=parsed.callback_url),
        idempotency_s=s.settings.idempotency_hours * 3600, queue_limit=s.settings.queue_limit)
    structlog.contextvars.bind_contextvars(job_id=submitted.job.id)
    (s.metrics.replayed if submitted.replayed else s.metrics.submitted).labels(parsed.kind.name).inc()
    return submitted


def await_end(job: Job, seconds: float) -> Job:
    """The job at its end or when time is over; as it was submitted if waiting is not possible: submitted it is."""
    try:
        s = services()
        return wait_until(s.reader, s.hub, job.id, seconds=seconds, done=lambda j: is_terminal(j.state))
    except Unavailable:
        return job


@routes.get("")
def listing() -> Response:
    """Jobs newest first that match the filters; fewer than asked for where they are large, with a next page then."""
    f = queries.job_filter()
    documents: list[orjson.Fragment] = []
    size, cursor = 0, f.cursor
    for _ in range(0, f.limit, PAGE_STEP):
        page = services().jobs.page(kind=f.kind, state=f.state, label=f.label, limit=min(PAGE_STEP, f.limit - len(documents)),
                                    cursor=cursor)
        for job in page.jobs:
            document = orjson.dumps(job_document(job))
            size += len(document)
            if documents and size > PAGE_BYTES:
                return json_response({"jobs": documents, "next_cursor": cursor})
            documents.append(orjson.Fragment(document))
            cursor = job.id
        cursor = page.next_cursor
        if cursor is None:
            break
    return json_response({"jobs": documents, "next_cursor": cursor})


@routes.get("/<job_id>")
def show(job_id: str) -> Response:
    """The document; with `?wait=` once it is another than the ETag in If-None-Match, or without one at the job's end."""
    s, seconds = services(), queries.wait_s()
    known = request.if_none_match
    if seconds:
        job = wait_until(s.reader, s.hub, job_id, seconds=seconds,
                         done=lambda j: not known.contains_weak(etag_of(j)) if known else is_terminal(j.state))
    else:
        job = s.reader.get(job_id)
    if known.contains_weak(etag_of(job)):
        response = Response(status=304)
        response.set_etag(etag_of(job))
        return response
    return job_response(job)


@routes.get("/<job_id>/events")
def events(job_id: str) -> Response:
    """What happened to the job: server-sent events, or a page of JSON."""
    after = queries.event_id()
    best = request.accept_mimetypes.best_match(["application/json", "text/event-stream"])
    if best == "text/event-stream":
        return _stream(job_id, after)
    if best is None and request.headers.get("Accept"):
        raise NotAcceptable
    found = services().reader.events(job_id, after=after, limit=queries.limit(default=EVENTS_LIMIT, largest=EVENTS_LIMIT))
    return json_response({"events": [event_document(e) for e in found], "next": found[-1].id if found else after})


def _stream(job_id: str, after: str | None) -> Response:
    s = services()
    if request.method == "HEAD":  # whose body is never asked for, nor closed
        s.reader.get(job_id)
        return Response(mimetype="text/event-stream", headers=STREAM_HEADERS)
    waiter = s.hub.join(job_id)
    try:
        job = s.reader.get(job_id)
    except BaseException:
        waiter.close()
        raise
    response = Response(event_stream(s.reader, waiter, job, after), mimetype="text/event-stream", headers=STREAM_HEADERS)
    # Not in the generator's own `finally`, which never runs if the client is gone before the first event.
    response.call_on_close(waiter.close)
    return response


@routes.post("/<job_id>/cancel")
def cancel(job_id: str) -> Response:
    """Cancel a queued job at once, ask a running one to stop."""
    s = services()
    s.reader.revive(job_id)
    return job_response(s.jobs.request_cancel(job_id), 202)


@routes.post("/<job_id>/retry")
def retry(job_id: str) -> Response:
    """Queue a failed or canceled job again, under its id."""
    s = services()
    s.reader.revive(job_id)
    return job_response(s.jobs.retry(job_id), 202)


@routes.get("/<job_id>/artifacts")
def artifacts(job_id: str) -> Response:
    """Names, sizes and hashes of the files that the job published."""
    job = services().reader.get(job_id)
    return json_response({"artifacts": [
        {"name": a.name, "size": a.size, "sha256": a.sha256, "media_type": a.media_type,
         "links": {"self": f"/v1/jobs/{job.id}/artifacts/{quote(a.name)}"}} for a in job.artifacts]})


@routes.get("/<job_id>/artifacts/<path:name>")
def artifact(job_id: str, name: str) -> Response:
    """The bytes of one of the job's files; nothing that the job does not list can be reached."""
    s = services()
    found = next((a for a in s.reader.get(job_id).artifacts if a.name == name), None)
    if found is None:
        raise NotFound(f"The job has no artifact {name[:200]!r}; {request.path.removesuffix('/' + name)} lists those it has.")
    if request.if_none_match.contains_weak(found.sha256):
        response = Response(status=304)
    else:
        response = Response(_opened(s.objects, found), mimetype=found.media_type)
        response.content_length = found.size
    response.set_etag(found.sha256)
    disposition = "inline" if found.media_type in INLINE_TYPES else "attachment"
    response.headers.set("Content-Disposition", disposition, filename=name.rpartition("/")[2])
    # Even a page that a browser is made to show may neither run scripts nor act in this address's name.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _opened(objects: ObjectStore, artifact: Artifact) -> Iterator[bytes]:
    """The file in pieces, with the first one read now, so that a missing object is a 404 and not a broken answer."""
    try:
        pieces = objects.stream(artifact.key)
        return chain([next(pieces, b"")], pieces)
    except NotFound:
        raise NotFound(f"The bytes of artifact {artifact.name!r} are gone from the storage.") from None
