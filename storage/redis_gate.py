"""The gate on Redis: a part of RedisJobStore."""

import threading
from collections.abc import Callable
from typing import Any

import redis

from storage.gate import Rate
from storage.redis_answers import P, answers


class RedisGate:
    """See Gate."""

    url: str
    _redis: Any

    def _run(self, script: str, *args: Any) -> Any:
        raise TypeError("RedisJobStore has the scripts")

    def draw(self, bucket: str, rate: Rate, wanted: int) -> tuple[int, float]:
        """See Gate."""
        granted, wait_ms = self._run("draw", bucket, rate.per_s, rate.burst, wanted)
        return int(granted), int(wait_ms) / 1000

    def announce_keys(self) -> None:
        """See Gate."""
        with answers():
            self._redis.publish(f"{P}keys", "changed")

    def listen_for_keys(self, on_change: Callable[[], None], stop: threading.Event) -> None:
        """See Gate. Has a connection of its own, and comes back by itself when Redis does."""
        client: Any = redis.Redis.from_url(self.url, socket_timeout=5, socket_connect_timeout=2, decode_responses=True)
        while not stop.is_set():
            try:
                with client.pubsub(ignore_subscribe_messages=False) as pubsub:
                    pubsub.subscribe(f"{P}keys")
                    while not stop.is_set():
                        # The answer to the subscription counts too: from then on nothing is missed.
                        if pubsub.get_message(timeout=1.0) is not None:
                            on_change()
            except redis.RedisError:
                stop.wait(0.5)
        client.close()
