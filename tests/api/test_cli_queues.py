"""`noria queues` on a real Valkey."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result

from jobs.record import new_job_id
from storage.job_store import End, NewJob
from storage.redis_jobs import RedisJobStore
from tests.api.served import answer
from tests.api.served import run as run_at
from tests.services import Valkey, free_port


@pytest.fixture
def store(valkey: Valkey) -> Iterator[RedisJobStore]:
    store = RedisJobStore(valkey.url)
    yield store
    store.close()


@pytest.fixture
def home(tmp_path: Path) -> str:
    return str(tmp_path)


def run(store: RedisJobStore, home: str, *arguments: str) -> Result:
    return run_at("http://127.0.0.1:1", "queues", *arguments, NORIA_HOME=home, REDIS_URL=store.url)


def submit(store: RedisJobStore) -> str:
    job = NewJob(new_job_id(), "test.noop", "cpu", {}, 1, {})
    return store.submit(job, idempotency_s=86_400, queue_limit=100).job.id


def test_queues_are_listed_with_what_waits_and_runs(store: RedisJobStore, home: str) -> None:
    started, _ = submit(store), submit(store)
    store.acquire(started, worker="w", lease_s=30)

    found = {q["queue"]: q for q in answer(run(store, home, "--json"))["queues"]}
    assert (found["cpu"]["waiting"], found["cpu"]["running"], found["cpu"]["paused"]) == (1, 1, None)
    assert found["gpu"]["waiting"] == 0
    assert "cpu.fast" in run(store, home).stdout


def test_a_pause_stands_until_it_is_resumed_and_says_why(store: RedisJobStore, home: str) -> None:
    assert run(store, home, "pause", "cpu", "--reason", "new disk").exit_code == 0
    assert "paused: new disk" in run(store, home).stdout

    assert run(store, home, "resume", "cpu").exit_code == 0
    assert "paused" not in run(store, home).stdout
    again = run(store, home, "resume", "cpu")
    assert again.exit_code == 1
    assert "not paused" in again.stderr


def test_a_drain_waits_for_what_runs_and_leaves_the_queue_paused(store: RedisJobStore, home: str) -> None:
    job = store.acquire(submit(store), worker="w", lease_s=30)
    assert job
    seen: list[Result] = []
    drain = threading.Thread(target=lambda: seen.append(run(store, home, "drain", "cpu")))
    drain.start()
    time.sleep(0.8)
    assert seen == []
    store.move(job.id, job.fence, End("succeeded", result={}))
    drain.join(timeout=10)

    assert seen[0].exit_code == 0
    assert "1 job is still running" in seen[0].stderr
    assert store.queues()["cpu"].pause is not None


def test_a_drain_that_takes_too_long_says_how_many_run(store: RedisJobStore, home: str) -> None:
    store.acquire(submit(store), worker="w", lease_s=30)

    result = run(store, home, "drain", "cpu", "--timeout", "0")

    assert result.exit_code == 1
    assert "1 job is still running in queue cpu, which stays paused." in result.stderr


def test_without_a_broker_the_command_says_so(home: str) -> None:
    result = run_at("http://127.0.0.1:1", "queues", NORIA_HOME=home, REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")

    assert result.exit_code == 3
