"""The contract of the retrain queue: one suite, run on memory and on a real Valkey."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import pytest

from jobs.errors import Conflict, NothingToRetrain
from jobs.lifecycle import is_terminal
from jobs.record import Job, new_job_id
from storage.job_store import End, JobStore, NewJob
from storage.memory_jobs import MemoryJobStore
from storage.redis_jobs import RedisJobStore
from storage.retrain_queue import Added, CorrectionRef, RetrainPlan, correction_collection
from tests.services import Valkey

LEASE_S = 0.2
PLAN = RetrainPlan("test.retrain", "cpu", {"model": "m", "rate": 0.5}, 2, 5)
ERROR = {"code": "data_error", "message": "The experiment is not there.", "retryable": False, "step": "check"}
TIMES = count(1_000_000)


@dataclass
class Case:
    """A store, a way to let its time pass, and a look at the messages that Celery would get (the next one last)."""

    store: JobStore
    wait: Callable[[float], None]
    messages: Callable[[], list[str]]


@pytest.fixture(params=["memory", "valkey"])
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    if request.param == "memory":
        memory = MemoryJobStore()
        yield Case(memory, memory.advance, lambda: list(memory.messages["cpu"]))
        return
    server: Valkey = request.getfixturevalue("valkey")
    store = RedisJobStore(server.url, timeout_s=5)
    yield Case(store, time.sleep,
               lambda: [m.decode().split('"correlation_id":"')[1].split('"')[0] for m in server.client.lrange("cpu", 0, -1)])
    store.close()


@pytest.fixture
def store(case: Case) -> JobStore:
    return case.store


def add(store: JobStore, image: str, *, model: str = "m", plan: RetrainPlan = PLAN, **changes: Any) -> tuple[str, Added]:
    ref = CorrectionRef(changes.pop("id", new_job_id()), model, image, next(TIMES))
    return ref.id, store.add_correction(ref, plan, retrain_id=new_job_id(), **changes)


def add_many(store: JobStore, images: range) -> str | None:
    """Corrections of these images; gives the retrain that they started."""
    started = [added.retrain_job for _, added in (add(store, f"image{n}") for n in images) if added.retrain_job]
    assert len(started) <= 1
    return started[0] if started else None


def submit(store: JobStore, model: str = "m") -> str:
    new = NewJob(new_job_id(), "test.retrain", "cpu", {"model": model}, 2, {}, retrains=model)
    return store.submit(new, idempotency_s=1, queue_limit=100).job.id


def start(store: JobStore, job_id: str) -> Job:
    job = store.acquire(job_id, worker="w", lease_s=LEASE_S)
    assert job
    return job


def end(store: JobStore, job_id: str, state: str = "succeeded") -> None:
    fence = start(store, job_id).fence
    store.move(job_id, fence, End(state, result={} if state == "succeeded" else None, error=ERROR if state == "failed" else None))


def listed(store: JobStore, state: str | None = None, model: str | None = "m") -> set[str]:
    return set(store.indexed(correction_collection(model, state))[0])  # type: ignore[arg-type]


def under_way(store: JobStore) -> tuple[str, ...]:
    return store.retrain_status("m").under_way


def test_the_correction_that_makes_five_starts_the_retrain_with_its_message(case: Case) -> None:
    added = [add(case.store, f"i{n}", request_id="r9")[1] for n in range(5)]

    assert [a.pending for a in added] == [1, 2, 3, 4, 5]
    assert [a.retrain_job for a in added[:4]] == [None] * 4
    job = case.store.get(added[4].retrain_job or "")
    assert (job.kind, job.params, job.max_attempts, job.retrains, job.request_id) == (
        "test.retrain", PLAN.params, 2, "m", "r9")
    assert case.messages() == [job.id]
    assert under_way(case.store) == (job.id,)


def test_corrections_of_one_image_count_once_and_the_last_one_counts(store: JobStore) -> None:
    first, _ = add(store, "same")
    second, added = add(store, "same")

    assert (added.pending, added.replaced) == (1, first)
    assert listed(store) == listed(store, "pending") == {second}
    assert store.unsettled_corrections(older_than_s=0).superseded == (first,)


def test_models_are_counted_apart(store: JobStore) -> None:
    add(store, "a")
    _, other = add(store, "a", model="n")

    assert (other.pending, other.replaced) == (1, None)
    assert len(store.indexed(correction_collection())[0]) == 2
    assert len(listed(store, "pending", None)) == 2


def test_the_same_addition_sent_again_changes_nothing(store: JobStore) -> None:
    correction_id, _ = add(store, "a")

    assert add(store, "a", id=correction_id)[1] == Added(True, 1)


def test_a_retrain_claims_all_that_is_pending_when_it_starts(store: JobStore) -> None:
    job_id = add_many(store, range(5))
    assert job_id
    add(store, "late")
    assert store.claimed_corrections(job_id) == ()

    start(store, job_id)

    assert set(store.claimed_corrections(job_id)) == listed(store, "claimed")
    assert len(listed(store, "claimed")) == 6
    assert listed(store, "pending") == set()
    assert {s.job for s in store.correction_standings(tuple(listed(store))).values()} == {job_id}


def test_claimed_corrections_are_used_once_their_retrain_succeeded(store: JobStore) -> None:
    job_id = add_many(store, range(5))
    assert job_id

    end(store, job_id)

    assert len(listed(store, "used")) == 5
    assert listed(store, "claimed") == set()
    assert store.claimed_corrections(job_id) == ()
    assert {s.job for s in store.correction_standings(tuple(listed(store))).values()} == {job_id}


def test_five_that_came_meanwhile_start_the_next_retrain_when_this_one_ends(case: Case) -> None:
    first = add_many(case.store, range(5))
    assert first
    fence = start(case.store, first).fence
    assert add_many(case.store, range(5, 10)) is None

    case.store.move(first, fence, End("succeeded", result={}))

    (second,) = under_way(case.store)
    assert second != first
    assert case.messages()[0] == second
    end(case.store, second)
    assert len(listed(case.store, "used")) == 10
    assert under_way(case.store) == ()


def test_four_that_came_meanwhile_wait_for_a_fifth(store: JobStore) -> None:
    first = add_many(store, range(5))
    assert first
    fence = start(store, first).fence
    add_many(store, range(5, 9))
    store.move(first, fence, End("succeeded", result={}))
    assert under_way(store) == ()

    assert add_many(store, range(9, 10)) is not None


def test_a_retrain_that_fails_gives_its_corrections_back_and_starts_no_loop(store: JobStore) -> None:
    job_id = add_many(store, range(5))
    assert job_id

    end(store, job_id, "failed")

    status = store.retrain_status("m")
    assert (status.pending, status.under_way, status.active) == (5, (), None)
    assert status.blocked
    assert (status.blocked["reason"], status.blocked["job"]) == (ERROR["message"], job_id)
    assert len(listed(store, "pending")) == 5


def test_the_next_new_correction_after_a_failure_starts_a_retrain_that_lifts_the_block(store: JobStore) -> None:
    failed = add_many(store, range(5))
    assert failed
    end(store, failed, "failed")

    again = add_many(store, range(5, 6))

    assert again
    assert store.retrain_status("m").blocked is not None
    end(store, again)
    assert store.retrain_status("m").blocked is None
    assert len(listed(store, "used")) == 6


def test_after_a_failure_only_new_corrections_start_the_next_by_themselves(store: JobStore) -> None:
    first = add_many(store, range(5))
    assert first
    fence = start(store, first).fence
    add_many(store, range(5, 10))

    store.move(first, fence, End("failed", error=ERROR))

    (second,) = under_way(store)
    end(store, second, "failed")
    assert under_way(store) == ()
    assert store.retrain_status("m").pending == 10


def test_a_given_back_correction_yields_to_a_newer_one_of_its_image(store: JobStore) -> None:
    job_id = add_many(store, range(5))
    assert job_id
    fence = start(store, job_id).fence
    newer, added = add(store, "image0")
    assert (added.pending, added.replaced) == (1, None)

    store.move(job_id, fence, End("failed", error=ERROR))

    assert store.retrain_status("m").pending == 5
    assert newer in listed(store, "pending")
    assert len(store.unsettled_corrections(older_than_s=0).superseded) == 1


def test_a_retrain_that_tries_again_gives_back_counts_as_under_way_and_claims_anew(case: Case) -> None:
    job_id = add_many(case.store, range(5))
    assert job_id
    fence = start(case.store, job_id).fence

    case.store.move(job_id, fence, End("queued", error=ERROR, delay_s=0.1))

    assert case.store.retrain_status("m").pending == 5
    assert add_many(case.store, range(5, 6)) is None
    case.wait(0.2)
    case.store.reap(lease_s=LEASE_S)
    start(case.store, job_id)
    assert len(case.store.claimed_corrections(job_id)) == 6


def test_a_retrain_that_lost_its_worker_keeps_its_claim_and_takes_no_more(case: Case) -> None:
    job_id = add_many(case.store, range(5))
    assert job_id
    start(case.store, job_id)
    claimed = case.store.claimed_corrections(job_id)
    add_many(case.store, range(5, 7))

    case.wait(2 * LEASE_S)
    assert case.store.reap(lease_s=LEASE_S).requeued == (job_id,)
    start(case.store, job_id)

    assert case.store.claimed_corrections(job_id) == claimed
    assert case.store.retrain_status("m").pending == 2


def test_a_handed_back_retrain_keeps_its_claim(store: JobStore) -> None:
    job_id = add_many(store, range(5))
    assert job_id
    store.hand_back(job_id, start(store, job_id).fence)

    assert len(store.claimed_corrections(job_id)) == 5
    end(store, job_id)
    assert len(listed(store, "used")) == 5


def test_a_retrain_whose_every_worker_is_lost_gives_its_corrections_back(case: Case) -> None:
    job_id = add_many(case.store, range(5))
    assert job_id
    for _ in range(PLAN.max_attempts):
        start(case.store, job_id)
        case.wait(2 * LEASE_S)
        case.store.reap(lease_s=LEASE_S)

    status = case.store.retrain_status("m")
    assert case.store.get(job_id).state == "failed"
    assert (status.pending, status.active) == (5, None)
    assert status.blocked


@pytest.mark.parametrize("started", [True, False])
def test_a_canceled_retrain_gives_back_and_starts_nothing(store: JobStore, started: bool) -> None:
    job_id = add_many(store, range(5))
    assert job_id
    if started:
        fence = start(store, job_id).fence
        store.request_cancel(job_id)
        store.move(job_id, fence, End("canceled"))
    else:
        store.request_cancel(job_id)

    status = store.retrain_status("m")
    assert (status.pending, status.under_way, status.active) == (5, (), None)
    assert status.blocked
    assert "canceled" in status.blocked["reason"]
    assert add_many(store, range(5, 6)) is not None


def test_a_retrain_submitted_by_hand_claims_too(store: JobStore) -> None:
    add(store, "a")
    job_id = submit(store)
    assert add_many(store, range(7)) is None  # one is under way

    end(store, job_id)

    assert len(listed(store, "used")) == 8


def test_a_second_retrain_of_the_model_waits_for_the_first_without_losing_an_attempt(case: Case) -> None:
    first, second = submit(case.store), submit(case.store)
    add(case.store, "a")
    fence = start(case.store, first).fence

    assert case.store.acquire(second, worker="w", lease_s=LEASE_S) is None
    assert (case.store.get(second).state, case.store.get(second).attempt) == ("queued", 0)
    assert case.store.reap(lease_s=LEASE_S).rewoken == ()
    case.store.move(first, fence, End("succeeded", result={}))

    assert case.messages()[-1] == second
    assert start(case.store, second).attempt == 1


def test_a_waiting_second_retrain_can_be_canceled(store: JobStore) -> None:
    first, second = submit(store), submit(store)
    fence = start(store, first).fence
    store.acquire(second, worker="w", lease_s=LEASE_S)

    assert store.request_cancel(second).state == "canceled"
    store.move(first, fence, End("succeeded", result={}))

    assert under_way(store) == ()


def test_retrains_of_two_models_run_side_by_side(store: JobStore) -> None:
    first, other = submit(store), submit(store, "n")

    assert start(store, first).state == start(store, other).state == "running"


def test_a_failed_retrain_is_retried_with_what_is_pending_then(store: JobStore) -> None:
    job_id = add_many(store, range(5))
    assert job_id
    end(store, job_id, "failed")

    store.retry(job_id)

    assert under_way(store) == (job_id,)
    start(store, job_id)
    assert len(store.claimed_corrections(job_id)) == 5


def test_a_retry_without_pending_corrections_is_refused(store: JobStore) -> None:
    job_id = submit(store)
    end(store, job_id, "failed")

    with pytest.raises(NothingToRetrain):
        store.retry(job_id)

    assert store.get(job_id).state == "failed"
    assert under_way(store) == ()


def test_a_retrain_that_runs_or_succeeded_cannot_be_retried(store: JobStore) -> None:
    job_id = submit(store)
    end(store, job_id)

    with pytest.raises(Conflict) as refused:
        store.retry(job_id)

    assert refused.value.code == "conflict"


def test_a_restored_retrain_still_knows_its_model(store: JobStore, case: Case) -> None:
    job_id = submit(store)
    end(store, job_id, "failed")
    ended = store.get(job_id)
    other = MemoryJobStore()

    assert other.restore(replace(ended, id=new_job_id()), ())
    assert store.restore(copy := replace(ended, id=new_job_id()), ())
    assert store.get(copy.id).retrains == "m"


def test_only_a_pending_correction_can_be_withdrawn(store: JobStore) -> None:
    pending, _ = add(store, "x")
    assert store.withdraw_correction(pending) == "pending"
    assert store.withdraw_correction(pending) is None
    assert listed(store) == set()
    add(store, "y")
    job_id = submit(store)
    start(store, job_id)
    (claimed,) = store.claimed_corrections(job_id)

    assert store.withdraw_correction(claimed) == "claimed"

    assert listed(store, "claimed") == {claimed}


def test_a_withdrawn_given_back_correction_does_not_count_against_new_ones(store: JobStore) -> None:
    job_id = add_many(store, range(5))
    assert job_id
    fence = start(store, job_id).fence
    add_many(store, range(10, 14))
    store.move(job_id, fence, End("failed", error=ERROR))
    for correction_id in sorted(listed(store, "pending"))[:5]:
        store.withdraw_correction(correction_id)

    assert store.retrain_status("m").pending == 4
    assert add_many(store, range(20, 21)) is not None


def test_an_announced_correction_is_unsettled_until_it_is_added(case: Case) -> None:
    correction_id = new_job_id()
    case.store.announce_correction(correction_id)

    assert case.store.unsettled_corrections(older_than_s=60).arriving == ()
    assert case.store.unsettled_corrections(older_than_s=0).arriving == (correction_id,)
    add(case.store, "a", id=correction_id)
    assert case.store.unsettled_corrections(older_than_s=0).arriving == ()


def test_a_late_correction_yields_to_a_newer_one_of_its_image_even_a_used_one(store: JobStore) -> None:
    late = new_job_id()
    time.sleep(0.002)
    add(store, "a")
    end(store, submit(store))

    _, added = add(store, "a", id=late, late=True)

    assert (added.counts, added.pending) == (False, 0)
    assert store.unsettled_corrections(older_than_s=0).superseded == (late,)
    store.settle_correction(late)
    assert store.unsettled_corrections(older_than_s=0).superseded == ()


@pytest.mark.parametrize("state", [None, "pending", "claimed", "used"])
def test_a_correction_takes_only_the_place_of_the_one_that_its_client_saw(store: JobStore, state: str | None) -> None:
    was = add(store, "a")[0] if state else ""
    if state in ("claimed", "used"):
        start(store, submit(store)) if state == "claimed" else end(store, submit(store))

    refused, stays = add(store, "a", seen="another" if was == "" else "")

    assert (stays.counts, stays.replaced, store.newest_correction("m", "a")) == (False, None, was or None)
    assert listed(store) == ({was} if was else set())
    assert store.unsettled_corrections(older_than_s=0).superseded == (refused,)
    taken, added = add(store, "a", seen=was)
    assert (added.counts, added.replaced, store.newest_correction("m", "a")) == (True, was if state == "pending" else None, taken)


def test_of_many_who_saw_the_same_one_takes_its_place(store: JobStore) -> None:
    was, _ = add(store, "a")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: add(store, "a", seen=was), range(8)))

    (winner,) = [correction_id for correction_id, added in answers if added.counts]
    assert listed(store) == {winner}


def test_a_late_correction_counts_where_no_newer_one_is(store: JobStore) -> None:
    assert add(store, "a", late=True)[1] == Added(True, 1)


@pytest.mark.parametrize("newest_first", [True, False])
def test_restored_corrections_stand_as_they_did_in_any_order(store: JobStore, newest_first: bool) -> None:
    ids = []
    for _ in range(3):
        ids.append(new_job_id())
        time.sleep(0.002)
    refs = [CorrectionRef(i, "m", "same", n) for n, i in enumerate(ids)]
    used = {ids[0]: "job7"}

    for ref in reversed(refs) if newest_first else refs:
        store.restore_correction(ref, used_by=used.get(ref.id))

    assert listed(store, "used") == {ids[0]}
    assert listed(store, "pending") == {ids[2]}
    assert not store.restore_correction(refs[0], used_by="job7")
    assert store.correction_standings(ids)[ids[0]].job == "job7"


def test_restored_corrections_start_no_retrain_but_count_for_the_next(store: JobStore) -> None:
    for n in range(6):
        store.restore_correction(CorrectionRef(new_job_id(), "m", f"i{n}", n), used_by=None)
    assert under_way(store) == ()

    assert add(store, "new")[1].retrain_job


def test_many_clients_at_once_start_one_retrain_after_the_other(store: JobStore) -> None:
    ended: list[tuple[str, ...]] = []

    def one(n: int) -> Added:
        return add(store, f"image{n}")[1]

    with ThreadPoolExecutor(10) as pool:
        results = list(pool.map(one, range(25)))
    assert sum(r.retrain_job is not None for r in results) == 1
    while store.retrain_status("m").under_way:
        (job_id,) = under_way(store)
        fence = start(store, job_id).fence
        ended.append(store.claimed_corrections(job_id))
        store.move(job_id, fence, End("succeeded", result={}))

    assert [len(c) for c in ended] == [25]  # all of them waited when the first one started
    assert len(listed(store, "used")) == 25


def test_corrections_that_come_while_retrains_end_are_claimed_exactly_once(store: JobStore) -> None:
    claims: list[tuple[str, ...]] = []
    running: set[str] = set()

    def work() -> None:
        """A worker: takes whatever retrain is under way, once at a time."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for job_id in under_way(store):
                job = store.acquire(job_id, worker="w", lease_s=30)
                if job:
                    running.add(job_id)
                    assert len(running) == 1
                    claims.append(store.claimed_corrections(job_id))
                    running.remove(job_id)
                    store.move(job_id, job.fence, End("succeeded", result={}))
            if sum(map(len, claims)) >= 25 - 4 and store.retrain_status("m").pending < 5 and done():
                return

    def done() -> bool:
        return all(f.done() for f in uploads) and not under_way(store)

    with ThreadPoolExecutor(12) as pool:
        uploads = [pool.submit(lambda n: (time.sleep(n * 0.004), add(store, f"image{n}")), n) for n in range(25)]
        workers = [pool.submit(work) for _ in range(2)]
        for future in (*uploads, *workers):
            future.result()

    claimed = [c for batch in claims for c in batch]
    assert len(claimed) == len(set(claimed)) == len(listed(store, "used"))
    assert len(claimed) + store.retrain_status("m").pending == 25
    assert store.retrain_status("m").pending < 5
    assert all(len(batch) >= 5 for batch in claims)
    assert all(is_terminal(job.state) for job in store.page().jobs)


