"""The job store in memory: the reference that the Redis store is held against, and the one for tests without a server."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import orjson

from jobs.errors import Conflict, IdempotencyKeyReused, LeaseLost, NotFound, NothingToRetrain, TooManyRequests
from jobs.lifecycle import Outcome, State, is_terminal, require_move
from jobs.record import Artifact, Attempt, Event, EventType, Job
from storage.job_store import REUSED, End, EventDraft, Glance, JobPage, NewJob, Reaped, StopReason, Submitted
from storage.memory_callbacks import MemoryCallbacks
from storage.memory_gate import MemoryGate
from storage.memory_index import MemoryIndex
from storage.memory_queues import MemoryQueues
from storage.memory_retrains import MemoryRetrains
from storage.records import lost_error, new_job
from storage.retrain_queue import NOTHING

DONE = {"fraction": 1.0, "stage": "done", "message": None}


class MemoryJobStore(MemoryIndex, MemoryQueues, MemoryRetrains, MemoryCallbacks, MemoryGate):
    """See JobStore. `advance(seconds)` moves its clock, so that tests need not wait for leases."""

    def __init__(self) -> None:
        MemoryIndex.__init__(self)
        MemoryRetrains.__init__(self)
        MemoryQueues.__init__(self)
        MemoryCallbacks.__init__(self)
        MemoryGate.__init__(self)
        self._lock = threading.RLock()
        self._skew_ms = 0
        self._jobs: dict[str, Job] = {}
        self._events: dict[str, list[Event]] = {}
        self._leases: dict[str, int] = {}
        self._delayed: dict[str, int] = {}
        self._handed_back: set[str] = set()
        self._moved: dict[str, tuple[int, State]] = {}
        self._idempotency: dict[str, tuple[str, str, int]] = {}
        self._unarchived: dict[str, int] = {}
        self._archived: dict[str, int] = {}
        self._workers: dict[str, tuple[dict[str, Any], int]] = {}
        self._leaders: dict[str, tuple[str, int]] = {}
        self._listeners: list[Callable[[str | None], None]] = []

    def advance(self, seconds: float) -> None:
        """Move the store's clock forward."""
        self._skew_ms += round(seconds * 1000)

    def _now(self) -> int:
        return time.time_ns() // 1_000_000 + self._skew_ms

    def _require(self, job_id: str) -> Job:
        if job_id not in self._jobs:
            raise NotFound(f"There is no job {job_id!r}.")
        return self._jobs[job_id]

    def _held(self, job_id: str, fence: int) -> Job:
        job = self._jobs.get(job_id)
        if job is None or job.state != "running" or job.fence != fence:
            raise LeaseLost(f"Fence {fence} of job {job_id} is not the present one.")
        return job

    def _save(self, job: Job, event: tuple[EventType, dict[str, Any]] | None = None) -> Job:
        self._jobs[job.id] = job = replace(job, revision=job.revision + 1)
        if event:
            self._append(job, *event)
        self._notify(job.id)
        return job

    def _note(self, job: Job, event: tuple[EventType, dict[str, Any]]) -> None:
        if job.id in self._archived:
            self._unarchived[job.id] = self._archived.pop(job.id)
        self._save(job, event)

    def _append(self, job: Job, kind: EventType, data: dict[str, Any]) -> None:
        events = self._events.setdefault(job.id, [])
        events.append(Event(str(len(events) + 1), kind, job.attempt, self._now(), data))

    def _notify(self, job_id: str) -> None:
        for listener in list(self._listeners):
            listener(job_id)

    def _leave_queue(self, job: Job) -> None:
        self._delayed.pop(job.id, None)
        if job.id in self._waiting[job.queue]:
            self._waiting[job.queue].remove(job.id)

    def _close_attempt(self, job: Job, outcome: Outcome) -> Job:
        if not job.attempts or job.attempts[-1].outcome is not None:
            return job
        self._count_run(job, outcome)
        last = replace(job.attempts[-1], ended_at=self._now(), outcome=outcome)
        return replace(job, attempts=(*job.attempts[:-1], last))

    def _finish(self, job: Job, state: State, error: dict[str, Any] | None = None) -> Job:
        require_move(job.state, state)
        self._leases.pop(job.id, None)
        self._counts[f"ended|{job.kind}|{state}"] += 1
        now = self._now()
        self._unarchived[job.id] = now
        data = {"state": state} | ({"error": error} if error else {})
        ended = self._save(replace(job, state=state, finished_at=now, error=error or job.error), ("state", data))
        self._retrain_ended(ended, state, error)
        self._owe_callback(ended)
        return ended

    def _requeue(self, job: Job, outcome: Outcome, *, delay_s: float = 0, front: bool = False,
                 error: dict[str, Any] | None = None) -> Job:
        job = self._close_attempt(job, outcome)
        if job.cancel_requested:
            return self._finish(job, "canceled")
        require_move(job.state, "queued")
        if outcome == "retried":
            self._tries_again(job)
        self._leases.pop(job.id, None)
        if delay_s > 0:
            self._delayed[job.id] = self._now() + round(delay_s * 1000)
        else:
            self._enqueue(job, front=front)
        data = {"state": "queued"} | ({"error": error} if error else {})
        return self._save(replace(job, state="queued"), ("state", data))

    def submit(self, job: NewJob, *, idempotency_s: float, queue_limit: int) -> Submitted:
        """See JobStore."""
        with self._lock:
            if job.idempotency_key:
                first, body_hash, expires = self._idempotency.get(job.idempotency_key, ("", "", 0))
                if expires > self._now():
                    if body_hash != job.body_hash:
                        raise IdempotencyKeyReused(REUSED.format(first))
                    return Submitted(self.get(first), replayed=True)
            waiting = len(self._waiting[job.queue])
            if waiting >= queue_limit:
                raise TooManyRequests(f"{waiting} jobs wait in queue {job.queue} already; try again later.", retry_after_s=10)
            made = new_job(job, self._now(), waiting)
            self._retrain_waits(made)
            self._enqueue(made)
            self._save(replace(made, revision=0, queue_position=None), ("state", {"state": "queued"}))
            if job.idempotency_key:
                self._idempotency[job.idempotency_key] = (job.id, job.body_hash, self._now() + round(idempotency_s * 1000))
            return Submitted(made, replayed=False)

    def get(self, job_id: str) -> Job:
        """See JobStore."""
        with self._lock:
            job = self._require(job_id)
            if job.state != "queued":
                return job
            return self._as_waiting(job)

    def page(self, *, kind: str | None = None, state: State | None = None, label: tuple[str, str] | None = None,
             limit: int = 50, cursor: str | None = None) -> JobPage:
        """See JobStore."""
        with self._lock:
            found = [
                self.get(j.id) for j in sorted(self._jobs.values(), key=lambda j: j.id, reverse=True)
                if (cursor is None or j.id < cursor) and (kind is None or j.kind == kind)
                and (state is None or j.state == state) and (label is None or j.labels.get(label[0]) == label[1])
            ]
            return JobPage(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None)

    def glance(self, job_ids: Sequence[str]) -> dict[str, Glance]:
        """See JobStore."""
        with self._lock:
            found = [self._jobs[job_id] for job_id in job_ids if job_id in self._jobs]
            return {j.id: Glance(j.state, j.attempt, j.progress) for j in found}

    def events(self, job_id: str, *, after: str | None = None, limit: int = 1000) -> tuple[Event, ...]:
        """See JobStore."""
        with self._lock:
            self._require(job_id)
            return tuple(self._events[job_id][int(after or 0):][:limit])

    def acquire(self, job_id: str, *, worker: str, lease_s: float) -> Job | None:
        """See JobStore."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.state != "queued" or job_id in self._delayed:
                return None
            if job.queue in self._pauses:
                self._tell(job_id, job.queue, front=True)
                return None
            self._leave_queue(job)
            if not self._may_start(job):
                return None
            attempt = job.attempt + (0 if job_id in self._handed_back else 1)
            if attempt > job.max_attempts:
                self._finish(job, "failed", orjson.loads(lost_error()))
                return None
            self._handed_back.discard(job_id)
            self._claim(job)
            now, fence = self._now(), job.fence + 1
            self._leases[job_id] = now + round(lease_s * 1000)
            require_move(job.state, "running")
            self._counts[f"attempts|{job.kind}"] += 1
            return self._save(replace(
                job, state="running", attempt=attempt, fence=fence, progress=None, error=None, started_at=job.started_at or now,
                attempts=(*job.attempts, Attempt(attempt, fence, worker, now))), ("state", {"state": "running"}))

    def renew(self, job_id: str, fence: int, *, lease_s: float) -> StopReason | None:
        """See JobStore."""
        with self._lock:
            try:
                job = self._held(job_id, fence)
            except LeaseLost:
                return "lease_lost"
            self._leases[job_id] = self._now() + round(lease_s * 1000)
            return "canceled" if job.cancel_requested and not job.committed else None

    def publish(self, job_id: str, fence: int, events: Sequence[EventDraft]) -> None:
        """See JobStore."""
        with self._lock:
            job = self._held(job_id, fence)
            for kind, data in events:
                self._append(job, kind, data)
            progress = next((data for kind, data in reversed(events) if kind == "progress"), None)
            if progress is not None:
                self._save(replace(job, progress=progress))
            else:
                self._notify(job_id)

    def commit(self, job_id: str, fence: int, *, result: dict[str, Any], artifacts: Sequence[Artifact],
               models: Sequence[dict[str, Any]]) -> Job:
        """See JobStore."""
        with self._lock:
            job = self._held(job_id, fence)
            return self._save(replace(job, result=result, artifacts=tuple(artifacts), models=tuple(models), committed=True))

    def move(self, job_id: str, fence: int, end: End, *, artifacts: Sequence[Artifact] = ()) -> Job:
        """See JobStore."""
        with self._lock:
            if self._moved.get(job_id) == (fence, end.state) and self._jobs[job_id].fence == fence:
                return self.get(job_id)
            job = self._held(job_id, fence)
            if job.committed and end.state != "succeeded":
                raise LeaseLost(f"Job {job_id} is committed and can only succeed.")
            self._moved[job_id] = (fence, end.state)
            job = replace(job, result=end.result or job.result, artifacts=tuple(artifacts) or job.artifacts)
            if end.state == "queued" and job.attempt < job.max_attempts:
                return self._requeue(job, "retried", delay_s=end.delay_s, error=end.error)
            state: State = "failed" if end.state == "queued" else end.state
            job = self._close_attempt(job, state)  # type: ignore[arg-type]  # the ends' names are outcomes too
            return self._finish(replace(job, progress=DONE) if state == "succeeded" else job, state, end.error)

    def hand_back(self, job_id: str, fence: int) -> Job:
        """See JobStore."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job and job.fence == fence and job_id in self._handed_back:
                return self.get(job_id)
            job = self._held(job_id, fence)
            if job.committed:
                raise LeaseLost(f"Job {job_id} is committed and can only succeed.")
            self._handed_back.add(job_id)
            return self._requeue(job, "handed_back", front=True)

    def annotate(self, job_id: str, tracking: dict[str, Any]) -> None:
        """See JobStore."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is not None and job.tracking != tracking:
                self._note(replace(job, tracking=tracking), ("tracking", tracking))

    def request_cancel(self, job_id: str) -> Job:
        """See JobStore."""
        with self._lock:
            job = self._require(job_id)
            if is_terminal(job.state):
                raise Conflict(f"The job is {job.state}; only a queued or running job can be canceled.")
            if job.state == "queued":
                self._leave_queue(job)
                return self._finish(replace(job, cancel_requested=True), "canceled")
            return job if job.cancel_requested else self._save(replace(job, cancel_requested=True))

    def retry(self, job_id: str) -> Job:
        """See JobStore."""
        with self._lock:
            job = self._require(job_id)
            if job.state not in ("failed", "canceled"):
                raise Conflict(f"The job is {job.state}; only a failed or canceled job can be retried.")
            if job.retrains and not self.retrain_status(job.retrains).pending:
                raise NothingToRetrain(NOTHING)
            self._retrain_waits(job)
            self._unarchived.pop(job_id, None)
            self._archived.pop(job_id, None)
            self._moved.pop(job_id, None)
            self._handed_back.discard(job_id)
            self._enqueue(job)
            self._save(replace(
                job, state="queued", attempt=0, error=None, result=None, finished_at=None, started_at=None, committed=False,
                models=(), artifacts=(), progress=None, cancel_requested=False), ("state", {"state": "queued"}))
            return self.get(job_id)

    def reap(self, *, lease_s: float, spare_leases: bool = False) -> Reaped:
        """See JobStore."""
        with self._lock:
            now = self._now()
            requeued, failed, to_finish = [], [], []
            for job_id in [i for i, deadline in self._leases.items() if deadline <= now and not spare_leases]:
                job = self._jobs[job_id]
                if job.committed:
                    to_finish.append(job_id)
                elif job.attempt < job.max_attempts or job.cancel_requested:
                    self._requeue(job, "lost", front=True)
                    requeued.append(job_id)
                else:
                    self._finish(self._close_attempt(job, "lost"), "failed", orjson.loads(lost_error()))
                    failed.append(job_id)
            started = [i for i, due in self._delayed.items() if due <= now]
            for job_id in started:
                del self._delayed[job_id]
                self._enqueue(self._jobs[job_id])
                self._notify(job_id)
            return Reaped(tuple(requeued), tuple(failed), tuple(self._rewake(now, lease_s)), tuple(started), tuple(to_finish))

    def take_over(self, job_id: str, *, worker: str, lease_s: float) -> Job | None:
        """See JobStore."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.state != "running" or not job.committed or self._leases[job_id] > self._now():
                return None
            self._leases[job_id] = self._now() + round(lease_s * 1000)
            return self._save(replace(job, fence=job.fence + 1))

    def lead(self, duty: str, holder: str, *, ttl_s: float) -> bool:
        """See JobStore."""
        with self._lock:
            current, expires = self._leaders.get(duty, (holder, 0))
            if current != holder and expires > self._now():
                return False
            self._leaders[duty] = (holder, self._now() + round(ttl_s * 1000))
            return True

    def unarchived(self, limit: int = 100) -> tuple[str, ...]:
        """See JobStore."""
        with self._lock:
            return tuple(sorted(self._unarchived, key=lambda i: self._unarchived[i])[:limit])

    def mark_archived(self, job_id: str, revision: int) -> None:
        """See JobStore."""
        with self._lock:
            if job_id in self._unarchived and self._jobs[job_id].revision == revision:
                self._archived[job_id] = self._unarchived.pop(job_id)

    def drop_expired(self, *, retention_s: float, limit: int = 1000) -> int:
        """See JobStore."""
        with self._lock:
            expired = [i for i, end in self._archived.items() if end <= self._now() - retention_s * 1000][:limit]
            for job_id in expired:
                del self._archived[job_id], self._jobs[job_id], self._events[job_id]
            return len(expired)

    def restore(self, job: Job, events: Sequence[Event]) -> bool:
        """See JobStore."""
        with self._lock:
            if job.id in self._jobs:
                return False
            self._jobs[job.id], self._events[job.id] = job, list(events)
            self._archived[job.id] = job.finished_at or 0
            return True

    def uptime_s(self) -> float:
        """See JobStore; as if it had always been there."""
        return float("inf")

    def clock_ahead_s(self) -> float:
        """See JobStore."""
        return -self._skew_ms / 1000

    def ping(self) -> None:
        """See JobStore."""

    def report_worker(self, name: str, health: dict[str, Any], *, ttl_s: float) -> None:
        """See JobStore."""
        self._workers[name] = (health, self._now() + round(ttl_s * 1000))

    def forget_worker(self, name: str) -> None:
        """See JobStore."""
        self._workers.pop(name, None)

    def workers(self) -> dict[str, dict[str, Any]]:
        """See JobStore."""
        return {name: health for name, (health, expires) in sorted(self._workers.items()) if expires > self._now()}

    def listen(self, on_change: Callable[[str | None], None], stop: threading.Event) -> None:
        """See JobStore."""
        self._listeners.append(on_change)
        on_change(None)
        stop.wait()
        self._listeners.remove(on_change)
