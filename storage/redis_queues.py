"""The queues on Redis: a part of RedisJobStore. What is atomic stands in lua/pause.lua and lua/resume.lua."""

from typing import Any

import orjson

from jobs.kind import QUEUES, Queue
from storage.queues import Pause, QueueStatus
from storage.redis_answers import P, answers


class RedisQueues:
    """See Queues."""

    _redis: Any

    def _run(self, script: str, *args: Any) -> Any:
        raise TypeError("RedisJobStore has the scripts")

    def pause_queue(self, queue: Queue, reason: str) -> None:
        """See Queues."""
        self._run("pause", queue, reason)

    def resume_queue(self, queue: Queue) -> bool:
        """See Queues."""
        return bool(self._run("resume", queue))

    def counts(self) -> dict[str, int]:
        """See Queues."""
        with answers():
            return {name: int(count) for name, count in self._redis.hgetall(f"{P}counts").items()}

    def queues(self) -> dict[Queue, QueueStatus]:
        """See Queues."""
        with answers():
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.time()
            pipeline.hgetall(f"{P}paused")
            pipeline.zrange(f"{P}leases", 0, -1, withscores=True)
            for queue in QUEUES:
                pipeline.zcard(f"{P}waiting:{queue}")
                # The first of all, and the first that was not put ahead of others: one of them has waited longest.
                pipeline.zrange(f"{P}waiting:{queue}", 0, 0)
                pipeline.zrange(f"{P}waiting:{queue}", 0, "+inf", byscore=True, offset=0, num=1)
            (seconds, micros), paused, leases, *found = pipeline.execute()
            firsts = [[*found[3 * n + 1], *found[3 * n + 2]] for n in range(len(QUEUES))]
            for job_id, _ in leases:
                pipeline.hget(f"{P}job:{job_id}", "queue")
            for job_id in (i for ids in firsts for i in ids):
                pipeline.hget(f"{P}job:{job_id}", "waits_since")
            answered = pipeline.execute()
        now = int(seconds) * 1000 + int(micros) // 1000
        sinces = iter(answered[len(leases):])
        overdue: dict[str, list[float]] = {queue: [] for queue in QUEUES}
        for (_, deadline), queue in zip(leases, answered, strict=False):
            if queue in overdue:  # None: it has ended meanwhile
                overdue[queue].append(now - deadline)
        status = {}
        for n, queue in enumerate(QUEUES):
            waits = [now - int(since) for since in [next(sinces) for _ in firsts[n]] if since]
            pause = Pause(**orjson.loads(paused[queue])) if queue in paused else None
            status[queue] = QueueStatus(found[3 * n], len(overdue[queue]), max([0, *waits]) / 1000, pause,
                                        max([0, *overdue[queue]]) / 1000)
        return status
