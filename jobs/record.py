"""The job document: what is known of one job, the same for the store, the API, the workers and the archive."""

import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

from jobs.kind import Queue
from jobs.lifecycle import Outcome, State

EventType = Literal["state", "progress", "metric", "log", "tracking"]
SCHEMA = 1
CHANCE_BITS = 48


@dataclass(frozen=True, slots=True)
class Attempt:
    """One acquire. Two entries share an `attempt` number where a stopping worker handed the job back."""

    attempt: int
    fence: int
    worker: str
    started_at: int
    ended_at: int | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a job. `id` counts the events of one job from 1; `at` is epoch milliseconds."""

    id: str
    type: EventType
    attempt: int
    at: int
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that a run published. `key` is its name in the object store, `name` what people see."""

    name: str
    key: str
    size: int
    sha256: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Job:
    """All that is known of a job. Times are epoch milliseconds of the store's clock.

    `revision` grows with each change.  `fence` names the present holder's right to write; `attempt` counts the
    acquires that count.  `committed`: the result is in, and what remains is to publish what the run made.
    `retrains`: the model whose corrections the job claims.  `callback_url`: who is told of its end.
    """

    id: str
    kind: str
    queue: Queue
    params: dict[str, Any]
    created_at: int
    max_attempts: int
    labels: dict[str, str] = field(default_factory=dict)
    request_id: str = ""
    state: State = "queued"
    revision: int = 1
    attempt: int = 0
    fence: int = 0
    attempts: tuple[Attempt, ...] = ()
    progress: dict[str, Any] | None = None
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    tracking: dict[str, Any] | None = None
    artifacts: tuple[Artifact, ...] = ()
    models: tuple[dict[str, Any], ...] = ()
    cancel_requested: bool = False
    committed: bool = False
    started_at: int | None = None
    finished_at: int | None = None
    queue_position: int | None = None
    retrains: str | None = None
    callback_url: str | None = None


class JobIds:
    """Makes ids of 24 hexadecimal digits: 48 bits of milliseconds, 48 of chance. Those of one process sort as they were made.

    Within a millisecond, or while the clock goes back, the last id counts on, as a monotonic ULID does.
    """

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def next(self, now_ms: int) -> str:
        """The id after all earlier ones."""
        with self._lock:
            fresh = now_ms << CHANCE_BITS | secrets.randbits(CHANCE_BITS)
            self._last = fresh if fresh >> CHANCE_BITS > self._last >> CHANCE_BITS else self._last + 1
            return f"{self._last:024x}"


_ids = JobIds()


def new_job_id() -> str:
    """A fresh id that sorts by time; see JobIds."""
    return _ids.next(time.time_ns() // 1_000_000)


@lru_cache(maxsize=4096)
def rfc3339(epoch_ms: int | None) -> str | None:
    """Epoch milliseconds as RFC 3339 in UTC with milliseconds (`2026-11-22T06:40:00.123Z`), None for None."""
    if epoch_ms is None:
        return None
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def job_document(job: Job) -> dict[str, Any]:
    """The job as the HTTP contract shows it, ready for JSON. Its callback_url is not shown: who knows it may call it."""
    base = f"/v1/jobs/{job.id}"
    return {
        "id": job.id, "kind": job.kind, "state": job.state, "queue": job.queue,
        "progress": job.progress or {"fraction": 0.0, "stage": None, "message": None},
        "params": job.params, "labels": job.labels, "result": job.result, "error": job.error,
        "attempt": job.attempt, "max_attempts": job.max_attempts, "queue_position": job.queue_position,
        "cancel_requested": job.cancel_requested, "request_id": job.request_id,
        "attempts": [
            {"attempt": a.attempt, "worker": a.worker, "started_at": rfc3339(a.started_at),
             "ended_at": rfc3339(a.ended_at), "outcome": a.outcome, "fence": a.fence}
            for a in job.attempts
        ],
        "created_at": rfc3339(job.created_at), "started_at": rfc3339(job.started_at), "finished_at": rfc3339(job.finished_at),
        "tracking": job.tracking,
        "links": {"self": base, "events": f"{base}/events", "cancel": f"{base}/cancel", "artifacts": f"{base}/artifacts"},
    }


def event_document(event: Event) -> dict[str, Any]:
    """An event as the HTTP contract shows it, ready for JSON."""
    return {"id": event.id, "type": event.type, "attempt": event.attempt, "at": rfc3339(event.at), "data": event.data}
