"""The contract of the review queue: one suite, run on memory and on a real Valkey."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from jobs.record import new_job_id
from storage.job_store import End, JobStore
from storage.memory_jobs import MemoryJobStore
from storage.redis_jobs import RedisJobStore
from storage.retrain_queue import CorrectionRef, RetrainPlan
from storage.review_queue import Look, ReviewCounts
from tests.services import Valkey

PLAN = RetrainPlan("test.retrain", "cpu", {"model": "m", "rate": 0.5}, 2, 2)
TIMES = count(1_000_000)
LEASE_S = 60.0


@pytest.fixture(params=["memory", "valkey"])
def timed(request: pytest.FixtureRequest) -> Iterator[tuple[JobStore, Callable[[float], None]]]:
    """A store, and a way to let its time pass."""
    if request.param == "memory":
        memory = MemoryJobStore()
        yield memory, memory.advance
        return
    store = RedisJobStore(request.getfixturevalue("valkey").url, timeout_s=5)
    yield store, time.sleep
    store.close()


@pytest.fixture
def store(timed: tuple[JobStore, Callable[[float], None]]) -> JobStore:
    return timed[0]


def look(sureness: float, version: int = 1) -> Look:
    return Look("f" * 24, version, 2, sureness)


def filled(store: JobStore) -> JobStore:
    """Four images of model `m`, the model less sure of `b` than of `a` and `c`, and never shown `new`."""
    store.put_reviews("m", {"a": look(0.4), "new": None, "b": look(0.26), "c": look(0.9)})
    return store


def correct(store: JobStore, image: str, model: str = "m") -> str:
    ref = CorrectionRef(new_job_id(), model, image, next(TIMES))
    store.add_correction(ref, PLAN, retrain_id=new_job_id())
    return ref.id


def test_images_are_to_review_by_how_sure_the_model_was_least_first_and_unseen_ones_last(store: JobStore) -> None:
    filled(store)

    assert store.reviews("m") == ("b", "a", "c", "new")
    assert store.reviews("m", offset=1, limit=2) == ("a", "c")
    assert store.review_counts("m") == ReviewCounts(to_review=4, unseen=1, corrected=0, skipped=0)
    assert store.reviews("another") == ()


def test_putting_an_image_again_changes_nothing_and_a_new_look_its_place(store: JobStore) -> None:
    filled(store)

    fresh = [store.put_reviews("m", {"a": None, "d": None}), store.put_reviews("m", {"c": look(0.1, 2), "a": look(0.95, 2)})]

    assert fresh == [1, 0]
    assert store.reviews("m") == ("c", "b", "a", "d", "new")
    assert store.looks("m", ["a", "d", "unknown"]) == {"a": look(0.95, 2), "d": None}
    assert store.put_reviews("m", {}) == 0


def test_two_people_are_never_given_the_same_image(store: JobStore) -> None:
    store.put_reviews("m", {f"image{n:02}": look(0.5) for n in range(30)})

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda n: store.take_review("m", f"person{n}", lease_s=LEASE_S), range(40)))

    assert sorted(image for image in taken if image) == [f"image{n:02}" for n in range(30)]
    assert taken.count(None) == 10


def test_who_leaves_an_image_is_given_the_next_one_and_the_first_again_at_the_end(store: JobStore) -> None:
    filled(store)
    walked = [store.take_review("m", "Ana", lease_s=LEASE_S)]
    for _ in range(4):
        walked.append(store.take_review("m", "Ana", lease_s=LEASE_S, after=walked[-1]))

    assert walked == ["b", "a", "c", "new", "b"]
    assert store.take_review("m", "Luis", lease_s=LEASE_S) == "a"  # which she left


def test_who_leaves_the_only_image_is_given_none(store: JobStore) -> None:
    store.put_reviews("m", {"a": None})

    assert store.take_review("m", "Ana", lease_s=LEASE_S, after="a") is None


def test_an_image_is_free_again_when_its_lease_is_over(timed: tuple[JobStore, Callable[[float], None]]) -> None:
    store, wait = timed
    filled(store)
    store.take_review("m", "Ana", lease_s=0.1)
    assert store.take_review("m", "Luis", lease_s=LEASE_S) == "a"

    wait(0.15)

    assert store.take_review("m", "Eva", lease_s=LEASE_S) == "b"


def test_holding_an_image_says_who_has_it_and_prolongs_the_own_hold(timed: tuple[JobStore, Callable[[float], None]]) -> None:
    store, wait = timed
    held = [store.hold_review("m", "a", "Ana", lease_s=0.1), store.hold_review("m", "a", "Luis", lease_s=LEASE_S),
            store.hold_review("m", "a", "Ana", lease_s=LEASE_S)]
    wait(0.15)

    assert held == ["Ana", "Ana", "Ana"]
    assert store.hold_review("m", "a", "Luis", lease_s=LEASE_S) == "Ana"
    assert store.hold_review("other", "a", "Luis", lease_s=LEASE_S) == "Luis"


def test_a_corrected_image_is_not_to_review_until_its_correction_is_withdrawn(store: JobStore) -> None:
    filled(store)
    correction = correct(store, "b")
    corrected = store.reviews("m"), store.review_counts("m")

    store.withdraw_correction(correction)

    assert corrected == (("a", "c", "new"), ReviewCounts(3, 1, 1, 0))
    assert store.reviews("m") == ("b", "a", "c", "new")


def test_an_image_corrected_before_it_is_put_is_not_to_review(store: JobStore) -> None:
    correct(store, "b")

    filled(store)

    assert "b" not in store.reviews("m")
    assert store.review_counts("m") == ReviewCounts(3, 1, 1, 0)


def test_an_image_is_not_to_review_again_when_its_newer_correction_is_withdrawn_and_an_older_one_counts(store: JobStore) -> None:
    filled(store)
    for image in ("b", "a"):
        correct(store, image)
    retrain = store.page(state="queued").jobs[0]
    running = store.acquire(retrain.id, worker="w", lease_s=30)
    assert running
    newer = correct(store, "b")

    store.withdraw_correction(newer)

    assert store.reviews("m") == ("c", "new")
    store.move(retrain.id, running.fence, End("failed", error={"code": "x", "message": "y", "retryable": False}))
    assert store.reviews("m") == ("c", "new")  # given back: they still count


def test_a_skipped_image_waits_until_it_is_opened_again_or_corrected(store: JobStore) -> None:
    filled(store)
    for image in ("b", "new", "elsewhere"):
        store.skip_review("m", image)
    skipped = store.reviews("m"), store.reviews("m", skipped=True), store.review_counts("m")

    store.reopen_review("m", "b")
    correct(store, "new")

    assert skipped == (("a", "c"), ("b", "elsewhere", "new"), ReviewCounts(2, 0, 0, 3))
    assert store.reviews("m") == ("b", "a", "c")
    assert [store.is_skipped("m", image) for image in ("b", "new", "elsewhere")] == [False, False, True]


def test_a_look_at_a_skipped_or_corrected_image_leaves_its_state(store: JobStore) -> None:
    filled(store)
    store.skip_review("m", "a")
    correct(store, "c")

    store.put_reviews("m", {"a": look(0.1, 2), "c": look(0.1, 2)})

    assert store.reviews("m") == ("b", "new")


def test_a_dropped_image_is_forgotten(store: JobStore) -> None:
    filled(store)
    store.skip_review("m", "a")
    store.hold_review("m", "b", "Ana", lease_s=LEASE_S)

    for image in ("a", "b"):
        store.drop_review("m", image)

    assert store.looks("m", ["a", "b", "c"]) == {"c": look(0.9)}
    assert (store.reviews("m"), store.reviews("m", skipped=True)) == (("c", "new"), ())
    assert store.hold_review("m", "b", "Luis", lease_s=LEASE_S) == "Luis"


def test_predictions_under_way_are_noted_until_their_end(store: JobStore) -> None:
    for job in ("j1", "j2", "j2"):
        store.begin_look("m", job)
    store.end_look("m", "j1")
    store.end_look("m", "unknown")

    assert store.looks_under_way("m") == ("j2",)
    assert store.looks_under_way("another") == ()


def test_a_model_that_is_taken_away_takes_its_queue_along(store: JobStore) -> None:
    filled(store)
    store.put_reviews("other", {"a": None})
    store.skip_review("m", "c")
    store.begin_look("m", "j1")

    store.forget_corrections("m")

    assert (store.reviews("m"), store.reviews("m", skipped=True), store.looks_under_way("m")) == ((), (), ())
    assert store.looks("m", ["a"]) == {}
    assert store.reviews("other") == ("a",)


def test_the_queue_stays_when_the_server_starts_again(valkey: Valkey) -> None:
    store = RedisJobStore(valkey.url, timeout_s=5)
    filled(store)
    time.sleep(1.1)  # until the append-only file is on disk
    valkey.kill()
    valkey.start()

    assert store.reviews("m") == ("b", "a", "c", "new")
    store.close()
