"""The contract of paused queues: one suite, run on memory and on a real Valkey."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from jobs.record import new_job_id
from storage.job_store import End, JobStore, NewJob
from storage.memory_jobs import MemoryJobStore
from storage.redis_jobs import RedisJobStore
from tests.services import Valkey
from tests.storage.test_job_store import Case

LEASE_S = 0.25


@pytest.fixture(params=["memory", "valkey"])
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    if request.param == "memory":
        memory = MemoryJobStore()
        yield Case(memory, memory.advance, lambda q: list(memory.messages[q]), lambda q: memory.messages[q].clear())
        return
    server: Valkey = request.getfixturevalue("valkey")

    def messages(queue: str) -> list[str]:
        return [m.decode().split('"correlation_id":"')[1].split('"')[0] for m in server.client.lrange(queue, 0, -1)]

    store = RedisJobStore(server.url)
    yield Case(store, time.sleep, messages, lambda q: server.client.delete(q))
    store.close()


def submit(store: JobStore, **changes: Any) -> str:
    job = NewJob(**{"id": new_job_id(), "kind": "test.noop", "queue": "cpu", "params": {}, "max_attempts": 3, "labels": {}, **changes})
    return store.submit(job, idempotency_s=86_400, queue_limit=1000).job.id


def start(store: JobStore, job_id: str) -> int:
    job = store.acquire(job_id, worker="w", lease_s=LEASE_S)
    assert job
    return job.fence


def test_a_paused_queue_takes_jobs_in_and_tells_no_worker(case: Case) -> None:
    before = submit(case.store)
    case.store.pause_queue("cpu", "new disk")
    after, other = submit(case.store), submit(case.store, queue="gpu")

    status = case.store.queues()
    assert case.messages("cpu") == []
    assert (status["cpu"].waiting, status["cpu"].running) == (2, 0)
    assert status["cpu"].pause
    assert status["cpu"].pause.reason == "new disk"
    assert status["gpu"].pause is None
    assert case.messages("gpu") == [other]
    assert [case.store.get(i).queue_position for i in (before, after)] == [0, 1]


def test_a_job_that_waits_in_a_paused_queue_says_so(case: Case) -> None:
    job_id = submit(case.store)
    case.store.pause_queue("cpu", "new disk")

    shown = [case.store.get(job_id), *case.store.page().jobs]
    assert {(job.progress or {})["message"] for job in shown} == {"Queue cpu is paused: new disk"}

    case.store.resume_queue("cpu")
    assert case.store.get(job_id).progress is None


def test_a_resumed_queue_tells_of_all_that_waits_in_its_order(case: Case) -> None:
    first = submit(case.store)
    case.store.pause_queue("cpu", "")
    second = submit(case.store)
    case.store.pause_queue("cpu", "again")
    third = submit(case.store)

    assert case.store.resume_queue("cpu")
    fourth = submit(case.store)

    assert case.messages("cpu") == [fourth, third, second, first]
    assert not case.store.resume_queue("cpu")
    assert case.store.acquire(first, worker="w", lease_s=LEASE_S)


def test_a_message_that_a_worker_held_already_starts_nothing_and_comes_back_at_the_resume(case: Case) -> None:
    held, waiting = submit(case.store), submit(case.store)
    case.lose_messages("cpu")
    case.store.pause_queue("cpu", "")

    assert case.store.acquire(held, worker="w", lease_s=LEASE_S) is None
    assert case.store.get(held).state == "queued"
    assert case.messages("cpu") == []

    case.store.resume_queue("cpu")
    assert case.messages("cpu") == [held]
    assert case.store.get(waiting).state == "queued"


def test_what_runs_goes_on_and_what_is_handed_back_waits_for_the_resume(case: Case) -> None:
    done, back = submit(case.store), submit(case.store)
    fences = {i: start(case.store, i) for i in (done, back)}
    case.lose_messages("cpu")
    case.store.pause_queue("cpu", "")

    assert case.store.queues()["cpu"].running == 2
    case.store.move(done, fences[done], End("succeeded", result={}))
    case.store.hand_back(back, fences[back])

    assert (case.store.get(done).state, case.messages("cpu")) == ("succeeded", [])
    case.store.resume_queue("cpu")
    assert case.messages("cpu") == [back]


def test_a_retry_and_a_delayed_attempt_wait_for_the_resume_too(case: Case) -> None:
    ended, delayed = submit(case.store), submit(case.store)
    case.store.request_cancel(ended)
    fence = start(case.store, delayed)
    case.lose_messages("cpu")
    case.store.pause_queue("cpu", "")
    case.store.retry(ended)
    case.store.move(delayed, fence, End("queued", error={"code": "x"}, delay_s=0.05))
    case.wait(0.1)

    assert case.store.reap(lease_s=30).started_delayed == (delayed,)
    assert case.messages("cpu") == []
    case.store.resume_queue("cpu")
    assert sorted(case.messages("cpu")) == sorted([ended, delayed])


def test_the_reaper_wakes_nobody_for_a_paused_queue(case: Case) -> None:
    submit(case.store)
    case.store.pause_queue("cpu", "")
    case.wait(LEASE_S * 1.5)

    assert case.store.reap(lease_s=LEASE_S).rewoken == ()
    assert case.messages("cpu") == []


def test_a_message_that_was_lost_before_the_pause_is_there_at_the_resume(case: Case) -> None:
    job_id = submit(case.store)
    case.lose_messages("cpu")
    case.store.pause_queue("cpu", "")
    case.wait(LEASE_S * 1.5)

    assert case.store.reap(lease_s=LEASE_S).rewoken == (job_id,)
    case.store.resume_queue("cpu")
    assert case.messages("cpu") == [job_id]


def test_a_job_in_a_paused_queue_can_be_canceled(case: Case) -> None:
    job_id = submit(case.store)
    case.store.pause_queue("cpu", "")

    assert case.store.request_cancel(job_id).state == "canceled"
    case.store.resume_queue("cpu")
    assert case.store.acquire(job_id, worker="w", lease_s=LEASE_S) is None


def test_the_age_of_the_oldest_counts_from_when_it_began_to_wait_though_it_was_woken(case: Case) -> None:
    submit(case.store)
    case.lose_messages("cpu")
    case.wait(LEASE_S * 1.5)
    case.store.reap(lease_s=LEASE_S)
    handed_back = submit(case.store)
    case.store.hand_back(handed_back, start(case.store, handed_back))

    assert LEASE_S * 1.5 <= case.store.queues()["cpu"].oldest_s < 60
    assert case.store.queues()["gpu"].oldest_s == 0


def test_attempts_losses_ends_and_run_times_are_counted(case: Case) -> None:
    job_id = submit(case.store)
    start(case.store, job_id)
    case.wait(LEASE_S * 1.5)
    case.store.reap(lease_s=LEASE_S)
    case.store.move(job_id, start(case.store, job_id), End("succeeded", result={}))
    case.store.request_cancel(submit(case.store))

    counts = case.store.counts()
    run_ms = counts.pop("run_ms|test.noop")
    assert LEASE_S * 1500 <= run_ms < 60_000
    assert counts == {
        "attempts|test.noop": 2, "lost|test.noop": 1, "ended|test.noop|succeeded": 1, "ended|test.noop|canceled": 1,
        "runs|test.noop|0.1": 1, "runs|test.noop|1": 1}


def test_a_run_without_its_lease_is_overdue_until_it_is_reaped(case: Case) -> None:
    start(case.store, submit(case.store))
    start(case.store, submit(case.store, queue="gpu"))
    case.store.acquire(submit(case.store), worker="w", lease_s=60)
    fresh = case.store.queues()["cpu"]
    case.wait(LEASE_S * 2)

    late = case.store.queues()

    assert (fresh.running, fresh.overdue_s) == (2, 0)
    assert late["cpu"].running == 2
    assert LEASE_S * 0.9 <= late["cpu"].overdue_s < 30
    assert late["gpu"].overdue_s > 0
    case.store.reap(lease_s=LEASE_S)
    assert case.store.queues()["cpu"].overdue_s == 0
