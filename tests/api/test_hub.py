"""The waiting hub by itself."""

import threading

import pytest

from api.hub import WATCHED_MOST, Hub, waiter_capacity
from jobs.errors import BrokerUnavailable, Unavailable
from storage.memory_jobs import MemoryJobStore


class Notices:
    """A source of notices under the test's hand, in the shape of a job store."""

    def __init__(self, refusals: int = 1) -> None:
        self.on_change = None
        self.calls = 0
        self.refusals = refusals

    def listen(self, on_change, stop: threading.Event) -> None:
        self.calls += 1
        if self.calls <= self.refusals:
            raise BrokerUnavailable("The broker does not answer.")
        self.on_change = on_change
        on_change(None)
        stop.wait()


@pytest.fixture
def hub():
    hub = Hub(MemoryJobStore(), capacity=3)
    yield hub
    hub.stop()


def test_a_notice_wakes_those_who_wait_for_that_job_only(hub: Hub) -> None:
    mine, other = hub.join("a"), hub.join("b")
    assert mine.wait(5)  # woken by the first connect
    mine.clear()
    other.clear()

    hub.on_change("a")

    assert mine.wait(0)
    assert not other.wait(0)


def test_a_reconnect_wakes_everybody_since_notices_may_be_lost() -> None:
    # given a broker that is away at first
    source = Notices()
    hub = Hub(source, capacity=3)
    a, b = hub.join("a"), hub.join("b")

    # then its coming back wakes both
    assert a.wait(5)
    assert b.wait(5)
    assert source.calls == 2
    hub.stop()


def test_one_listener_serves_everybody_and_starts_with_the_first() -> None:
    source = Notices(refusals=0)
    hub = Hub(source, capacity=50)
    assert source.calls == 0

    waiters = [hub.join("a") for _ in range(50)]

    assert waiters[0].wait(5)
    assert source.calls == 1
    assert len(waiters) == hub.waiting
    hub.stop()


def test_places_are_counted_given_back_once_and_refused_when_all_are_taken() -> None:
    counts: list[int] = []
    hub = Hub(MemoryJobStore(), 2, counts.append)
    first, _ = hub.join("a"), hub.join("a")

    with pytest.raises(Unavailable):
        hub.join("a")
    first.close()
    first.close()
    with hub.join("a"):
        assert hub.waiting == 2

    assert hub.waiting == 1
    assert counts == [1, 2, 1, 2, 1]
    hub.stop()


def test_stopping_wakes_everybody_and_lets_nobody_in(hub: Hub) -> None:
    waiter = hub.join("a")

    hub.stop()

    assert waiter.wait(60)
    assert waiter.stopping
    with pytest.raises(Unavailable):
        hub.join("a")


@pytest.mark.parametrize(("threads", "capacity"), [(480, 440), (100, 60), (60, 30), (8, 4)])
def test_some_threads_are_always_left_for_those_who_do_not_wait(threads: int, capacity: int) -> None:
    assert waiter_capacity(threads) == capacity


def test_a_watcher_hears_which_jobs_changed_each_once(hub: Hub) -> None:
    with hub.watch() as watcher:
        assert watcher.wait(5)
        assert watcher.take() == (set(), True)  # the first connect: anything may have changed

        hub.on_change("a")
        hub.on_change("b")
        hub.on_change("a")

        assert watcher.wait(0)
        assert watcher.take() == ({"a", "b"}, False)
        assert not watcher.wait(0)


def test_a_watcher_that_misses_too_much_is_told_that_all_changed(hub: Hub) -> None:
    with hub.watch() as watcher:
        assert watcher.wait(5)
        watcher.take()

        for n in range(WATCHED_MOST + 1):
            hub.on_change(f"job-{n}")

        assert watcher.take() == (set(), True)
