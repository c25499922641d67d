"""The review queue on Redis: a part of RedisJobStore. Its Lua stands in lua/*_review*.lua, and in lua/retrains.lua."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, cast

import orjson

from storage.redis_answers import P, answers
from storage.review_queue import UNSEEN, Look, ReviewCounts


class RedisReviews:
    """See ReviewQueue."""

    _redis: Any

    def _run(self, script: str, *args: Any) -> Any:
        raise TypeError("RedisJobStore has the scripts")

    def put_reviews(self, model: str, looks: Mapping[str, Look | None]) -> int:
        """See ReviewQueue."""
        entries = [part for image, look in looks.items() for part in (image, orjson.dumps(asdict(look)) if look else "")]
        return int(self._run("put_reviews", model, *entries)) if entries else 0

    def take_review(self, model: str, reviewer: str, *, lease_s: float, after: str | None = None) -> str | None:
        """See ReviewQueue."""
        return cast("str | None", self._run("take_review", model, reviewer, round(lease_s * 1000), after or ""))

    def hold_review(self, model: str, image: str, reviewer: str, *, lease_s: float) -> str:
        """See ReviewQueue."""
        return str(self._run("hold_review", model, image, reviewer, round(lease_s * 1000)))

    def skip_review(self, model: str, image: str) -> None:
        """See ReviewQueue."""
        with answers():
            pipeline = self._redis.pipeline()
            pipeline.hsetnx(f"{P}review:{model}", image, "")
            pipeline.zrem(f"{P}to_review:{model}", image)
            pipeline.sadd(f"{P}skipped:{model}", image)
            pipeline.execute()

    def reopen_review(self, model: str, image: str) -> None:
        """See ReviewQueue."""
        self._run("reopen_review", model, image)

    def drop_review(self, model: str, image: str) -> None:
        """See ReviewQueue."""
        with answers():
            pipeline = self._redis.pipeline()
            pipeline.hdel(f"{P}review:{model}", image)
            pipeline.zrem(f"{P}to_review:{model}", image)
            pipeline.srem(f"{P}skipped:{model}", image)
            pipeline.delete(f"{P}reviewer:{model}:{image}")
            pipeline.execute()

    def reviews(self, model: str, *, skipped: bool = False, offset: int = 0, limit: int = 50) -> tuple[str, ...]:
        """See ReviewQueue."""
        with answers():
            if skipped:
                return tuple(sorted(self._redis.smembers(f"{P}skipped:{model}"))[offset:offset + limit])
            return tuple(self._redis.zrange(f"{P}to_review:{model}", offset, offset + limit - 1))

    def looks(self, model: str, images: Sequence[str]) -> dict[str, Look | None]:
        """See ReviewQueue."""
        with answers():
            found = self._redis.hmget(f"{P}review:{model}", images) if images else []
        return {image: Look(**orjson.loads(look)) if look else None
                for image, look in zip(images, found, strict=True) if look is not None}

    def is_skipped(self, model: str, image: str) -> bool:
        """See ReviewQueue."""
        with answers():
            return bool(self._redis.sismember(f"{P}skipped:{model}", image))

    def review_counts(self, model: str) -> ReviewCounts:
        """See ReviewQueue."""
        with answers():
            pipeline = self._redis.pipeline()
            pipeline.zcard(f"{P}to_review:{model}")
            pipeline.zcount(f"{P}to_review:{model}", UNSEEN, UNSEEN)
            pipeline.hlen(f"{P}corrected:{model}")
            pipeline.scard(f"{P}skipped:{model}")
            return ReviewCounts(*pipeline.execute())

    def begin_look(self, model: str, job_id: str) -> None:
        """See ReviewQueue."""
        with answers():
            self._redis.sadd(f"{P}looking:{model}", job_id)

    def end_look(self, model: str, job_id: str) -> None:
        """See ReviewQueue."""
        with answers():
            self._redis.srem(f"{P}looking:{model}", job_id)

    def looks_under_way(self, model: str) -> tuple[str, ...]:
        """See ReviewQueue."""
        with answers():
            return tuple(sorted(self._redis.smembers(f"{P}looking:{model}")))
