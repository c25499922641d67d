"""The contract of the gate: one suite, run on memory and on a real Valkey."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from storage.gate import Gate, Rate
from storage.memory_jobs import MemoryJobStore
from storage.redis_jobs import RedisJobStore
from tests.services import Valkey, wait_until

Case = tuple[Gate, Callable[[float], None]]


@pytest.fixture(params=["memory", "valkey"])
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    """A gate, and a way to let its time pass."""
    if request.param == "memory":
        memory = MemoryJobStore()
        yield memory, memory.advance
        return
    server: Valkey = request.getfixturevalue("valkey")
    store = RedisJobStore(server.url)
    yield store, time.sleep
    store.close()


def test_a_bucket_gives_its_burst_and_then_what_its_rate_brings(case: Case) -> None:
    gate, wait = case
    rate = Rate(per_s=4, burst=10)

    assert gate.draw("a", rate, 7) == (7, 0)
    assert gate.draw("a", rate, 7)[0] == 3
    granted, wait_s = gate.draw("a", rate, 7)
    assert granted == 0
    assert 0 < wait_s <= 0.25

    wait(1)
    assert 4 <= gate.draw("a", rate, 10)[0] <= 9


def test_a_bucket_never_holds_more_than_its_burst(case: Case) -> None:
    gate, wait = case
    gate.draw("a", Rate(100, 5), 5)

    wait(0.5)

    assert gate.draw("a", Rate(100, 5), 50)[0] == 5


def test_each_caller_has_a_bucket_of_its_own(case: Case) -> None:
    gate, _ = case
    gate.draw("a", Rate(0.1, 1), 1)

    assert gate.draw("b", Rate(0.1, 1), 1)[0] == 1


def test_many_who_draw_at_once_get_no_more_than_there_is(case: Case) -> None:
    gate, _ = case

    with ThreadPoolExecutor(16) as pool:
        granted = list(pool.map(lambda _: gate.draw("a", Rate(0.1, 100), 7)[0], range(64)))

    assert sum(granted) == 100


def test_an_announcement_reaches_everybody_who_listens(case: Case) -> None:
    gate, _ = case
    stop, heard = threading.Event(), [0, 0]

    def count(place: int) -> Callable[[], None]:
        def on_change() -> None:
            heard[place] += 1
        return on_change

    threads = [threading.Thread(target=gate.listen_for_keys, args=(count(n), stop)) for n in (0, 1)]
    for thread in threads:
        thread.start()
    wait_until(lambda: min(heard) >= 1, what="the first look")
    before = list(heard)

    gate.announce_keys()

    wait_until(lambda: all(now > was for now, was in zip(heard, before, strict=True)), what="the announcement")
    stop.set()
    for thread in threads:
        thread.join()


def test_a_bucket_leaves_nothing_behind_once_it_is_full_again(valkey: Valkey) -> None:
    store = RedisJobStore(valkey.url)

    store.draw("a", Rate(10, 5), 5)

    assert 0 < valkey.client.pttl("noria:bucket:a") <= 1500
    store.close()
