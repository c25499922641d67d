"""The protocol of the job store: the one owner of a job's state. Redis and memory implement it, under one suite.

Every write by a running job names its `fence`; a write under a fence that is not the present one raises LeaseLost.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from jobs.kind import Queue
from jobs.lifecycle import State
from jobs.record import Artifact, Event, EventType, Job
from storage.callback_queue import CallbackQueue
from storage.gate import Gate
from storage.queues import Queues
from storage.retrain_queue import RetrainQueue
from storage.review_queue import ReviewQueue

EventDraft = tuple[EventType, dict[str, Any]]
StopReason = Literal["canceled", "lease_lost"]
REUSED = "This Idempotency-Key made job {} from another body. Use a new key for a new job."


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to submit. `idempotency_key` and `body_hash` (of the request's canonical body) go together.

    retrains: the model whose pending corrections the job claims when it starts; see RetrainQueue.
    callback_url: who is told of the job's end; see CallbackQueue.
    """

    id: str
    kind: str
    queue: Queue
    params: dict[str, Any]
    max_attempts: int
    labels: Mapping[str, str]
    request_id: str = ""
    idempotency_key: str | None = None
    body_hash: str = ""
    retrains: str | None = None
    callback_url: str | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """What a submit did: the job, and whether it stood there before under the same idempotency key."""

    job: Job
    replayed: bool


