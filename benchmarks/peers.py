"""The same task that does nothing for RQ, Dramatiq and Huey, each with results in Redis. Needs .state/beside."""

import os

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.results import Results
from dramatiq.results.backends import RedisBackend
from huey import RedisHuey
from rq import Queue

BROKER = os.environ.get("BARE_BROKER", "redis://127.0.0.1:1/1")

_broker = RedisBroker(url=BROKER)
_broker.add_middleware(Results(backend=RedisBackend(url=BROKER)))
dramatiq.set_broker(_broker)
huey = RedisHuey("bench", url=BROKER)
rq_queue, simple_queue = (Queue(name, connection=redis.Redis.from_url(BROKER)) for name in ("rq", "simple"))


def noop(value: int) -> int:
    """Answer at once."""
    return value


dramatiq_noop = dramatiq.actor(noop, store_results=True, actor_name="noop")
huey_noop = huey.task()(noop)


def by_rq(value: int, queue: Queue = rq_queue) -> object:
    """Its result, waited for as RQ does."""
    return queue.enqueue(noop, value).latest_result(timeout=30).return_value


def by_dramatiq(value: int) -> object:
    """Its result, waited for as Dramatiq does."""
    return dramatiq_noop.send(value).get_result(block=True, timeout=30_000)


def by_huey(value: int) -> object:
    """Its result, waited for as Huey does, with the shortest pauses."""
    return huey_noop(value).get(blocking=True, timeout=30, backoff=1.0, preserve=False)
