"""The event stream of all pages."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from api.console.feed import PACE_S, Feed
from api.hub import Hub
from jobs.errors import BrokerUnavailable, Unavailable
from jobs.record import new_job_id
from storage.job_store import NewJob
from storage.memory_jobs import MemoryJobStore
from tests.services import wait_until


class Fragile(MemoryJobStore):
    """A store whose broker can be away."""

    away = False
    looks = 0

    def workers(self) -> dict[str, dict[str, Any]]:
        if self.away:
            raise BrokerUnavailable("The broker does not answer.")
        self.looks += 1
        return super().workers()


@pytest.fixture
def store() -> Fragile:
    """A store with a worker of queue cpu."""
    store = Fragile()
    store.report_worker("w", {"queues": ["cpu"], "tracking": {"state": "up"}}, ttl_s=3600)
    return store


@pytest.fixture
def hub(store: Fragile) -> Iterator[Hub]:
    hub = Hub(store, capacity=3)
    with hub.join("anything") as waiter:
        assert waiter.wait(5)  # its listener is connected
    yield hub
    hub.stop()


def events(feed: Feed, language: str = "en") -> Iterator[tuple[str, object]]:
    """What a stream of the feed tells."""
    for frame in feed.open(language)[1]:
        for block in frame.decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
            if "event" in lines:
                yield lines["event"], json.loads(lines["data"])


def opened(store: Fragile, hub: Hub, language: str = "en") -> Iterator[tuple[str, object]]:
    """The events of a feed that hears of changes already, after its first word about the broker."""
    told = events(Feed(store, hub), language)
    assert next(told) == ("well", None)
    assert next(told) == ("parts", {"unserved": [], "tracking": False})
    wait_until(lambda: hub.waiting == 2, what="the feed watching")
    return told


def submit(store: Fragile) -> str:
    return store.submit(NewJob(new_job_id(), "test.noop", "cpu", {}, 1, {}), idempotency_s=86_400, queue_limit=1000).job.id


def test_a_change_is_told_with_the_jobs_state(store: Fragile, hub: Hub) -> None:
    told = opened(store, hub)

    job = submit(store)

    assert next(told) == ("jobs", [{"id": job, "state": "queued", "attempt": 0, "fraction": 0.0, "stage": None}])


def test_many_changes_come_in_few_frames(store: Fragile, hub: Hub) -> None:
    told = opened(store, hub)
    began = time.monotonic()
    for _ in range(200):
        submit(store)
        time.sleep(0.002)

    seen, frames = set(), 0
    while len(seen) < 200:
        seen |= {job["id"] for job in next(told)[1]}
        frames += 1

    assert frames <= (time.monotonic() - began) / PACE_S + 2


def test_a_broker_that_goes_and_comes_is_told(store: Fragile, hub: Hub) -> None:
    told = opened(store, hub)

    store.away = True
    assert next(told) == ("trouble", {"message": "The broker does not answer."})
    store.away = False

    assert [next(told)[0], next(told)[0]] == ["well", "all"]


def test_a_queue_that_loses_its_worker_and_an_mlflow_that_is_away_are_told(store: Fragile, hub: Hub) -> None:
    submit(store)
    told = opened(store, hub)
    wait_until(lambda: store.looks, what="the first look")

    store.report_worker("w", {"queues": ["cpu"], "tracking": {"state": "down"}}, ttl_s=3600)
    assert [next(told), next(told)] == [("parts", {"unserved": [], "tracking": True}), ("all", None)]
    store.report_worker("w", {"queues": ["gpu"], "tracking": {"state": "up"}}, ttl_s=3600)
    assert [next(told), next(told)] == [("parts", {"unserved": ["cpu"], "tracking": False}), ("all", None)]


def test_all_streams_share_one_thread_and_have_places_in_the_hub(store: Fragile, hub: Hub) -> None:
    feed, before = Feed(store, hub), set(threading.enumerate())
    feed.open()
    wait_until(lambda: hub.waiting == 2, what="the feed watching")
    feed.open()

    assert [thread.name for thread in set(threading.enumerate()) - before].count("feed") == 1
    with pytest.raises(Unavailable):
        feed.open()


def test_without_a_place_for_what_reads_changes_no_stream_is_opened_that_would_be_told_nothing(store: Fragile, hub: Hub) -> None:
    feed, taken = Feed(store, hub), [hub.join("a"), hub.join("b")]

    with pytest.raises(Unavailable):
        feed.open()
    assert hub.waiting == 2
    taken[0].close()
    told = events(feed)

    assert next(told) == ("well", None)


def test_stages_and_troubles_are_told_in_the_language_of_the_page(store: Fragile, hub: Hub) -> None:
    job = submit(store)
    taken = store.acquire(job, worker="w", lease_s=30)
    assert taken
    told = opened(store, hub, "es")

    store.publish(job, taken.fence, [("progress", {"fraction": 0.5, "stage": "backtest", "message": ""})])
    event, (entry,) = next(told)
    store.away = True
    store.publish(job, taken.fence, [("progress", {"fraction": 0.6, "stage": "fit", "message": ""})])

    assert (event, entry["stage"]) == ("jobs", "probar con el pasado")
    assert ("trouble", {"message": "El broker no responde."}) in (next(told), next(told))
