"""What is known of the queues, and how one is paused. A part of the job store's protocol; see JobStore.

A paused queue takes jobs in and starts none. Celery's messages for it wait aside, so that no worker is busy with them,
and come back, in their order, when it is resumed.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from jobs.kind import Queue


@dataclass(frozen=True, slots=True)
class Pause:
    """Why a queue is paused, and since when (epoch milliseconds of the store's clock)."""

    reason: str
    since: int


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """One queue: jobs that wait, jobs that run, and its pause if it has one.

    oldest_s: how long the longest waiting job has waited.  overdue_s: for how long a running job has been without its lease,
    the longest; more than moments say that nobody is there to requeue it.
    """

    waiting: int
    running: int
    oldest_s: float = 0.0
    pause: Pause | None = None
    overdue_s: float = 0.0

    def document(self) -> dict[str, Any]:
        """As JSON, as readyz and `noria queues` show it."""
        return {"waiting": self.waiting, "running": self.running, "oldest_s": self.oldest_s, "overdue_s": self.overdue_s,
                "paused": {"reason": self.pause.reason, "since": self.pause.since} if self.pause else None}


class Queues(Protocol):
    """The queues. Raises BrokerUnavailable when the store does not answer in time."""

    def pause_queue(self, queue: Queue, reason: str) -> None:
        """Start no further job of the queue, until it is resumed; what runs goes on. Pausing again changes the reason."""
        ...

    def resume_queue(self, queue: Queue) -> bool:
        """Start jobs of the queue again, those that wait first; False if it was not paused."""
        ...

    def queues(self) -> dict[Queue, QueueStatus]:
        """Every queue as it stands now."""
        ...

    def counts(self) -> dict[str, int]:
        """What happened since ever; see storage.counts."""
        ...


def paused_progress(queue: str, reason: str) -> dict[str, Any]:
    """The progress that a job shows while it waits in a paused queue."""
    return {"fraction": 0.0, "stage": "paused", "message": f"Queue {queue} is paused{': ' if reason else ''}{reason}"}
