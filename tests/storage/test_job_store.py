"""The contract of the job store: one suite, run on memory and on a real Valkey."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import pytest

from jobs.errors import BrokerUnavailable, Conflict, IdempotencyKeyReused, InputError, LeaseLost, NotFound, TooManyRequests
from jobs.record import Artifact, new_job_id
from storage.job_store import End, Glance, JobStore, NewJob
from storage.memory_jobs import MemoryJobStore
from storage.redis_jobs import RedisJobStore
from tests.services import Valkey, wait_until

LEASE_S = 0.25
ERROR = {"code": "data_error", "message": "No data.", "retryable": False, "step": None}


@dataclass
class Case:
    """A store, a way to let its time pass, and a look at the messages that Celery would get (the next one last)."""

    store: JobStore
    wait: Callable[[float], None]
    messages: Callable[[str], list[str]]
    lose_messages: Callable[[str], None]


@pytest.fixture(params=["memory", "valkey"])
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    if request.param == "memory":
        memory = MemoryJobStore()
        yield Case(memory, memory.advance, lambda q: list(memory.messages[q]), lambda q: memory.messages[q].clear())
        return
    server: Valkey = request.getfixturevalue("valkey")

    def messages(queue: str) -> list[str]:
        raw = server.client.lrange(queue, 0, -1)
        return [m.decode().split('"correlation_id":"')[1].split('"')[0] for m in raw]

    store = RedisJobStore(server.url)
    yield Case(store, lambda s: time.sleep(s), messages, lambda q: server.client.delete(q))
    store.close()


@pytest.fixture
def store(case: Case) -> JobStore:
    return case.store


def submit(store: JobStore, **changes: Any) -> str:
    job = NewJob(id=new_job_id(), kind="test.noop", queue="cpu", params={"x": 1.5}, max_attempts=2, labels={})
    limit = changes.pop("queue_limit", 1000)
    return store.submit(replace(job, **changes), idempotency_s=86_400, queue_limit=limit).job.id


def start(store: JobStore, job_id: str, worker: str = "w1") -> int:
    job = store.acquire(job_id, worker=worker, lease_s=LEASE_S)
    assert job is not None
    return job.fence


def states(store: JobStore, job_id: str) -> list[str]:
    return [e.data["state"] for e in store.events(job_id) if e.type == "state"]


def test_a_submitted_job_is_there_with_its_message_and_first_event(case: Case) -> None:
    job_id = submit(case.store, labels={"team": "north"}, request_id="r1")
    job = case.store.get(job_id)
    assert (job.state, job.params, job.labels, job.request_id) == ("queued", {"x": 1.5}, {"team": "north"}, "r1")
    assert (job.attempt, job.max_attempts, job.queue_position, job.cancel_requested) == (0, 2, 0, False)
    assert case.messages("cpu") == [job_id]
    assert states(case.store, job_id) == ["queued"]


def test_what_submit_gives_equals_what_is_stored(store: JobStore) -> None:
    new = NewJob(id=new_job_id(), kind="test.noop", queue="cpu", params={"a": [1, None]}, max_attempts=3, labels={"k": "v"})
    assert store.submit(new, idempotency_s=86_400, queue_limit=10).job == store.get(new.id)


def test_the_same_key_and_body_answer_the_first_job(case: Case) -> None:
    first = submit(case.store, idempotency_key="k", body_hash="h")
    new = NewJob(new_job_id(), "test.noop", "cpu", {}, 1, {}, idempotency_key="k", body_hash="h")
    again = case.store.submit(new, idempotency_s=86_400, queue_limit=10)
    assert (again.job.id, again.replayed) == (first, True)
    assert case.messages("cpu") == [first]


def test_the_same_key_with_another_body_is_refused(store: JobStore) -> None:
    submit(store, idempotency_key="k", body_hash="h")
    with pytest.raises(IdempotencyKeyReused):
        submit(store, idempotency_key="k", body_hash="other")


def test_a_hundred_submits_at_once_with_one_key_make_one_job(case: Case) -> None:
    with ThreadPoolExecutor(20) as pool:
        ids = set(pool.map(lambda _: submit(case.store, idempotency_key="k", body_hash="h"), range(100)))
    assert len(ids) == 1
    assert case.messages("cpu") == list(ids)


def test_a_full_queue_refuses_and_stores_nothing(case: Case) -> None:
    submit(case.store)
    with pytest.raises(TooManyRequests):
        submit(case.store, queue_limit=1)
    assert len(case.store.page().jobs) == len(case.messages("cpu")) == 1


def test_positions_count_who_starts_before(store: JobStore) -> None:
    ids = [submit(store) for _ in range(3)]
    assert [store.get(i).queue_position for i in ids] == [0, 1, 2]
    start(store, ids[0])
    assert [store.get(i).queue_position for i in ids] == [None, 0, 1]


def test_only_one_of_many_workers_acquires_a_job(store: JobStore) -> None:
    job_id = submit(store)
    with ThreadPoolExecutor(10) as pool:
        got = [j for j in pool.map(lambda n: store.acquire(job_id, worker=f"w{n}", lease_s=30), range(20)) if j]
    assert len(got) == 1
    assert (got[0].state, got[0].attempt, got[0].fence) == ("running", 1, 1)
    assert got[0].attempts[0].worker == got[0].attempts[-1].worker


def test_an_unknown_or_ended_job_is_not_acquired(store: JobStore) -> None:
    assert store.acquire(new_job_id(), worker="w", lease_s=1) is None
    job_id = submit(store)
    store.request_cancel(job_id)
    assert store.acquire(job_id, worker="w", lease_s=1) is None


def test_a_run_ends_once_with_its_result(store: JobStore) -> None:
    job_id = submit(store)
    fence = start(store, job_id)
    end = End("succeeded", result={"value": 1})
    artifact = Artifact("a.txt", "jobs/x/fence-1/a.txt", 3, "ab", "text/plain")
    first = store.move(job_id, fence, end, artifacts=[artifact])
    again = store.move(job_id, fence, end)
    assert first == again
    assert (first.state, first.result, first.artifacts, first.error) == ("succeeded", {"value": 1}, (artifact,), None)
    assert first.progress == {"fraction": 1.0, "stage": "done", "message": None}
    assert [a.outcome for a in first.attempts] == ["succeeded"]
    assert states(store, job_id) == ["queued", "running", "succeeded"]


def test_another_end_under_the_same_fence_is_refused(store: JobStore) -> None:
    job_id = submit(store)
    fence = start(store, job_id)
    store.move(job_id, fence, End("succeeded", result={}))
    with pytest.raises(LeaseLost):
        store.move(job_id, fence, End("failed", error=ERROR))


def test_an_old_fence_can_write_nothing(store: JobStore) -> None:
    job_id = submit(store)
    old = start(store, job_id)
    store.hand_back(job_id, old)
    start(store, job_id, "w2")
    before = store.get(job_id)
    for write in (
        lambda: store.publish(job_id, old, [("log", {"message": "x"})]),
        lambda: store.commit(job_id, old, result={}, artifacts=[], models=[]),
        lambda: store.move(job_id, old, End("succeeded", result={})),
    ):
        with pytest.raises(LeaseLost):
            write()
    assert store.renew(job_id, old, lease_s=1) == "lease_lost"
    assert store.get(job_id) == before


def test_a_handed_back_job_gets_a_new_fence_and_the_same_attempt(case: Case) -> None:
    job_id, other = submit(case.store), submit(case.store)
    case.lose_messages("cpu")
    case.store.hand_back(job_id, start(case.store, job_id))
    assert case.messages("cpu")[-1] == job_id
    assert case.store.get(other).queue_position == 1
    job = case.store.acquire(job_id, worker="w2", lease_s=1)
    assert job is not None
    assert (job.attempt, job.fence) == (1, 2)
    assert [(a.attempt, a.worker, a.outcome) for a in job.attempts] == [(1, "w1", "handed_back"), (1, "w2", None)]


def test_handing_back_twice_is_handing_back_once(case: Case) -> None:
    job_id = submit(case.store)
    fence = start(case.store, job_id)
    case.lose_messages("cpu")
    case.store.hand_back(job_id, fence)
    case.store.hand_back(job_id, fence)
    assert case.messages("cpu") == [job_id]


def test_a_retry_waits_its_delay_and_counts_an_attempt(case: Case) -> None:
    job_id = submit(case.store)
    fence = start(case.store, job_id)
    case.lose_messages("cpu")
    moved = case.store.move(job_id, fence, End("queued", error=ERROR, delay_s=0.3))
    assert (moved.state, moved.attempts[0].outcome) == ("queued", "retried")
    assert case.store.reap(lease_s=LEASE_S).started_delayed == ()
    assert case.store.acquire(job_id, worker="w", lease_s=1) is None
    case.wait(0.4)
    assert case.store.reap(lease_s=LEASE_S).started_delayed == (job_id,)
    assert case.messages("cpu") == [job_id]
    job = case.store.acquire(job_id, worker="w", lease_s=1)
    assert job is not None
    assert job.attempt == 2


def test_a_retry_past_the_last_attempt_fails_with_its_error(store: JobStore) -> None:
    job_id = submit(store, max_attempts=1)
    job = store.move(job_id, start(store, job_id), End("queued", error=ERROR))
    assert (job.state, job.error) == ("failed", ERROR)


def test_a_live_lease_is_left_alone(case: Case) -> None:
    job_id = submit(case.store)
    fence = start(case.store, job_id)
    case.wait(LEASE_S * 0.7)
    assert case.store.renew(job_id, fence, lease_s=LEASE_S) is None
    case.wait(LEASE_S * 0.7)
    assert case.store.reap(lease_s=LEASE_S).requeued == ()


def test_a_job_without_a_live_lease_goes_back_to_the_front(case: Case) -> None:
    job_id = submit(case.store)
    start(case.store, job_id)
    later = submit(case.store)
    case.wait(LEASE_S * 1.2)
    assert case.store.reap(lease_s=LEASE_S).requeued == (job_id,)
    assert case.messages("cpu")[-1] == job_id
    assert (case.store.get(job_id).queue_position, case.store.get(later).queue_position) == (0, 1)
    assert [a.outcome for a in case.store.get(job_id).attempts] == ["lost"]


def test_a_lease_that_only_ran_out_of_time_is_made_anew(case: Case) -> None:
    job_id = submit(case.store)
    fence = start(case.store, job_id)
    case.wait(LEASE_S * 1.2)
    assert case.store.renew(job_id, fence, lease_s=LEASE_S) is None
    assert case.store.reap(lease_s=LEASE_S).requeued == ()


def test_a_poison_job_ends_after_its_last_attempt(case: Case) -> None:
    job_id = submit(case.store)
    for _ in range(2):
        start(case.store, job_id)
        case.wait(LEASE_S * 1.2)
        reaped = case.store.reap(lease_s=LEASE_S)
    job = case.store.get(job_id)
    assert reaped.failed == (job_id,)
    assert job.error is not None
    assert (job.state, job.error["code"], [a.outcome for a in job.attempts]) == ("failed", "worker_lost", ["lost", "lost"])


def test_a_job_whose_message_was_lost_is_woken_once_a_lease(case: Case) -> None:
    lost, kept = submit(case.store), submit(case.store)
    case.lose_messages("cpu")
    assert case.store.reap(lease_s=LEASE_S).rewoken == ()
    case.wait(LEASE_S * 1.2)
    assert set(case.store.reap(lease_s=LEASE_S).rewoken) == {lost, kept}
    case.wait(LEASE_S * 1.2)
    assert case.store.reap(lease_s=LEASE_S).rewoken == ()
    assert sorted(case.messages("cpu")) == sorted([lost, kept])


def test_a_committed_job_is_finished_by_another_and_not_run_again(case: Case) -> None:
    job_id = submit(case.store)
    fence = start(case.store, job_id)
    case.store.commit(job_id, fence, result={"value": 7}, artifacts=[], models=[{"name": "m", "version": 1}])
    assert case.store.take_over(job_id, worker="w2", lease_s=1) is None
    case.wait(LEASE_S * 1.2)
    assert case.store.reap(lease_s=LEASE_S).to_finish == (job_id,)
    taken = case.store.take_over(job_id, worker="w2", lease_s=1)
    assert taken is not None
    assert (taken.fence, taken.models, taken.result) == (2, ({"name": "m", "version": 1},), {"value": 7})
    with pytest.raises(LeaseLost):
        case.store.move(job_id, fence, End("succeeded"))
    ended = case.store.move(job_id, taken.fence, End("succeeded"))
    assert (ended.result, ended.attempt, ended.attempts[0].outcome) == ({"value": 7}, 1, "succeeded")


@pytest.mark.parametrize("state", ["failed", "canceled", "queued"])
def test_a_committed_job_can_only_succeed(store: JobStore, state: str) -> None:
    job_id = submit(store)
    fence = start(store, job_id)
    store.commit(job_id, fence, result={}, artifacts=[], models=[])
    with pytest.raises(LeaseLost):
        store.move(job_id, fence, End(state, error=ERROR))  # type: ignore[arg-type]
    assert store.move(job_id, fence, End("succeeded")).state == "succeeded"


def test_a_committed_job_is_not_handed_back_to_be_run_again(store: JobStore) -> None:
    job_id = submit(store)
    fence = start(store, job_id)
    store.commit(job_id, fence, result={}, artifacts=[], models=[])
    with pytest.raises(LeaseLost):
        store.hand_back(job_id, fence)
    assert store.get(job_id).state == "running"


def test_progress_changes_the_revision_and_metrics_do_not(store: JobStore) -> None:
    job_id = submit(store)
    fence = start(store, job_id)
    before = store.get(job_id).revision
    store.publish(job_id, fence, [("metric", {"name": "mae", "value": 1.0}), ("log", {"message": "hello"})])
    assert store.get(job_id).revision == before
    progress = {"fraction": 0.5, "stage": "fit", "message": "half"}
    store.publish(job_id, fence, [("progress", {"fraction": 0.1, "stage": "fit", "message": ""}), ("progress", progress)])
    job = store.get(job_id)
    assert (job.progress, job.revision > before) == (progress, True)
    assert [e.type for e in store.events(job_id)] == ["state", "state", "metric", "log", "progress", "progress"]


def test_events_resume_after_an_id_without_loss_or_repeat(store: JobStore) -> None:
    job_id = submit(store)
    fence = start(store, job_id)
    store.publish(job_id, fence, [("metric", {"step": i}) for i in range(10)])
    seen, after = [], None
    while page := store.events(job_id, after=after, limit=3):
        seen += [e.data.get("step") for e in page]
        after = page[-1].id
    assert seen == [None, None, *range(10)]


def test_a_queued_job_is_canceled_at_once(case: Case) -> None:
    first, second = submit(case.store), submit(case.store)
    job = case.store.request_cancel(first)
    assert (job.state, job.cancel_requested, job.queue_position) == ("canceled", True, None)
    assert case.store.get(second).queue_position == 0
    with pytest.raises(Conflict):
        case.store.request_cancel(first)


def test_a_running_job_is_asked_to_stop(store: JobStore) -> None:
    job_id = submit(store)
    fence = start(store, job_id)
    job = store.request_cancel(job_id)
    assert (job.state, job.cancel_requested) == ("running", True)
    assert store.request_cancel(job_id) == job
    assert store.renew(job_id, fence, lease_s=1) == "canceled"
    assert store.move(job_id, fence, End("canceled")).state == "canceled"


def test_a_job_to_be_canceled_is_not_run_again_when_its_worker_is_lost(case: Case) -> None:
    job_id = submit(case.store)
    start(case.store, job_id)
    case.store.request_cancel(job_id)
    case.wait(LEASE_S * 1.2)
    case.store.reap(lease_s=LEASE_S)
    assert case.store.get(job_id).state == "canceled"


def test_a_failed_job_is_retried_under_its_id_with_attempts_anew(case: Case) -> None:
    job_id = submit(case.store)
    case.store.move(job_id, start(case.store, job_id), End("failed", error=ERROR))
    case.lose_messages("cpu")
    job = case.store.retry(job_id)
    assert (job.state, job.attempt, job.error, job.finished_at, job.queue_position) == ("queued", 0, None, None, 0)
    assert case.messages("cpu") == [job_id]
    assert start(case.store, job_id) == 2
    assert [a.outcome for a in case.store.get(job_id).attempts] == ["failed", None]
    assert states(case.store, job_id) == ["queued", "running", "failed", "queued", "running"]


def test_only_a_failed_or_canceled_job_is_retried(store: JobStore) -> None:
    job_id = submit(store)
    with pytest.raises(Conflict):
        store.retry(job_id)
    store.move(job_id, start(store, job_id), End("succeeded", result={}))
    with pytest.raises(Conflict):
        store.retry(job_id)
    with pytest.raises(NotFound):
        store.retry(new_job_id())


def test_tracking_is_annotated_also_after_the_end_and_archived_again(store: JobStore) -> None:
    job_id = submit(store)
    ended = store.move(job_id, start(store, job_id), End("succeeded", result={}))
    store.mark_archived(job_id, ended.revision)
    assert store.unarchived() == ()
    store.annotate(job_id, {"run_id": "r", "pending": True})
    job = store.get(job_id)
    assert (job.tracking, job.revision) == ({"run_id": "r", "pending": True}, ended.revision + 1)
    assert store.events(job_id)[-1].type == "tracking"
    assert store.unarchived() == (job_id,)
    store.annotate(job_id, {"run_id": "r", "pending": True})
    assert store.get(job_id) == job


def test_an_outdated_archive_does_not_count(store: JobStore) -> None:
    job_id = submit(store)
    ended = store.move(job_id, start(store, job_id), End("succeeded", result={}))
    store.mark_archived(job_id, ended.revision - 1)
    assert store.unarchived() == (job_id,)


def test_a_job_is_forgotten_only_once_archived_and_past_its_time(case: Case) -> None:
    job_id = submit(case.store, labels={"a": "b"})
    ended = case.store.move(job_id, start(case.store, job_id), End("succeeded", result={}))
    case.wait(0.2)
    assert case.store.drop_expired(retention_s=0.1) == 0
    case.store.mark_archived(job_id, ended.revision)
    assert case.store.drop_expired(retention_s=100) == 0
    assert case.store.drop_expired(retention_s=0.1) == 1
    with pytest.raises(NotFound):
        case.store.get(job_id)
    assert case.store.page().jobs == case.store.page(label=("a", "b")).jobs == ()


def test_an_archived_job_comes_back_as_it_was(store: JobStore, valkey: Valkey) -> None:
    job_id = submit(store, labels={"a": "b"})
    job = store.move(job_id, start(store, job_id), End("failed", error=ERROR))
    events = store.events(job_id)
    fresh = RedisJobStore(valkey.url) if isinstance(store, RedisJobStore) else MemoryJobStore()
    if isinstance(store, RedisJobStore):
        valkey.client.flushall()
    assert fresh.restore(job, events)
    assert not fresh.restore(job, events)
    assert (fresh.get(job_id), fresh.events(job_id)) == (job, events)
    assert fresh.page(state="failed", label=("a", "b"), kind="test.noop").jobs == (job,)
    if isinstance(fresh, RedisJobStore):
        fresh.close()


def test_pages_list_newest_first_and_every_job_once(store: JobStore) -> None:
    ids = [submit(store, kind="a" if i % 3 else "b", labels={"n": str(i % 2)}) for i in range(20)]
    for filters, expected in [
        ({}, ids), ({"kind": "b"}, ids[::3]), ({"label": ("n", "1")}, ids[1::2]), ({"state": "queued", "kind": "b"}, ids[::3]),
        ({"state": "running"}, []), ({"kind": "b", "label": ("n", "0")}, ids[::6]),
    ]:
        found: list[str] = []
        cursor = None
        while True:
            page = store.page(limit=4, cursor=cursor, **filters)  # type: ignore[arg-type]
            assert len(page.jobs) <= 4
            found += [j.id for j in page.jobs]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert found == sorted(expected, reverse=True)


def test_leases_are_spared_when_their_holders_could_not_renew(case: Case) -> None:
    job_id = submit(case.store)
    start(case.store, job_id)
    case.wait(LEASE_S * 1.2)
    assert case.store.reap(lease_s=LEASE_S, spare_leases=True).requeued == ()
    assert case.store.get(job_id).state == "running"


def test_one_holder_leads_a_duty_until_its_time_is_out(case: Case) -> None:
    assert case.store.lead("archive", "a", ttl_s=0.3)
    assert not case.store.lead("archive", "b", ttl_s=0.3)
    assert case.store.lead("archive", "a", ttl_s=0.3)
    case.wait(0.4)
    assert case.store.lead("archive", "b", ttl_s=0.3)


def test_a_worker_is_known_as_long_as_its_report_lives(case: Case) -> None:
    case.store.report_worker("cpu@host", {"queues": ["cpu"]}, ttl_s=0.3)
    assert case.store.workers() == {"cpu@host": {"queues": ["cpu"]}}
    case.wait(0.4)
    assert case.store.workers() == {}


def test_a_worker_that_stops_is_forgotten_at_once(store: JobStore) -> None:
    store.report_worker("cpu@host", {"queues": ["cpu"]}, ttl_s=60)

    store.forget_worker("cpu@host")
    store.forget_worker("never@there")

    assert store.workers() == {}


def test_a_listener_hears_of_every_change(store: JobStore) -> None:
    heard: list[str | None] = []
    stop = threading.Event()
    thread = threading.Thread(target=store.listen, args=(heard.append, stop))
    thread.start()
    wait_until(lambda: heard == [None], what="the first call")
    job_id = submit(store)
    wait_until(lambda: job_id in heard, what="the change")
    stop.set()
    thread.join(5)
    assert not thread.is_alive()


def test_documents_are_listed_newest_first_by_page(store: JobStore) -> None:
    for i in range(5):
        store.index("datasets", f"d{i}", i)
    store.unindex("datasets", "d3")
    first, cursor = store.indexed("datasets", limit=2)
    second, end = store.indexed("datasets", limit=2, cursor=cursor)
    assert (first, second, end) == (("d4", "d2"), ("d1", "d0"), None)
    with pytest.raises(InputError, match="cursor"):
        store.indexed("datasets", cursor="a-lie")


def test_depths_count_the_waiting_by_queue(store: JobStore) -> None:
    submit(store)
    submit(store, queue="gpu.fast")
    assert {name: status.waiting for name, status in store.queues().items()} == {"cpu": 1, "cpu.fast": 0, "gpu": 0, "gpu.fast": 1}


def test_a_broker_that_is_down_is_said_so_within_two_seconds(tmp_path: Any) -> None:
    server = Valkey(tmp_path).start()
    store = RedisJobStore(server.url)
    store.ping()
    server.freeze()
    began = time.monotonic()
    with pytest.raises(BrokerUnavailable):
        submit(store)
    assert time.monotonic() - began < 2
    server.thaw()
    server.kill()
    with pytest.raises(BrokerUnavailable):
        submit(store)
    store.close()
    server.stop()


def test_a_glance_tells_state_and_progress_of_the_jobs_that_are_there(store: JobStore) -> None:
    waiting, running = submit(store), submit(store)
    job = store.acquire(running, worker="w", lease_s=30)
    assert job
    store.publish(running, job.fence, [("progress", {"fraction": 0.5, "stage": "fit", "message": None})])

    found = store.glance([waiting, running, "0" * 24])

    assert found == {waiting: Glance("queued", 0, None),
                     running: Glance("running", 1, {"fraction": 0.5, "stage": "fit", "message": None})}


def test_the_stores_clock_and_this_machines_are_compared(store: JobStore) -> None:
    assert abs(store.clock_ahead_s()) < 0.5
