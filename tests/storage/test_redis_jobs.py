"""What the Redis store promises beyond the contract: bounded work, bounded memory, a listener that comes back."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.errors import BrokerUnavailable
from jobs.record import new_job_id
from storage.job_store import End, NewJob
from storage.redis_jobs import RedisJobStore
from tests.services import Valkey, wait_until


@pytest.fixture
def store(valkey: Valkey) -> Iterator[RedisJobStore]:
    made = RedisJobStore(valkey.url)
    yield made
    made.close()


def submit(store: RedisJobStore, **labels: str) -> str:
    new = NewJob(new_job_id(), "test.noop", "cpu", {"x": 1}, 3, labels)
    return store.submit(new, idempotency_s=1, queue_limit=10_000).job.id


def commands(valkey: Valkey) -> int:
    return int(valkey.client.info("commandstats").get("cmdstat_hgetall", {}).get("calls", 0))


def test_a_page_reads_the_page_and_not_the_history(store: RedisJobStore, valkey: Valkey) -> None:
    for i in range(300):
        submit(store, n=str(i % 100))
    before = commands(valkey)
    assert len(store.page(limit=10).jobs) == 10
    assert commands(valkey) - before <= 10 * 4
    before = commands(valkey)
    assert len(store.page(label=("n", "7"), kind="test.noop", limit=10).jobs) == 3
    assert commands(valkey) - before <= 4


def test_a_forgotten_job_leaves_no_key_behind(store: RedisJobStore, valkey: Valkey) -> None:
    job_id = submit(store, team="north")
    running = store.acquire(job_id, worker="w", lease_s=30)
    assert running is not None
    ended = store.move(job_id, running.fence, End("succeeded", result={}))
    store.mark_archived(job_id, ended.revision)
    store.drop_expired(retention_s=0)
    left = {k.decode() for k in valkey.client.keys("*")}
    assert left <= {"noria:sequence", "noria:counts", "cpu"}


def test_what_a_killed_worker_had_taken_is_let_go_once_its_job_has_ended(store: RedisJobStore, valkey: Valkey) -> None:
    # given: the messages of three jobs, as Celery notes them, and one of somebody else
    ended, waiting, running = (submit(store) for _ in range(3))
    tags = {job_id: f"{job_id}-{n}" for n, job_id in enumerate((ended, waiting, running))} | {"other": "0123456789abcdef-x"}
    for tag in tags.values():
        valkey.client.hset("unacked", tag, "{}")
        valkey.client.zadd("unacked_index", {tag: 1})
    store.acquire(running, worker="w", lease_s=30)
    store.request_cancel(ended)
    # when
    store.reap(lease_s=30)
    # then
    kept = {tags[waiting], tags[running], tags["other"]}
    assert {t.decode() for t in valkey.client.hkeys("unacked")} == {t.decode() for t in valkey.client.zrange("unacked_index", 0, -1)} == kept


def test_an_ended_small_job_costs_less_than_four_kibibytes(store: RedisJobStore, valkey: Valkey) -> None:
    def used() -> int:
        return int(valkey.client.info("memory")["used_memory_dataset"])

    submit(store)
    before = used()
    for _ in range(500):
        job_id = submit(store, team="north")
        running = store.acquire(job_id, worker="cpu@host", lease_s=30)
        assert running is not None
        ended = store.move(job_id, running.fence, End("succeeded", result={"value": 0, "attempt": 1}))
        store.mark_archived(job_id, ended.revision)
        valkey.client.rpop("cpu")
    assert (used() - before) / 500 < 4096


def test_a_listener_comes_back_after_the_broker_did(tmp_path: Path) -> None:
    server = Valkey(tmp_path).start()
    store = RedisJobStore(server.url)
    heard: list[str | None] = []
    stop = threading.Event()
    thread = threading.Thread(target=store.listen, args=(heard.append, stop))
    thread.start()
    wait_until(lambda: heard == [None], what="the first connection")
    server.kill()
    server.start()
    wait_until(lambda: heard == [None, None], what="the second connection")
    job_id = submit(store)
    wait_until(lambda: job_id in heard, what="the change")
    stop.set()
    thread.join(10)
    store.close()
    server.stop()


def test_a_submit_is_one_round_trip(store: RedisJobStore, valkey: Valkey) -> None:
    submit(store)
    before = valkey.client.info("stats")["total_commands_processed"]
    calls = valkey.client.info("commandstats")["cmdstat_fcall"]["calls"]
    new = NewJob(new_job_id(), "test.noop", "cpu", {"x": 1}, 3, {}, callback_url="https://hooks.example.com/")
    store.submit(new, idempotency_s=1, queue_limit=10_000)
    assert valkey.client.info("commandstats")["cmdstat_fcall"]["calls"] - calls == 1
    assert valkey.client.info("stats")["total_commands_processed"] > before


def test_more_events_than_are_kept_cut_off_the_oldest(store: RedisJobStore) -> None:
    job_id = submit(store)
    running = store.acquire(job_id, worker="w", lease_s=30)
    assert running is not None
    for start in range(0, 21_000, 500):
        store.publish(job_id, running.fence, [("log", {"n": n}) for n in range(start, start + 500)])
    first = store.events(job_id, limit=1)[0]
    assert int(first.id) == 2001
    assert store.events(job_id, after="20999", limit=1)[0].data == {"n": 20_997}
    assert store.events(job_id, after="21002") == ()


def test_a_broker_whose_memory_is_full_is_said_to_be_unavailable(tmp_path: Path) -> None:
    server = Valkey(tmp_path).start()
    store = RedisJobStore(server.url)
    job_id = submit(store)
    store.get(job_id)
    server.client.config_set("maxmemory", "1mb")
    with pytest.raises(BrokerUnavailable, match="full"):
        submit(store)
    assert store.get(job_id).state == "queued"  # what is there can be read on
    store.close()
    server.stop()