def test_the_newest_correction_of_an_image_is_the_one_that_counts(store: JobStore) -> None:
    first, _ = add(store, "a")
    second, _ = add(store, "a")
    other, _ = add(store, "a", model="n")

    assert first != second
    assert (store.newest_correction("m", "a"), store.newest_correction("n", "a")) == (second, other)
    assert store.newest_correction("m", "b") is None
    store.withdraw_correction(second)
    assert store.newest_correction("m", "a") is None


def test_a_used_correction_counts_again_for_its_image_once_the_newer_one_is_withdrawn(store: JobStore) -> None:
    # given an image whose correction was learned from, and was corrected again
    first, _ = add(store, "same", plan=replace(PLAN, threshold=1))
    end(store, under_way(store)[0])
    second, _ = add(store, "same")
    third, added = add(store, "same")
    assert (added.replaced, store.newest_correction("m", "same")) == (second, third)
    # when
    store.withdraw_correction(third)
    # then
    assert store.newest_correction("m", "same") == first
    assert listed(store) == {first}


def test_a_model_that_is_taken_away_leaves_no_correction_and_no_reason_behind(store: JobStore) -> None:
    failed = add_many(store, range(5)) or ""
    end(store, failed, "failed")
    add(store, "other", model="n")
    assert store.retrain_status("m").blocked

    store.forget_corrections("m")

    status = store.retrain_status("m")
    assert (status.pending, status.under_way, status.blocked) == (0, (), None)
    assert (listed(store), store.newest_correction("m", "image1")) == (set(), None)
    assert len(listed(store, model="n")) == len(listed(store, model=None)) == 1
