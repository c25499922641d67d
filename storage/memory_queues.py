"""The queues in memory: a part of MemoryJobStore."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from jobs.kind import QUEUES, Queue
from jobs.record import Job
from storage.counts import run_class
from storage.queues import Pause, QueueStatus, paused_progress


class MemoryQueues:
    """See Queues. `messages` holds, per queue, the ids that Celery would be told about, the next one last."""

    _lock: threading.RLock
    _jobs: dict[str, Job]
    _leases: dict[str, int]
    _now: Callable[[], int]

    def __init__(self) -> None:
        self._waiting: dict[str, list[str]] = {q: [] for q in QUEUES}
        self._enqueued: dict[str, int] = {}
        self._waits_since: dict[str, int] = {}
        self._counts: Counter[str] = Counter()
        self._pauses: dict[str, Pause] = {}
        self._set_aside: dict[str, list[str]] = {q: [] for q in QUEUES}
        self.messages: dict[str, list[str]] = {q: [] for q in QUEUES}

    def pause_queue(self, queue: Queue, reason: str) -> None:
        """See Queues."""
        with self._lock:
            since = self._pauses[queue].since if queue in self._pauses else self._now()
            self._pauses[queue] = Pause(reason, since)
            self._set_aside[queue] = [*self.messages[queue], *self._set_aside[queue]]
            self.messages[queue].clear()

    def resume_queue(self, queue: Queue) -> bool:
        """See Queues."""
        with self._lock:
            self.messages[queue] += self._set_aside[queue]
            self._set_aside[queue] = []
            return self._pauses.pop(queue, None) is not None

    def counts(self) -> dict[str, int]:
        """See Queues."""
        return dict(self._counts)

    def _count_run(self, job: Job, outcome: str) -> None:
        run_ms = self._now() - job.attempts[-1].started_at
        self._counts[f"runs|{job.kind}|{run_class(run_ms)}"] += 1
        self._counts[f"run_ms|{job.kind}"] += run_ms
        if outcome == "lost":
            self._counts[f"lost|{job.kind}"] += 1

    def queues(self) -> dict[Queue, QueueStatus]:
        """See Queues."""
        with self._lock:
            now, status = self._now(), {}
            for queue in QUEUES:
                waits = [now - self._waits_since[i] for i in self._waiting[queue]]
                overdue = [now - deadline for i, deadline in self._leases.items() if self._jobs[i].queue == queue]
                status[queue] = QueueStatus(len(waits), len(overdue), max([0, *waits]) / 1000, self._pauses.get(queue),
                                            max([0, *overdue]) / 1000)
            return status

    def _tell(self, job_id: str, queue: str, *, front: bool) -> None:
        messages = self._set_aside[queue] if queue in self._pauses else self.messages[queue]
        messages.insert(len(messages) if front else 0, job_id)

    def _enqueue(self, job: Job, *, front: bool = False) -> None:
        waiting = self._waiting[job.queue]
        waiting.insert(0 if front else len(waiting), job.id)
        self._tell(job.id, job.queue, front=front)
        self._enqueued[job.id] = self._waits_since[job.id] = self._now()

    def _rewake(self, now: int, lease_s: float) -> list[str]:
        rewoken = []
        for queue, waiting in self._waiting.items():
            messages = self._set_aside[queue] if queue in self._pauses else self.messages[queue]
            for job_id in waiting[:50]:
                if now - self._enqueued[job_id] > lease_s * 1000 and job_id not in messages[-200:]:
                    self._enqueued[job_id] = now
                    self._tell(job_id, queue, front=True)
                    rewoken.append(job_id)
        return rewoken

    def _as_waiting(self, job: Job) -> Job:
        """The queued job with its place, and with a word about its queue's pause if there is one."""
        waiting = self._waiting[job.queue]
        pause = self._pauses.get(job.queue)
        return replace(job, queue_position=waiting.index(job.id) if job.id in waiting else len(waiting),
                       progress=paused_progress(job.queue, pause.reason) if pause else job.progress)
