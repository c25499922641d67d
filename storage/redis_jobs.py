"""The job store on Redis or Valkey. What is atomic is a Lua script in `storage/lua`; the key map stands in common.lua."""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from jobs.errors import Conflict, IdempotencyKeyReused, LeaseLost, NotFound, NothingToRetrain, TooManyRequests
from jobs.kind import QUEUES
from jobs.lifecycle import State
from jobs.record import Artifact, Event, Job
from storage.index import unknown_cursor
from storage.job_store import REUSED, End, EventDraft, Glance, JobPage, NewJob, Reaped, StopReason, Submitted
from storage.queues import paused_progress
from storage.records import (
    JobFields,
    artifacts_json,
    event_from_line,
    event_line,
    job_from_fields,
    job_to_fields,
    lost_error,
    new_job,
)
from storage.redis_answers import P, answers
from storage.redis_callbacks import RedisCallbacks
from storage.redis_gate import RedisGate
from storage.redis_queues import RedisQueues
from storage.redis_retrains import RedisRetrains
from storage.redis_reviews import RedisReviews
from storage.redis_scripts import ScriptRunner
from storage.retrain_queue import NOTHING

SCRIPTS = Path(__file__).parent / "lua"
SHARED = ("snapshot", "common", "retrains")  # what stands before the scripts
READING = ("get",)  # write nothing
CONNECTIONS = 64  # of one process at the most, for scripts, and as many for the rest
PAGE_READS = 4  # how many times the page's length a filtered list reads at most


def make_runner(pool: redis.ConnectionPool, patience_s: float) -> ScriptRunner:
    """What carries out the scripts of storage/lua."""
    sources = {p.stem: p.read_text(encoding="utf-8") for p in sorted(SCRIPTS.glob("*.lua"))}
    shared = "\n".join(sources.pop(name) for name in SHARED)
    scripts = {name: f"forget_time()\n{source}" for name, source in sources.items()}
    return ScriptRunner(pool, scripts, shared=shared, reading=READING, connections=CONNECTIONS, patience_s=patience_s)


