"""The gate in memory: a part of MemoryJobStore."""

import threading
from collections.abc import Callable

from storage.gate import Rate


class MemoryGate:
    """See Gate."""

    _lock: threading.RLock

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, int]] = {}
        self._key_listeners: list[Callable[[], None]] = []

    def _now(self) -> int:
        raise TypeError("MemoryJobStore has the clock")

    def draw(self, bucket: str, rate: Rate, wanted: int) -> tuple[int, float]:
        """See Gate."""
        with self._lock:
            now = self._now()
            tokens, at = self._buckets.get(bucket, (float(rate.burst), now))
            tokens = min(rate.burst, tokens + (now - at) / 1000 * rate.per_s)
            granted = min(wanted, int(tokens))
            self._buckets[bucket] = (tokens - granted, now)
            return granted, 0.0 if granted else (1 - tokens) / rate.per_s

    def announce_keys(self) -> None:
        """See Gate."""
        for listener in list(self._key_listeners):
            listener()

    def listen_for_keys(self, on_change: Callable[[], None], stop: threading.Event) -> None:
        """See Gate."""
        self._key_listeners.append(on_change)
        on_change()
        stop.wait()
        self._key_listeners.remove(on_change)
