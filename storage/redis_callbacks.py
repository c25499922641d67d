"""Deliveries that are owed, on Redis: a part of RedisJobStore. The end of a job writes them: `finish` in lua/common.lua."""

from typing import Any

import orjson

from storage.callback_queue import Delivery
from storage.records import job_from_fields
from storage.redis_answers import P, answers


class RedisCallbacks:
    """See CallbackQueue."""

    _redis: Any

    def _run(self, script: str, *args: Any) -> Any:
        raise TypeError("RedisJobStore has the scripts")

    def take_callbacks(self, limit: int, *, lease_s: float) -> tuple[Delivery, ...]:
        """See CallbackQueue."""
        taken = self._run("take_callbacks", round(lease_s * 1000), limit)
        return tuple(_delivery(name, dict(zip(flat[::2], flat[1::2], strict=True)))
                     for name, flat in zip(taken[::2], taken[1::2], strict=True))

    def settle_callback(self, delivery: Delivery, said: dict[str, Any], *, again_s: float | None) -> bool:
        """See CallbackQueue."""
        delay = "" if again_s is None else round(again_s * 1000)
        return bool(self._run("settle_callback", delivery.id, delivery.job.id, delay, orjson.dumps(said)))

    def callbacks_owed(self) -> int:
        """See CallbackQueue."""
        with answers():
            return int(self._redis.zcard(f"{P}callbacks"))


def _delivery(name: str, fields: dict[str, str]) -> Delivery:
    return Delivery(name, job_from_fields(fields), int(fields["tries"]))