class RedisJobStore(RedisRetrains, RedisReviews, RedisCallbacks, RedisQueues, RedisGate):
    """See JobStore. One instance per process and per purpose: `timeout_s` is what a caller is ready to wait for an answer."""

    def __init__(self, url: str, *, timeout_s: float = 1.0) -> None:
        self.url = url
        # redis-py types every answer as a union of its sync and async forms, hence Any.
        # The pool blocks where redis-py's own would refuse: a burst of waiting clients must not look like a broker that is away.
        pool: Any = redis.BlockingConnectionPool.from_url(
            url, max_connections=CONNECTIONS, timeout=timeout_s / 2, socket_timeout=timeout_s, socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 0), decode_responses=True, health_check_interval=0)
        self._redis: Any = redis.Redis.from_pool(pool)
        self._scripts = make_runner(pool, timeout_s / 2)

    def close(self) -> None:
        """Close the connections."""
        self._scripts.close()
        self._redis.close()

    def _run(self, script: str, *args: Any) -> Any:
        with answers():
            return self._scripts.run(script, args)

    def submit(self, job: NewJob, *, idempotency_s: float, queue_limit: int) -> Submitted:
        """See JobStore."""
        labels = [f"{k}:{v}" for k, v in job.labels.items()]
        answer = self._run(
            "submit", job.id, job.kind, job.queue, orjson.dumps(job.params), orjson.dumps(dict(job.labels)), job.max_attempts,
            job.request_id, job.idempotency_key or "", int(idempotency_s), job.body_hash, queue_limit,
            job.retrains or "", job.callback_url or "", *labels)
        match answer:
            case ["new", created_at, position]:
                return Submitted(new_job(job, int(created_at), int(position)), replayed=False)
            case ["replay", first]:
                return Submitted(self.get(first), replayed=True)
            case ["reused", first]:
                raise IdempotencyKeyReused(REUSED.format(first))
        raise TooManyRequests(f"{answer[1]} jobs wait in queue {job.queue} already; try again later.", retry_after_s=10)

    def get(self, job_id: str) -> Job:
        """See JobStore."""
        found = self._run("get", job_id)
        if not found:
            raise NotFound(f"There is no job {job_id!r}.")
        return _job(found)

    def _get_present(self, ids: Sequence[str]) -> list[Job]:
        """The jobs of these ids that are there, in that order."""
        pipeline = self._redis.pipeline(transaction=False)
        for job_id in ids:
            pipeline.hgetall(f"{P}job:{job_id}")
        found: list[JobFields] = [f for f in pipeline.execute() if f]
        self._add_places([f for f in found if f["state"] == "queued"])
        return [job_from_fields(f) for f in found]

    def _add_places(self, waiting: Sequence[JobFields]) -> None:
        """Add the places in their queues, a delayed job after all that wait, and a word where a queue is paused."""
        if not waiting:
            return
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.hgetall(f"{P}paused")
        for f in waiting:
            pipeline.zrank(f"{P}waiting:{f['queue']}", f["id"])
            pipeline.zcard(f"{P}waiting:{f['queue']}")
        paused, *found = pipeline.execute()
        for f, rank, length in zip(waiting, found[::2], found[1::2], strict=True):
            f["queue_position"] = str(length if rank is None else rank)
            if f["queue"] in paused:
                f["progress"] = _paused(f["queue"], paused[f["queue"]])

    def page(self, *, kind: str | None = None, state: State | None = None, label: tuple[str, str] | None = None,
             limit: int = 50, cursor: str | None = None) -> JobPage:
        """See JobStore. Reads the shortest of the indexes that apply, and at most a few pages of it."""
        names = [f"{P}jobs"]
        names += [f"{P}jobs:kind:{kind}"] if kind else []
        names += [f"{P}jobs:state:{state}"] if state else []
        names += [f"{P}jobs:label:{label[0]}:{label[1]}"] if label else []
        with answers():
            pipeline = self._redis.pipeline(transaction=False)
            for name in names:
                pipeline.zcard(name)
            lengths = pipeline.execute()
            index = names[lengths.index(min(lengths))]
            found: list[Job] = []
            for _ in range(PAGE_READS):
                ids = self._redis.zrange(index, f"({cursor}" if cursor else "+", "-", desc=True, bylex=True, offset=0, num=limit)
                jobs = self._get_present(ids) if ids else []
                found += [j for j in jobs if _matches(j, kind, state, label)]
                if len(found) > limit:
                    return JobPage(tuple(found[:limit]), found[limit - 1].id)
                if len(ids) < limit:
                    return JobPage(tuple(found), None)
                cursor = ids[-1]
                if len(found) == limit:
                    break
        return JobPage(tuple(found), cursor)

    def glance(self, job_ids: Sequence[str]) -> dict[str, Glance]:
        """See JobStore."""
        with answers():
            pipeline = self._redis.pipeline(transaction=False)
            for job_id in job_ids:
                pipeline.hmget(f"{P}job:{job_id}", "state", "attempt", "progress")
            found = dict(zip(job_ids, pipeline.execute(), strict=True))
        return {job_id: Glance(state, int(attempt), orjson.loads(progress) if progress else None)
                for job_id, (state, attempt, progress) in found.items() if state}

    def events(self, job_id: str, *, after: str | None = None, limit: int = 1000) -> tuple[Event, ...]:
        """See JobStore."""
        name = f"{P}job:{job_id}"
        dropped, start = 0, int(after or 0)
        with answers():
            while True:
                pipeline = self._redis.pipeline(transaction=False)
                pipeline.hmget(name, "id", "events_dropped")
                pipeline.lrange(f"{name}:events", max(0, start - dropped), max(0, start - dropped) + limit - 1)
                (known, cut), rows = pipeline.execute()
                if known is None:
                    raise NotFound(f"There is no job {job_id!r}.")
                if int(cut or 0) == dropped:
                    break
                dropped = int(cut)  # rare: more events came than are kept
        first = max(start, dropped) + 1
        return tuple(event_from_line(str(n), line) for n, line in enumerate(rows, first))

    def acquire(self, job_id: str, *, worker: str, lease_s: float) -> Job | None:
        """See JobStore."""
        found = self._run("acquire", job_id, worker, _ms(lease_s), lost_error())
        return _job(found) if found else None

    def renew(self, job_id: str, fence: int, *, lease_s: float) -> StopReason | None:
        """See JobStore."""
        return self._run("renew", job_id, fence, _ms(lease_s)) or None

    def publish(self, job_id: str, fence: int, events: Sequence[EventDraft]) -> None:
        """See JobStore."""
        drafts = [(kind, orjson.dumps(data)) for kind, data in events]
        progress = next((data for kind, data in reversed(drafts) if kind == "progress"), "")
        self._fenced("publish", job_id, fence, progress, *(x for draft in drafts for x in draft))

    def commit(self, job_id: str, fence: int, *, result: dict[str, Any], artifacts: Sequence[Artifact],
               models: Sequence[dict[str, Any]]) -> Job:
        """See JobStore."""
        self._fenced("commit", job_id, fence, orjson.dumps(result), artifacts_json(artifacts), orjson.dumps(list(models)))
        return self.get(job_id)

    def move(self, job_id: str, fence: int, end: End, *, artifacts: Sequence[Artifact] = ()) -> Job:
        """See JobStore."""
        result = orjson.dumps(end.result) if end.result is not None else ""
        error = orjson.dumps(end.error) if end.error is not None else ""
        files = artifacts_json(artifacts) if artifacts else ""
        return _job(self._fenced("move", job_id, fence, end.state, result, error, _ms(end.delay_s), files))

    def hand_back(self, job_id: str, fence: int) -> Job:
        """See JobStore."""
        self._fenced("hand_back", job_id, fence)
        return self.get(job_id)

    def _fenced(self, script: str, job_id: str, fence: int, *args: Any) -> Any:
        answer = self._run(script, job_id, fence, *args)
        if not answer:
            raise LeaseLost(f"Fence {fence} of job {job_id} is not the present one.")
        return answer

    def annotate(self, job_id: str, tracking: dict[str, Any]) -> None:
        """See JobStore."""
        self._run("annotate", job_id, orjson.dumps(tracking, option=orjson.OPT_SORT_KEYS))

    def request_cancel(self, job_id: str) -> Job:
        """See JobStore."""
        state = self._run("request_cancel", job_id)
        return self._changed(job_id, state, allowed=("queued", "running"), verb="canceled")

    def retry(self, job_id: str) -> Job:
        """See JobStore."""
        answer = self._run("retry", job_id)
        if answer == "nothing":
            raise NothingToRetrain(NOTHING)
        return self._changed(job_id, answer, allowed=("failed", "canceled"), verb="retried")

    def _changed(self, job_id: str, state: str | None, *, allowed: tuple[str, ...], verb: str) -> Job:
        if state is None:
            raise NotFound(f"There is no job {job_id!r}.")
        if state not in allowed:
            raise Conflict(f"The job is {state}; only a {' or '.join(allowed)} job can be {verb}.")
        return self.get(job_id)

    def reap(self, *, lease_s: float, spare_leases: bool = False) -> Reaped:
        """See JobStore."""
        return Reaped(*(tuple(ids) for ids in self._run("reap", _ms(lease_s), int(spare_leases), lost_error(), *QUEUES)))

    def take_over(self, job_id: str, *, worker: str, lease_s: float) -> Job | None:
        """See JobStore."""
        return self.get(job_id) if self._run("take_over", job_id, _ms(lease_s)) else None

    def lead(self, duty: str, holder: str, *, ttl_s: float) -> bool:
        """See JobStore."""
        name = f"{P}leader:{duty}"
        with answers():
            if self._redis.set(name, holder, nx=True, px=_ms(ttl_s)):
                return True
            mine = self._redis.get(name) == holder
            if mine:
                self._redis.pexpire(name, _ms(ttl_s))
        return bool(mine)

    def unarchived(self, limit: int = 100) -> tuple[str, ...]:
        """See JobStore."""
        with answers():
            return tuple(self._redis.zrange(f"{P}unarchived", 0, limit - 1))

    def mark_archived(self, job_id: str, revision: int) -> None:
        """See JobStore."""
        self._run("mark_archived", job_id, revision)

    def drop_expired(self, *, retention_s: float, limit: int = 1000) -> int:
        """See JobStore."""
        return int(self._run("drop_expired", _ms(retention_s), limit))

    def restore(self, job: Job, events: Sequence[Event]) -> bool:
        """See JobStore."""
        labels = [f"{k}:{v}" for k, v in job.labels.items()]
        flat = [x for pair in job_to_fields(job).items() for x in pair]
        if events:
            flat += ["events_dropped", int(events[0].id) - 1]
        stream = [event_line(e) for e in events]
        head = (job.id, job.kind, job.state, job.finished_at or 0)
        return bool(self._run("restore", *head, len(labels), *labels, len(flat), *flat, *stream))

    def uptime_s(self) -> float:
        """See JobStore."""
        with answers():
            return float(self._redis.info("server")["uptime_in_seconds"])

    def clock_ahead_s(self) -> float:
        """See JobStore. The store is taken to have looked at its clock half-way between call and answer."""
        with answers():
            self._redis.ping()  # a connection takes longer to be made than an answer
            called = time.time()
            seconds, micros = self._redis.time()
            return (called + time.time()) / 2 - float(seconds + micros / 1e6)

    def ping(self) -> None:
        """See JobStore."""
        with answers():
            self._redis.ping()

    def report_worker(self, name: str, health: dict[str, Any], *, ttl_s: float) -> None:
        """See JobStore."""
        with answers():
            pipeline = self._redis.pipeline()
            pipeline.set(f"{P}worker:{name}", orjson.dumps(health), px=_ms(ttl_s))
            pipeline.sadd(f"{P}workers", name)
            pipeline.execute()

    def forget_worker(self, name: str) -> None:
        """See JobStore."""
        with answers():
            self._redis.delete(f"{P}worker:{name}")

    def workers(self) -> dict[str, dict[str, Any]]:
        """See JobStore."""
        with answers():
            names = sorted(self._redis.smembers(f"{P}workers"))
            reports = self._redis.mget([f"{P}worker:{n}" for n in names]) if names else []
            gone = [n for n, r in zip(names, reports, strict=True) if r is None]
            if gone:
                self._redis.srem(f"{P}workers", *gone)
        return {n: orjson.loads(r) for n, r in zip(names, reports, strict=True) if r is not None}

    def listen(self, on_change: Callable[[str | None], None], stop: threading.Event) -> None:
        """See JobStore. Has a connection of its own, and comes back by itself when Redis does."""
        client: Any = redis.Redis.from_url(self.url, socket_timeout=5, socket_connect_timeout=2, decode_responses=True)
        while not stop.is_set():
            try:
                with client.pubsub(ignore_subscribe_messages=True) as pubsub:
                    pubsub.subscribe(f"{P}changes")
                    on_change(None)
                    while not stop.is_set():
                        message = pubsub.get_message(timeout=0.5)
                        if message is not None:
                            on_change(message["data"])
            except redis.RedisError:
                stop.wait(0.5)
        client.close()

    def index(self, collection: str, document_id: str, score: float) -> None:
        """See JobStore."""
        with answers():
            self._redis.zadd(f"{P}index:{collection}", {document_id: score})

    def unindex(self, collection: str, document_id: str) -> None:
        """See JobStore."""
        with answers():
            self._redis.zrem(f"{P}index:{collection}", document_id)

    def indexed(self, collection: str, *, limit: int = 50, cursor: str | None = None) -> tuple[tuple[str, ...], str | None]:
        """See JobStore. The cursor is the last id."""
        name = f"{P}index:{collection}"
        with answers():
            rank = self._redis.zrevrank(name, cursor) if cursor else -1
            if rank is None:
                raise unknown_cursor()
            start = rank + 1
            ids = self._redis.zrange(name, start, start + limit, desc=True)
        return tuple(ids[:limit]), ids[limit - 1] if len(ids) > limit else None


def _job(flat: Sequence[str]) -> Job:
    """The job of names and values in turn, as scripts give them."""
    fields = dict(zip(flat[::2], flat[1::2], strict=True))
    if paused := fields.pop("paused", None):
        fields["progress"] = _paused(fields["queue"], paused)
    return job_from_fields(fields)


def _paused(queue: str, pause: str) -> str:
    """The progress of a job whose queue is paused, as JSON; pause: what Redis keeps of it."""
    return orjson.dumps(paused_progress(queue, orjson.loads(pause)["reason"])).decode()


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _matches(job: Job, kind: str | None, state: State | None, label: tuple[str, str] | None) -> bool:
    return ((kind is None or job.kind == kind) and (state is None or job.state == state)
            and (label is None or job.labels.get(label[0]) == label[1]))
