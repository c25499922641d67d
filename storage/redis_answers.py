"""What every part of the Redis store shares: the prefix of its keys, and what errors of redis-py mean."""

from collections.abc import Iterator
from contextlib import contextmanager

import redis

from jobs.errors import BrokerUnavailable

P = "noria:"


@contextmanager
def answers() -> Iterator[None]:
    """Turn redis-py's errors into BrokerUnavailable."""
    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError) as e:
        raise BrokerUnavailable("The broker does not answer. Try again in a few seconds.", retry_after_s=2) from e
