"""Rate limits: token buckets in the broker, which all API processes draw from, by the handful.

A process takes tokens for many requests in one round trip and spends them by itself, so that a limit costs a request next
to nothing; in exchange a caller may make up to a handful more requests in each process than its bucket holds.
While the broker does not answer nobody is held back: what needs the broker is answered 503 anyway.
"""

import threading
import time
from collections import OrderedDict

from jobs.errors import BrokerUnavailable, TooManyRequests
from storage.gate import Gate, Rate

HANDFULS = 200  # in a full bucket
BROKER_REST_S = 1.0  # a broker that did not answer is not asked for so long
CALLERS = 10_000  # that are remembered


class RateLimiter:
    """Holds back whoever makes more requests than `rate` allows; `rate` None: nobody."""

    def __init__(self, gate: Gate, rate: Rate | None) -> None:
        self._gate, self._rate = gate, rate
        self._handful = max(1, rate.burst // HANDFULS) if rate else 0
        self._left: OrderedDict[str, int] = OrderedDict()
        self._refused_until: dict[str, float] = {}
        self._broker_rests_until = 0.0
        self._lock = threading.Lock()

    def spend(self, caller: str) -> None:
        """Count a request of `caller`. Raises TooManyRequests with the seconds to wait."""
        if self._rate is None or self._has_token(caller):
            return
        now = time.monotonic()
        if now < self._broker_rests_until:
            return
        wait_s = self._refused_until.get(caller, 0.0) - now
        if wait_s <= 0:
            try:
                granted, wait_s = self._gate.draw(caller, self._rate, self._handful)
            except BrokerUnavailable:
                self._broker_rests_until = now + BROKER_REST_S
                return
            if granted:
                self._keep(caller, granted - 1)
                return
            self._remember_refusal(caller, now + wait_s)
        raise TooManyRequests("More requests than the rate allows; wait as long as Retry-After says.", retry_after_s=wait_s)

    def is_spent(self, caller: str) -> bool:
        """Whether `caller` was refused by this process and has to wait still."""
        return self._refused_until.get(caller, 0.0) > time.monotonic()

    def _has_token(self, caller: str) -> bool:
        with self._lock:
            left = self._left.get(caller, 0)
            if left:
                self._left[caller] = left - 1
            return left > 0

    def _keep(self, caller: str, tokens: int) -> None:
        with self._lock:
            self._left[caller] = self._left.get(caller, 0) + tokens
            self._left.move_to_end(caller)
            if len(self._left) > CALLERS:
                self._left.popitem(last=False)

    def _remember_refusal(self, caller: str, until: float) -> None:
        with self._lock:
            if len(self._refused_until) >= CALLERS:
                self._refused_until.clear()
            self._refused_until[caller] = until
