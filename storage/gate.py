"""What the API's processes share to keep their door: buckets of tokens for rate limits, and the word that keys have changed."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: `per_s` tokens come in a second, and at most `burst` lie in it."""

    per_s: float
    burst: int


class Gate(Protocol):
    """Raises BrokerUnavailable when the store does not answer in time."""

    def draw(self, bucket: str, rate: Rate, wanted: int) -> tuple[int, float]:
        """Take up to `wanted` whole tokens out of a bucket; how many, and seconds until the next one if there was none."""
        ...

    def announce_keys(self) -> None:
        """Tell every process that listens that API keys were made or revoked."""
        ...

    def listen_for_keys(self, on_change: Callable[[], None], stop: threading.Event) -> None:
        """Block until `stop` is set, calling `on_change` at each announcement, and when some may have been missed."""
        ...
