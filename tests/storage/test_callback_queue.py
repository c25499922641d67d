"""The contract of owed deliveries: one suite, run on memory and on a real Valkey."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from jobs.errors import NotFound
from jobs.record import Job, new_job_id
from storage.callback_queue import Delivery
from storage.job_store import End, JobStore, NewJob
from storage.memory_jobs import MemoryJobStore
from storage.redis_jobs import RedisJobStore
from tests.services import Valkey

LEASE_S = 0.25
URL = "https://hooks.example.com/noria?for=north"


@dataclass
class Case:
    """A store, and a way to let its time pass."""

    store: JobStore
    wait: Callable[[float], None]

    def submit(self, *, callback_url: str | None = URL, max_attempts: int = 2) -> str:
        new = NewJob(new_job_id(), "test.noop", "cpu", {"x": 1}, max_attempts, {"team": "north"}, callback_url=callback_url)
        return self.store.submit(new, idempotency_s=60, queue_limit=1000).job.id

    def start(self, job_id: str) -> Job:
        job = self.store.acquire(job_id, worker="w", lease_s=LEASE_S)
        assert job is not None
        return job

    def end(self, job_id: str, state: str = "succeeded", **end) -> Job:
        return self.store.move(job_id, self.start(job_id).fence, End(state, **end))

    def take(self, limit: int = 10) -> tuple[Delivery, ...]:
        return self.store.take_callbacks(limit, lease_s=LEASE_S)


@pytest.fixture(params=["memory", "valkey"])
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    if request.param == "memory":
        memory = MemoryJobStore()
        yield Case(memory, memory.advance)
        return
    store = RedisJobStore(request.getfixturevalue("valkey").url)
    yield Case(store, time.sleep)
    store.close()


def succeed(case: Case, job_id: str) -> None:
    case.end(job_id, result={"value": 1})


def fail(case: Case, job_id: str) -> None:
    case.end(job_id, "failed", error={"code": "data_error", "message": "No.", "retryable": False, "step": None})


def fail_at_the_last_attempt(case: Case, job_id: str) -> None:
    case.end(job_id, "queued")
    case.store.reap(lease_s=LEASE_S)
    case.end(job_id, "queued")


def cancel_while_queued(case: Case, job_id: str) -> None:
    case.store.request_cancel(job_id)


def cancel_while_delayed(case: Case, job_id: str) -> None:
    case.end(job_id, "queued", delay_s=60)
    case.store.request_cancel(job_id)


def cancel_while_running(case: Case, job_id: str) -> None:
    running = case.start(job_id)
    case.store.request_cancel(job_id)
    case.store.move(job_id, running.fence, End("canceled"))


def cancel_and_hand_back(case: Case, job_id: str) -> None:
    running = case.start(job_id)
    case.store.request_cancel(job_id)
    case.store.hand_back(job_id, running.fence)


def lose_every_worker(case: Case, job_id: str) -> None:
    for _ in range(2):
        case.start(job_id)
        case.wait(LEASE_S + 0.05)
        case.store.reap(lease_s=LEASE_S)


def finish_what_was_committed(case: Case, job_id: str) -> None:
    running = case.start(job_id)
    case.store.commit(job_id, running.fence, result={"version": 1}, artifacts=(), models=[{"model": "m"}])
    case.wait(LEASE_S + 0.05)
    taken = case.store.take_over(job_id, worker="reaper", lease_s=LEASE_S)
    assert taken is not None
    case.store.move(job_id, taken.fence, End("succeeded"))


ENDS = {succeed: "succeeded", fail: "failed", fail_at_the_last_attempt: "failed", cancel_while_queued: "canceled",
        cancel_while_delayed: "canceled", cancel_while_running: "canceled", cancel_and_hand_back: "canceled",
        lose_every_worker: "failed", finish_what_was_committed: "succeeded"}


@pytest.mark.parametrize("come_to_an_end", ENDS, ids=lambda f: f.__name__)
def test_a_job_owes_one_delivery_whichever_way_it_ends(case: Case, come_to_an_end: Callable[[Case, str], None]) -> None:
    job_id = case.submit()
    assert case.store.callbacks_owed() == 0

    come_to_an_end(case, job_id)

    (delivery,) = case.take()
    assert delivery.job.state == ENDS[come_to_an_end]
    assert (delivery.job, delivery.tries) == (case.store.get(job_id), 1)
    assert delivery.job.callback_url == URL
    assert delivery.id.startswith(job_id)


def test_a_job_without_a_callback_url_owes_nothing(case: Case) -> None:
    case.end(case.submit(callback_url=None))
    assert case.take() == ()
    assert case.store.callbacks_owed() == 0


def test_a_job_that_goes_back_to_its_queue_owes_nothing_yet(case: Case) -> None:
    job_id = case.submit()
    case.store.hand_back(job_id, case.start(job_id).fence)
    case.end(job_id, "queued")
    assert case.store.callbacks_owed() == 0


def test_the_same_end_told_again_owes_no_second_delivery(case: Case) -> None:
    job_id = case.submit()
    fence = case.start(job_id).fence
    for _ in range(2):
        case.store.move(job_id, fence, End("succeeded", result={}))
    assert case.store.callbacks_owed() == 1


def test_a_taken_delivery_is_given_to_another_only_when_the_lease_is_over(case: Case) -> None:
    case.end(case.submit())
    (first,) = case.take()
    assert case.take() == ()
    case.wait(LEASE_S + 0.05)

    (second,) = case.take()

    assert (second.id, second.job, second.tries) == (first.id, first.job, 2)


def test_each_of_many_deliveries_goes_to_one_of_many_takers(case: Case) -> None:
    for _ in range(30):
        case.end(case.submit())
    with ThreadPoolExecutor(8) as pool:
        taken = [d.id for found in pool.map(lambda _: case.store.take_callbacks(4, lease_s=60), range(16)) for d in found]
    assert len(taken) == len(set(taken)) == 30


def test_what_is_due_longest_is_taken_first_and_no_more_than_the_limit(case: Case) -> None:
    ids = []
    for _ in range(3):
        ids.append(case.submit())
        case.end(ids[-1])
        case.wait(0.005)
    assert [d.job.id for d in case.take(2)] == ids[:2]
    assert [d.job.id for d in case.take(2)] == ids[2:]


def test_a_try_that_failed_comes_again_after_its_delay_with_an_event(case: Case) -> None:
    job_id = case.submit()
    case.end(job_id)
    (delivery,) = case.take()
    before = case.store.get(job_id)

    assert case.store.settle_callback(delivery, {"message": "no"}, again_s=0.3)

    assert case.take() == ()
    last = case.store.events(job_id)[-1]
    assert (last.type, last.data, last.attempt) == ("log", {"message": "no"}, 1)
    assert case.store.get(job_id).revision == before.revision + 1
    case.wait(0.35)
    (again,) = case.take()
    assert (again.id, again.job, again.tries) == (delivery.id, delivery.job, 2)


def test_a_settled_delivery_is_owed_no_more_and_settled_once(case: Case) -> None:
    job_id = case.submit()
    case.end(job_id)
    (delivery,) = case.take()

    assert case.store.settle_callback(delivery, {"message": "yes"}, again_s=None)
    assert not case.store.settle_callback(delivery, {"message": "late"}, again_s=1)

    assert case.store.callbacks_owed() == 0
    case.wait(LEASE_S + 0.05)
    assert case.take() == ()
    assert [e.data for e in case.store.events(job_id) if e.type == "log"] == [{"message": "yes"}]


def test_the_second_end_of_a_retried_job_is_another_delivery_and_the_first_stays_as_it_was(case: Case) -> None:
    job_id = case.submit()
    case.store.request_cancel(job_id)
    first_end = case.store.get(job_id)
    case.store.retry(job_id)
    case.end(job_id, result={"value": 2})

    first, second = case.take()

    assert first.id != second.id
    assert (first.job, second.job) == (first_end, case.store.get(job_id))
    assert (first.job.state, second.job.state) == ("canceled", "succeeded")


def test_what_changes_after_the_end_does_not_change_what_is_told(case: Case) -> None:
    job_id = case.submit()
    ended = case.end(job_id, result={"value": 1})
    case.store.annotate(job_id, {"run_id": "r", "pending": False})
    (delivery,) = case.take()
    assert delivery.job == ended


def test_an_archived_job_is_archived_again_with_what_became_of_its_callback(case: Case) -> None:
    job_id = case.submit()
    case.store.mark_archived(job_id, case.end(job_id).revision)
    assert case.store.unarchived() == ()
    (delivery,) = case.take()

    case.store.settle_callback(delivery, {"message": "yes"}, again_s=None)

    assert case.store.unarchived() == (job_id,)


def test_a_delivery_outlives_the_job_in_the_store(case: Case) -> None:
    job_id = case.submit()
    ended = case.end(job_id)
    case.store.mark_archived(job_id, ended.revision)
    assert case.store.drop_expired(retention_s=0) == 1

    (delivery,) = case.take()
    assert case.store.settle_callback(delivery, {"message": "yes"}, again_s=None)

    assert delivery.job == ended
    assert case.store.callbacks_owed() == 0
    with pytest.raises(NotFound):
        case.store.get(job_id)


def test_a_delivered_callback_leaves_no_key_behind(valkey: Valkey) -> None:
    store = RedisJobStore(valkey.url)
    case = Case(store, time.sleep)
    ended = case.end(case.submit())
    (delivery,) = case.take()
    store.settle_callback(delivery, {}, again_s=None)
    store.mark_archived(ended.id, ended.revision + 1)
    store.drop_expired(retention_s=0)
    assert {k.decode() for k in valkey.client.keys("*")} <= {"noria:sequence", "cpu"}
    store.close()


def test_what_is_owed_survives_a_broker_that_is_killed(tmp_path) -> None:
    server = Valkey(tmp_path).start()
    case = Case(RedisJobStore(server.url), time.sleep)
    job_id = case.submit()
    case.end(job_id)
    time.sleep(1.5)  # the AOF is written every second
    server.kill()
    server.start()
    store = RedisJobStore(server.url)
    assert [d.job.id for d in store.take_callbacks(10, lease_s=1)] == [job_id]
    for one in (store, case.store):
        one.close()
    server.stop()
