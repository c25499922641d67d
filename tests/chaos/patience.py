"""Waiting that is bounded by progress: how long a thing takes says little on a machine that does much else."""

import time


class Stuck:
    """Tells that something that should come to an end has not come nearer to it for `limit_s` seconds."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s, self._least, self._since = limit_s, float("inf"), time.monotonic()

    def at(self, left: float) -> bool:
        """Whether so much was left, or less, for too long already."""
        if left < self._least:
            self._least, self._since = left, time.monotonic()
        return time.monotonic() - self._since > self._limit_s