@dataclass(frozen=True, slots=True)
class End:
    """How a run ends. `state` "queued" means: try again after `delay_s`."""

    state: State
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class JobPage:
    """Some jobs, newest first, and the cursor of the next page (None: there is none). A page may be short."""

    jobs: tuple[Job, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Glance:
    """What of a job changes while one looks at a list; progress as in the job's document, None before the first."""

    state: State
    attempt: int
    progress: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Reaped:
    """What one round of the reaper did, as job ids."""

    requeued: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    rewoken: tuple[str, ...] = ()
    started_delayed: tuple[str, ...] = ()
    to_finish: tuple[str, ...] = ()


class JobStore(RetrainQueue, ReviewQueue, CallbackQueue, Queues, Gate, Protocol):
    """Jobs, kept. Raises BrokerUnavailable when the store does not answer in time."""

    def submit(self, job: NewJob, *, idempotency_s: float, queue_limit: int) -> Submitted:
        """Write the job, its indexes, its first event and its Celery message, all or nothing, in one round trip.

        Raises IdempotencyKeyReused (same key, other body) and TooManyRequests (the queue is full).
        """
        ...

    def get(self, job_id: str) -> Job:
        """The job with its present queue position. Raises NotFound."""
        ...

    def page(self, *, kind: str | None = None, state: State | None = None, label: tuple[str, str] | None = None,
             limit: int = 50, cursor: str | None = None) -> JobPage:
        """Jobs that match all the filters, newest first. `cursor`: the last id seen. Costs the page, not the history."""
        ...

    def glance(self, job_ids: Sequence[str]) -> dict[str, Glance]:
        """State and progress of those of these jobs that are there, by id; costs the same for jobs of any size."""
        ...

    def events(self, job_id: str, *, after: str | None = None, limit: int = 1000) -> tuple[Event, ...]:
        """Events with ids above `after`, oldest first, at most `limit`; the store keeps the last 20,000. Raises NotFound."""
        ...

    def acquire(self, job_id: str, *, worker: str, lease_s: float) -> Job | None:
        """queued → running under a new fence and lease; None when there is nothing to run (taken, ended, unknown,
        its queue is paused: then it is told of again when that is resumed).

        Counts an attempt unless the job was handed back; past `max_attempts` the job fails with `worker_lost`.
        """
        ...

    def renew(self, job_id: str, fence: int, *, lease_s: float) -> StopReason | None:
        """Prolong the lease, or make it anew if only time ran out. Says if and why the run has to stop."""
        ...

    def publish(self, job_id: str, fence: int, events: Sequence[EventDraft]) -> None:
        """Append progress, metric and log events; the last progress becomes the job's. Raises LeaseLost."""
        ...

    def commit(self, job_id: str, fence: int, *, result: dict[str, Any], artifacts: Sequence[Artifact],
               models: Sequence[dict[str, Any]]) -> Job:
        """Take in the result while still running: from here on the job can only succeed, whoever finishes it.

        Raises LeaseLost.
        """
        ...

    def move(self, job_id: str, fence: int, end: End, *, artifacts: Sequence[Artifact] = ()) -> Job:
        """running → succeeded, failed, canceled, or queued for another attempt.

        Raises LeaseLost, also for a committed job and any end but success.

        The same move again under the same fence gives the same job (a retried call is safe). A retry past
        `max_attempts` becomes failed.
        """
        ...

    def hand_back(self, job_id: str, fence: int) -> Job:
        """running → queued at the front, without counting the attempt. Raises LeaseLost, also for a committed job."""
        ...

    def annotate(self, job_id: str, tracking: dict[str, Any]) -> None:
        """Set the tracking information, at any state, with a `tracking` event. Unknown jobs are ignored."""
        ...

    def request_cancel(self, job_id: str) -> Job:
        """Cancel a queued job at once, ask a running one to stop. Raises NotFound, Conflict (already ended)."""
        ...

    def retry(self, job_id: str) -> Job:
        """failed or canceled → queued with its attempts anew.

        Raises NotFound, Conflict (any other state), NothingToRetrain (a retrain of a model without pending corrections).
        """
        ...

    def reap(self, *, lease_s: float, spare_leases: bool = False) -> Reaped:
        """One round: requeue or fail what runs without a live lease, start what was delayed long enough, wake what
        has waited longer than a lease without a message, and name the committed jobs whose worker is gone.

        `spare_leases`: leave the running jobs alone, since their workers may have had no way to renew.
        """
        ...

    def take_over(self, job_id: str, *, worker: str, lease_s: float) -> Job | None:
        """A committed job whose lease ran out, under a new fence, to be finished; None if another was faster."""
        ...

    def lead(self, duty: str, holder: str, *, ttl_s: float) -> bool:
        """Whether `holder` is the one that does `duty` for the next `ttl_s`; asking again prolongs it."""
        ...

    def unarchived(self, limit: int = 100) -> tuple[str, ...]:
        """Ended jobs that the object store does not hold yet, oldest first."""
        ...

    def mark_archived(self, job_id: str, revision: int) -> None:
        """The object store holds the job as of `revision`; ignored if it has changed since."""
        ...

    def drop_expired(self, *, retention_s: float, limit: int = 1000) -> int:
        """Forget archived jobs that ended more than `retention_s` ago; gives how many."""
        ...

    def restore(self, job: Job, events: Sequence[Event]) -> bool:
        """Put an archived job back as it was (reindex); False if the store has it already."""
        ...

    def uptime_s(self) -> float:
        """Seconds since the store itself was started."""
        ...

    def clock_ahead_s(self) -> float:
        """Seconds by which this machine's clock is ahead of the store's, which decides about leases; negative: behind."""
        ...

    def ping(self) -> None:
        """Return if the store answers. Raises BrokerUnavailable."""
        ...

    def report_worker(self, name: str, health: dict[str, Any], *, ttl_s: float) -> None:
        """Keep a worker's health for `ttl_s` seconds."""
        ...

    def forget_worker(self, name: str) -> None:
        """Let a worker that stops be known no longer; no error if it is not."""
        ...

    def workers(self) -> dict[str, dict[str, Any]]:
        """The health of every worker that reported lately, by name."""
        ...

    def listen(self, on_change: Callable[[str | None], None], stop: threading.Event) -> None:
        """Block until `stop` is set, calling `on_change(job_id)` at every change of any job.

        `on_change(None)` says that changes may have been missed (first connect, reconnect): look again.
        """
        ...

    def index(self, collection: str, document_id: str, score: float) -> None:
        """Note that a document exists in the object store; lists of `collection` show the highest score first."""
        ...

    def unindex(self, collection: str, document_id: str) -> None:
        """Take a document off its list."""
        ...

    def indexed(self, collection: str, *, limit: int = 50, cursor: str | None = None) -> tuple[tuple[str, ...], str | None]:
        """Ids of a collection, newest first, and the next page's cursor (URL-safe) or None. Raises InputError (cursor)."""
        ...
