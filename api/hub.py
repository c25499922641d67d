"""The waiting hub: one listener per process on the job store's changes, however many clients wait.

A notice only wakes; what changed is read by the waiter. So a notice too many does no harm, and after a reconnect all
are woken, so that one too few does none either. A waiter registers first, then reads, then waits.
"""

import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Self, TypeVar

import structlog

from jobs.errors import BrokerUnavailable, Unavailable
from storage.job_store import JobStore

RESERVED_THREADS = 40  # of a process's threads, kept free for requests that do not wait
RECONNECT_S = 0.5
ANY = ""  # no job's id
WATCHED_MOST = 1000  # changed jobs that a watcher keeps apart

log = structlog.get_logger("api.hub")
W = TypeVar("W", bound="Waiter")


def waiter_capacity(threads: int) -> int:
    """How many of a process's threads may wait at once; at least half of them where there are few."""
    return max(threads - RESERVED_THREADS, threads // 2)


class Waiter:
    """One client that waits for news of one job. Close it when the client is gone."""

    def __init__(self, hub: "Hub", job_id: str) -> None:
        self.job_id = job_id
        self._hub = hub
        self._news = threading.Event()

    @property
    def stopping(self) -> bool:
        """Whether the process is about to end, so that nobody should wait any more."""
        return self._hub.stopping

    def clear(self) -> None:
        """Forget the news so far; to be called before reading, so that no change falls between."""
        self._news.clear()

    def wait(self, timeout_s: float) -> bool:
        """Wait for news at most `timeout_s`; False if there were none."""
        return self._hub.stopping or self._news.wait(timeout_s)

    def wake(self) -> None:
        """Say that there may be news."""
        self._news.set()

    def close(self) -> None:
        """Give the place in the hub back; a second call does nothing."""
        self._hub.leave(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Watcher(Waiter):
    """One that waits for news of any job. `all_changed`: news may have been missed, or were too many to be kept."""

    def __init__(self, hub: "Hub") -> None:
        super().__init__(hub, ANY)
        self._changed: set[str] = set()
        self._all_changed = False
        self._lock = threading.Lock()

    def note(self, job_id: str | None) -> None:
        """Keep that this job changed; all of them for None."""
        with self._lock:
            if job_id is not None:
                self._changed.add(job_id)
            if job_id is None or len(self._changed) > WATCHED_MOST:
                self._all_changed = True
                self._changed.clear()
        self.wake()

    def take(self) -> tuple[set[str], bool]:
        """The jobs that changed since the last call, and `all_changed`."""
        self.clear()
        with self._lock:
            taken = self._changed, self._all_changed
            self._changed, self._all_changed = set(), False
        return taken


class Hub:
    """See the module. `capacity`: clients that may wait at once; the listener starts with the first of them.

    `on_count` is told how many wait, at each change.
    """

    def __init__(self, jobs: JobStore, capacity: int, on_count: Callable[[int], object] = lambda _: None) -> None:
        self.capacity = capacity
        self._on_count = on_count
        self._jobs = jobs
        self._waiters: defaultdict[str, set[Waiter]] = defaultdict(set)
        self._count = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def waiting(self) -> int:
        """How many clients wait now."""
        return self._count

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stop.is_set()

    def has(self, job_id: str) -> bool:
        """Whether anybody waits for this job."""
        return job_id in self._waiters

    def join(self, job_id: str) -> Waiter:
        """A place in the hub. Raises Unavailable when all are taken or the process is about to end."""
        return self._add(Waiter(self, job_id))

    def watch(self) -> Watcher:
        """A place in the hub for news of any job. Raises Unavailable like `join`."""
        return self._add(Watcher(self))

    def _add(self, waiter: W) -> W:
        with self._lock:
            if self._count >= self.capacity or self.stopping:
                raise Unavailable("Too many clients wait here already. Try again later, or ask without waiting.", retry_after_s=5)
            self._count += 1
            self._on_count(self._count)
            self._waiters[waiter.job_id].add(waiter)
            if self._thread is None:
                self._thread = threading.Thread(target=self._listen, name="hub", daemon=True)
                self._thread.start()
        return waiter

    def leave(self, waiter: Waiter) -> None:
        """Take a waiter out; no error if it is out already."""
        with self._lock:
            present = self._waiters.get(waiter.job_id, set())
            if waiter in present:
                present.remove(waiter)
                self._count -= 1
                self._on_count(self._count)
            if not present:
                self._waiters.pop(waiter.job_id, None)

    def on_change(self, job_id: str | None) -> None:
        """Wake those who wait for this job; all of them for None."""
        with self._lock:
            groups = list(self._waiters.values()) if job_id is None else [self._waiters.get(job_id, set())]
            woken = [waiter for group in groups for waiter in group]
            watchers = [waiter for waiter in self._waiters.get(ANY, ()) if isinstance(waiter, Watcher)]
        for waiter in woken:
            waiter.wake()
        for watcher in watchers:
            watcher.note(job_id)

    def stop(self) -> None:
        """Wake everybody for the last time and end the listener."""
        self._stop.set()
        self.on_change(None)

    def _listen(self) -> None:
        while not self.stopping:
            try:
                self._jobs.listen(self.on_change, self._stop)
            except BrokerUnavailable:
                log.warning("no notices from the broker; trying again")
                self._stop.wait(RECONNECT_S)
