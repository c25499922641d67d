"""Rate limits: what they let through, what they cost, and what happens without the broker."""

import time

import pytest

from api.limits import RateLimiter
from jobs.errors import TooManyRequests
from storage.gate import Rate
from storage.memory_jobs import MemoryJobStore
from storage.redis_jobs import RedisJobStore
from tests.services import Valkey


class CountingGate(MemoryJobStore):
    """Counts the round trips."""

    def __init__(self) -> None:
        super().__init__()
        self.draws = 0

    def draw(self, bucket: str, rate: Rate, wanted: int) -> tuple[int, float]:
        self.draws += 1
        return super().draw(bucket, rate, wanted)


def passed(limiter: RateLimiter, times: int, caller: str = "a") -> int:
    count = 0
    for _ in range(times):
        try:
            limiter.spend(caller)
            count += 1
        except TooManyRequests:
            pass
    return count


def test_processes_share_one_limit() -> None:
    gate = MemoryJobStore()
    first, second = (RateLimiter(gate, Rate(0.001, 100)) for _ in range(2))

    assert passed(first, 80) + passed(second, 80) == 100


def test_a_refusal_says_how_long_to_wait_and_then_it_goes_on() -> None:
    limiter = RateLimiter(MemoryJobStore(), Rate(20, 1))
    limiter.spend("a")

    with pytest.raises(TooManyRequests) as refused:
        limiter.spend("a")

    assert refused.value.retry_after_s
    time.sleep(refused.value.retry_after_s + 0.01)
    limiter.spend("a")


def test_the_default_costs_one_round_trip_in_a_hundred_requests() -> None:
    gate = CountingGate()

    assert passed(RateLimiter(gate, Rate(1000, 20_000)), 1000) == 1000
    assert gate.draws == 10


def test_a_flood_that_is_refused_does_not_reach_the_broker() -> None:
    gate = CountingGate()
    limiter = RateLimiter(gate, Rate(0.01, 5))

    assert passed(limiter, 500) == 5
    assert gate.draws == 6


def test_a_slow_caller_never_loses_what_its_process_holds() -> None:
    gate = CountingGate()
    limiter = RateLimiter(gate, Rate(1, 400))  # two at a time

    for _ in range(20):
        gate.advance(1.5)
        limiter.spend("a")

    assert gate.draws == 10


def test_without_a_broker_nobody_is_held_back_nor_kept_waiting(tmp_path) -> None:
    server = Valkey(tmp_path).start()
    store = RedisJobStore(server.url, timeout_s=0.3)
    limiter = RateLimiter(store, Rate(0.01, 1))
    limiter.spend("b")
    server.freeze()

    started = time.monotonic()
    assert passed(limiter, 50) == 50

    assert time.monotonic() - started < 5  # 15 if each waited for the broker
    store.close()
    server.stop()


def test_no_rate_means_no_limit() -> None:
    gate = CountingGate()

    assert passed(RateLimiter(gate, None), 100) == 100
    assert gate.draws == 0
