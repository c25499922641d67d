"""Deliveries that are owed, in memory: a part of MemoryJobStore, which tells it of each end of a job."""

import threading
from dataclasses import dataclass, replace
from typing import Any

from jobs.record import EventType, Job
from storage.callback_queue import Delivery


@dataclass
class _Owed:
    delivery: Delivery
    due: int


class MemoryCallbacks:
    """See CallbackQueue."""

    _lock: threading.RLock
    _jobs: dict[str, Job]

    def __init__(self) -> None:
        self._owed: dict[str, _Owed] = {}

    def _now(self) -> int:
        raise TypeError("MemoryJobStore has the clock")

    def _note(self, job: Job, event: tuple[EventType, dict[str, Any]]) -> None:
        raise TypeError("MemoryJobStore has the jobs")

    def _owe_callback(self, ended: Job) -> None:
        if ended.callback_url:
            delivery = Delivery(f"{ended.id}-{ended.revision}", ended, 0)
            self._owed[delivery.id] = _Owed(delivery, self._now())

    def take_callbacks(self, limit: int, *, lease_s: float) -> tuple[Delivery, ...]:
        """See CallbackQueue."""
        with self._lock:
            now = self._now()
            due = sorted((o for o in self._owed.values() if o.due <= now), key=lambda o: (o.due, o.delivery.id))[:limit]
            for owed in due:
                owed.due = now + round(lease_s * 1000)
                owed.delivery = replace(owed.delivery, tries=owed.delivery.tries + 1)
            return tuple(o.delivery for o in due)

    def settle_callback(self, delivery: Delivery, said: dict[str, Any], *, again_s: float | None) -> bool:
        """See CallbackQueue."""
        with self._lock:
            if delivery.id not in self._owed:
                return False
            if again_s is None:
                del self._owed[delivery.id]
            else:
                self._owed[delivery.id].due = self._now() + round(again_s * 1000)
            job = self._jobs.get(delivery.job.id)
            if job is not None:
                self._note(job, ("log", said))
            return True

    def callbacks_owed(self) -> int:
        """See CallbackQueue."""
        return len(self._owed)
