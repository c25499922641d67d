"""Jobs as stores keep them: flat fields of text for Redis, one document for the archive."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, cast

import orjson

from jobs.errors import WorkerLost
from jobs.kind import Queue
from jobs.lifecycle import State
from jobs.record import SCHEMA, Artifact, Attempt, Event, EventType, Job
from storage.job_store import NewJob

JobFields = dict[str, str]
_JSON = ("progress", "result", "error", "tracking")


def new_job(job: NewJob, created_at: int, queue_position: int) -> Job:
    """The job as it stands right after its submit."""
    return Job(
        id=job.id, kind=job.kind, queue=job.queue, params=job.params, created_at=created_at, max_attempts=job.max_attempts,
        labels=dict(job.labels), request_id=job.request_id, queue_position=queue_position, retrains=job.retrains,
        callback_url=job.callback_url)


def error_document(code: str, message: str, *, retryable: bool = False, step: str | None = None) -> dict[str, Any]:
    """The `error` of a job document."""
    return {"code": code, "message": message, "retryable": retryable, "step": step}


def lost_error() -> bytes:
    """The error of a job whose worker was lost at its last attempt, as JSON."""
    message = ("The worker was lost at every attempt: it was killed, ran out of memory, or crashed. "
               "See the worker's log, then retry the job, perhaps with less data.")
    return orjson.dumps(error_document(WorkerLost.code, message))


def artifacts_json(artifacts: Sequence[Artifact]) -> bytes:
    """Artifacts as JSON."""
    return orjson.dumps([asdict(a) for a in artifacts])


def job_from_fields(fields: JobFields) -> Job:
    """A job from its hash in Redis (all values text; absent ones are None or the default)."""
    closed = tuple(Attempt(**a) for a in orjson.loads(f"[{fields.get('closed', '')}]"))
    if "worker" in fields:
        running = Attempt(int(fields["attempt"]), int(fields["attempt_fence"]), fields["worker"], int(fields["acquired_at"]))
        closed = (*closed, running)
    parsed = {name: orjson.loads(fields[name]) if fields.get(name) else None for name in _JSON}
    return Job(
        id=fields["id"], kind=fields["kind"], queue=cast(Queue, fields["queue"]), params=orjson.loads(fields["params"]),
        created_at=int(fields["created_at"]), max_attempts=int(fields["max_attempts"]), labels=orjson.loads(fields["labels"]),
        request_id=fields["request_id"], state=cast(State, fields["state"]), revision=int(fields["revision"]),
        attempt=int(fields["attempt"]), fence=int(fields["fence"]), attempts=closed,
        artifacts=tuple(Artifact(**a) for a in orjson.loads(fields.get("artifacts") or "[]")),
        models=tuple(orjson.loads(fields.get("models") or "[]")),
        cancel_requested=fields.get("cancel_requested") == "1", committed=fields.get("committed") == "1",
        started_at=_int(fields.get("started_at")), finished_at=_int(fields.get("finished_at")),
        queue_position=_int(fields.get("queue_position")), retrains=fields.get("retrains"),
        callback_url=fields.get("callback_url"), **parsed)


def job_to_fields(job: Job) -> dict[str, bytes | str | int]:
    """The hash of an ended job, as `job_from_fields` reads it."""
    closed = ",".join(orjson.dumps(asdict(a)).decode() for a in job.attempts)
    fields: dict[str, Any] = {
        "id": job.id, "kind": job.kind, "queue": job.queue, "params": orjson.dumps(job.params), "created_at": job.created_at,
        "max_attempts": job.max_attempts, "labels": orjson.dumps(job.labels), "request_id": job.request_id, "state": job.state,
        "revision": job.revision, "attempt": job.attempt, "fence": job.fence, "closed": closed,
        "artifacts": artifacts_json(job.artifacts), "models": orjson.dumps(list(job.models)),
        "cancel_requested": int(job.cancel_requested), "committed": int(job.committed),
        "started_at": job.started_at, "finished_at": job.finished_at, "retrains": job.retrains,
        "callback_url": job.callback_url,
    }
    fields |= {name: orjson.dumps(value) for name in _JSON if (value := getattr(job, name)) is not None}
    return {k: v for k, v in fields.items() if v is not None}


def event_line(event: Event) -> bytes:
    """An event as an entry of its job's list."""
    return f"{event.at} {event.attempt} {event.type} ".encode() + orjson.dumps(event.data)


def event_from_line(event_id: str, line: str) -> Event:
    """The reverse of `event_line`."""
    at, attempt, kind, data = line.split(" ", 3)
    return Event(event_id, cast(EventType, kind), int(attempt), int(at), orjson.loads(data))


def archive_document(job: Job, events: Sequence[Event]) -> dict[str, Any]:
    """An ended job with its events, ready for JSON."""
    return {"schema": SCHEMA, "job": asdict(job), "events": [asdict(e) for e in events]}


def from_archive(document: dict[str, Any]) -> tuple[Job, tuple[Event, ...]]:
    """The reverse of `archive_document`."""
    job = dict(document["job"])
    job["attempts"] = tuple(Attempt(**a) for a in job["attempts"])
    job["artifacts"] = tuple(Artifact(**a) for a in job["artifacts"])
    job["models"] = tuple(job["models"])
    return Job(**job), tuple(Event(**e) for e in document["events"])


def _int(text: str | None) -> int | None:
    return None if text in (None, "") else int(text)
