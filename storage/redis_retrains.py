"""The retrain queue on Redis: a part of RedisJobStore. Its Lua stands in lua/retrains.lua and lua/*_correction.lua."""

import time
from collections.abc import Sequence
from typing import Any, cast

import orjson

from storage.redis_answers import P, answers
from storage.retrain_queue import Added, CorrectionRef, CorrectionState, RetrainPlan, RetrainStatus, Standing, Unsettled


class RedisRetrains:
    """See RetrainQueue."""

    _redis: Any

    def _run(self, script: str, *args: Any) -> Any:
        raise TypeError("RedisJobStore has the scripts")

    def announce_correction(self, correction_id: str) -> None:
        """See RetrainQueue."""
        with answers():
            self._redis.zadd(f"{P}arriving", {correction_id: time.time_ns() // 1_000_000})

    def add_correction(self, correction: CorrectionRef, plan: RetrainPlan, *, retrain_id: str, request_id: str = "",
                       late: bool = False, seen: str | None = None) -> Added:
        """See RetrainQueue."""
        c = correction
        counts, pending, started, replaced = self._run(
            "add_correction", c.id, c.model, c.image, c.at, int(late), plan.kind, plan.queue, orjson.dumps(plan.params),
            plan.max_attempts, plan.threshold, retrain_id, request_id, "*" if seen is None else seen)
        return Added(counts == 1, int(pending), started or None, replaced or None)

    def restore_correction(self, correction: CorrectionRef, *, used_by: str | None) -> bool:
        """See RetrainQueue."""
        c = correction
        return bool(self._run("restore_correction", c.id, c.model, c.image, c.at, used_by or ""))

    def forget_corrections(self, model: str) -> None:
        """See RetrainQueue."""
        self._run("forget_corrections", model)

    def withdraw_correction(self, correction_id: str) -> CorrectionState | None:
        """See RetrainQueue."""
        return cast("CorrectionState | None", self._run("withdraw_correction", correction_id))

    def correction_standings(self, ids: Sequence[str]) -> dict[str, Standing]:
        """See RetrainQueue."""
        with answers():
            pipeline = self._redis.pipeline(transaction=False)
            for correction_id in ids:
                pipeline.hmget(f"{P}correction:{correction_id}", "state", "job")
            found = pipeline.execute() if ids else []
        return {i: Standing(state, job or None) for i, (state, job) in zip(ids, found, strict=True) if state}

    def newest_correction(self, model: str, image: str) -> str | None:
        """See RetrainQueue."""
        with answers():
            return cast("str | None", self._redis.hget(f"{P}corrected:{model}", image))

    def unsettled_corrections(self, *, older_than_s: float, limit: int = 100) -> Unsettled:
        """See RetrainQueue."""
        before = time.time_ns() // 1_000_000 - round(older_than_s * 1000)
        with answers():
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.zrange(f"{P}arriving", "-inf", before, byscore=True, offset=0, num=limit)
            pipeline.srandmember(f"{P}superseded", limit)
            arriving, superseded = pipeline.execute()
        return Unsettled(tuple(arriving), tuple(sorted(superseded)))

    def settle_correction(self, correction_id: str) -> None:
        """See RetrainQueue."""
        with answers():
            pipeline = self._redis.pipeline()
            pipeline.zrem(f"{P}arriving", correction_id)
            pipeline.srem(f"{P}superseded", correction_id)
            pipeline.execute()

    def claimed_corrections(self, job_id: str) -> tuple[str, ...]:
        """See RetrainQueue."""
        with answers():
            return tuple(self._redis.zrange(f"{P}claim:{job_id}", 0, -1))

    def retrain_status(self, model: str) -> RetrainStatus:
        """See RetrainQueue."""
        with answers():
            pipeline = self._redis.pipeline()
            pipeline.zcard(f"{P}index:corrections:model:{model}:pending")
            pipeline.smembers(f"{P}retrains:{model}")
            pipeline.hmget(f"{P}retrain:{model}", "active", "blocked")
            pending, under_way, (active, blocked) = pipeline.execute()
        return RetrainStatus(pending, tuple(sorted(under_way)), active, orjson.loads(blocked) if blocked else None)
