"""What every part of the Redis store shares: the prefix of its keys, and what errors of redis-py mean."""

from collections.abc import Iterator
from contextlib import contextmanager

import redis

from jobs.errors import BrokerUnavailable

P = "noria:"
NO_WRITES = (redis.OutOfMemoryError, redis.ReadOnlyError)
NO_WRITES_SIGNS = ("OOM ", "MISCONF ", "READONLY ")  # as a script passes them on


@contextmanager
def answers() -> Iterator[None]:
    """Turn what redis-py raises for a server that is away, full, read-only or too old into BrokerUnavailable."""
    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError) as e:
        raise BrokerUnavailable("The broker does not answer. Try again in a few seconds.", retry_after_s=2) from e
    except redis.ResponseError as e:
        if "unknown command" in str(e):
            raise BrokerUnavailable("The broker is too old: Noria needs Redis 7.0 or newer, or Valkey. Update it, or point "
                                    "REDIS_URL at another.", retry_after_s=30) from e
        if not isinstance(e, NO_WRITES) and not any(sign in str(e) for sign in NO_WRITES_SIGNS):
            raise
        raise BrokerUnavailable("The broker takes no writes: its memory or its disk is full. Make room, then try again.",
                                retry_after_s=30) from e
