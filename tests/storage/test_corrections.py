from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from jobs import catalog
from jobs.errors import Conflict, InputError, NotFound
from jobs.record import new_job_id
from jobs.settings import Settings
from jobs.vision.boxes import Box
from storage import names
from storage.corrections import BoxIn, CorrectionIn, Corrections, correction_document
from storage.images import Images
from storage.job_store import End, NewJob
from storage.memory_jobs import MemoryJobStore
from storage.models import Models, Version
from storage.object_store import ObjectStore

CAT: dict[str, Any] = {"label": "cat", "x1": 10, "y1": 10, "x2": 60, "y2": 60}


@pytest.fixture(autouse=True)
def _fresh_catalog() -> None:
    catalog.kinds.cache_clear()


@pytest.fixture
def models(local_objects: ObjectStore, index: MemoryJobStore) -> Models:
    models = Models(local_objects, index)
    for name, domain in (("m", "test"), ("demand", "forecasting")):
        number = models.allocate(name, domain=domain, job_id=f"made-{name}")
        models.publish(Version(name, number, domain, f"made-{name}", 1, {"classes": ["cat", "dog"]}), promote=True)
    return models


@pytest.fixture
def corrections(local_objects: ObjectStore, index: MemoryJobStore, models: Models, settings: Settings) -> Corrections:
    for n in range(30):
        document = {"id": image(n), "sha256": f"{n:064x}", "width": 100, "height": 80, "suffix": "png", "bytes": 1, "created_at": 1}
        local_objects.put_json(names.image_document(image(n)), document)
    return Corrections(local_objects, index, models, Images(local_objects, index, settings), settings)


@pytest.fixture
def add(corrections: Corrections) -> Callable[..., str]:
    def made(n: int = 0, **changes: Any) -> str:
        return corrections.add(given(n, **changes), by="local")[0].id
    return made


def image(n: int) -> str:
    return f"{n:024x}"


def given(n: int = 0, boxes: Any = (CAT,), **changes: Any) -> CorrectionIn:
    return CorrectionIn.model_validate({"image": image(n), "model": "m", "boxes": list(boxes), **changes})


def retrain(index: MemoryJobStore, state: str = "succeeded") -> str:
    """A retrain that runs up to its end; gives its id."""
    job_id = new_job_id()
    index.submit(NewJob(job_id, "test.retrain", "cpu", {}, 1, {}, retrains="m"), idempotency_s=0, queue_limit=9)
    running = index.acquire(job_id, worker="w", lease_s=30)
    assert running
    index.move(job_id, running.fence, End(state))  # type: ignore[arg-type]
    return job_id


def test_a_correction_is_kept_with_who_when_and_what_changed(corrections: Corrections, local_objects: ObjectStore) -> None:
    predicted = [Box("dog", 11, 10, 61, 60), Box("cat", 70, 5, 90, 25)]

    made, added = corrections.add(given(author="Ana", prediction="job"), by="key1", predicted=predicted, now_ms=5)

    stored = local_objects.read_json(names.correction(made.id, "correction.json"))
    assert (stored["author"], stored["by"], stored["created_at"], stored["version"]) == ("Ana", "key1", 5, 1)
    assert (len(stored["changes"]["relabelled"]), len(stored["changes"]["removed"]), stored["changes"]["added"]) == (1, 1, [])
    assert (added.pending, added.retrain_job) == (1, None)
    assert corrections.get(made.id)[0].predicted == stored["predicted"]
    assert correction_document(*corrections.get(made.id))["state"] == "pending"


def test_an_empty_list_of_boxes_says_that_nothing_is_there(corrections: Corrections) -> None:
    made, _ = corrections.add(given(boxes=[]), by="local", predicted=[Box("cat", 1, 1, 9, 9)])

    assert (made.boxes, len(made.changes["removed"])) == ([], 1)


def test_boxes_are_cut_to_their_image(corrections: Corrections) -> None:
    made, _ = corrections.add(given(boxes=[{**CAT, "x2": 500, "y1": -3}]), by="local")

    assert made.boxes == [{"label": "cat", "x1": 10, "y1": 0, "x2": 100, "y2": 60}]


@pytest.mark.parametrize(("changed", "field"), [
    ({"image": "f" * 24}, "image"), ({"image": "../x"}, "image"), ({"model": "none"}, "model"), ({"model": "../x"}, "model"),
    ({"model": "demand"}, "model"), ({"boxes": [{**CAT, "x1": 200, "x2": 300}]}, "boxes.0"), ({"boxes": [{**CAT, "x2": 5}]}, "boxes.0"),
    ({"boxes": [CAT, {**CAT, "label": "fox"}]}, "boxes.1.label"), ({"boxes": [{**CAT, "label": " \n"}]}, "boxes.0.label"),
])
def test_what_cannot_be_learned_from_is_refused_by_field(
        corrections: Corrections, index: MemoryJobStore, changed: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as refused:
        corrections.add(CorrectionIn.model_validate({**given().model_dump(), **changed}), by="local")

    assert [f.field for f in refused.value.fields] == [field]
    assert index.retrain_status("m").pending == 0


def test_an_unknown_label_is_refused_with_those_that_are_known_and_taken_if_it_is_said_to_be_new(corrections: Corrections) -> None:
    fox = {**CAT, "label": "fox"}
    with pytest.raises(InputError, match="cat, dog"):
        corrections.add(given(boxes=[fox]), by="local")

    assert corrections.add(given(boxes=[fox], new_label=True), by="local")[1].pending == 1


def test_the_fifth_starts_the_retrain_of_the_models_domain_with_its_default_params(
        corrections: Corrections, add: Callable[..., str], index: MemoryJobStore) -> None:
    for n in range(4):
        add(n)

    _, added = corrections.add(given(4), by="local", request_id="r1")

    job = index.get(added.retrain_job or "")
    assert (job.kind, job.params, job.retrains, job.request_id) == ("test.retrain", {"model": "m", "rate": 0.5}, "m", "r1")


def test_a_second_correction_of_an_image_replaces_the_first_for_good(corrections: Corrections, add: Callable[..., str]) -> None:
    first, second = add(1), add(1)

    with pytest.raises(NotFound):
        corrections.get(first)
    assert [c.id for c, _ in corrections.page()[0]] == [second]


def test_pages_are_filtered_by_model_and_state_and_newest_first(
        corrections: Corrections, add: Callable[..., str], index: MemoryJobStore) -> None:
    used = add(0)
    job_id = retrain(index)
    ids = [add(n) for n in range(1, 4)]

    first, following = corrections.page(model="m", state="pending", limit=2)
    second, end = corrections.page(model="m", state="pending", limit=2, cursor=following)

    assert {c.id for c, _ in (*first, *second)} == set(ids)
    assert end is None
    assert [(c.id, s.job) for c, s in corrections.page(state="used")[0]] == [(used, job_id)]
    assert corrections.page(model="other")[0] == ()


def test_a_pending_correction_can_be_deleted_once(corrections: Corrections, add: Callable[..., str]) -> None:
    correction_id = add()

    corrections.withdraw(correction_id, by="key1")

    for call in (corrections.get, lambda i: corrections.withdraw(i, by="key1")):
        with pytest.raises(NotFound):
            call(correction_id)
    assert corrections.page()[0] == ()


def test_a_used_correction_cannot_be_deleted(corrections: Corrections, add: Callable[..., str], index: MemoryJobStore) -> None:
    correction_id = add()
    retrain(index)

    with pytest.raises(Conflict, match="used"):
        corrections.withdraw(correction_id, by="local")


@pytest.mark.parametrize("correction_id", ["", "../x", "f" * 24])
def test_an_unknown_correction_is_not_found(corrections: Corrections, correction_id: str) -> None:
    with pytest.raises(NotFound):
        corrections.get(correction_id)


def test_a_correction_that_was_kept_but_never_announced_is_counted_later(
        corrections: Corrections, add: Callable[..., str], local_objects: ObjectStore, index: MemoryJobStore) -> None:
    # given: the API died between the document and the job store, as four others were pending
    for n in range(1, 5):
        add(n)
    lost = new_job_id()
    index.announce_correction(lost)
    document = local_objects.read_json(names.correction(corrections.page()[0][0][0].id, "correction.json"))
    local_objects.put_json(names.correction(lost, "correction.json"), {**document, "id": lost, "image": image(9)})
    assert corrections.heal() == 0
    assert corrections.get(lost)[1].state == "pending"
    # when
    index.advance(60)
    corrections.heal()
    # then
    assert index.retrain_status("m").pending == 5
    assert len(index.retrain_status("m").under_way) == 1
    assert corrections.heal() == 0


def test_a_lost_correction_whose_image_was_sent_again_does_not_count_twice(
        corrections: Corrections, add: Callable[..., str], local_objects: ObjectStore, index: MemoryJobStore) -> None:
    lost = "0" * 24
    index.announce_correction(lost)
    document = local_objects.read_json(names.correction(add(3), "correction.json"))
    local_objects.put_json(names.correction(lost, "correction.json"), {**document, "id": lost})

    corrections.heal(older_than_s=0)
    corrections.heal(older_than_s=0)

    assert index.retrain_status("m").pending == 1
    assert index.unsettled_corrections(older_than_s=0).superseded == ()
    with pytest.raises(NotFound):
        corrections.get(lost)


def test_an_announcement_without_a_document_is_forgotten(corrections: Corrections, index: MemoryJobStore) -> None:
    index.announce_correction(new_job_id())

    assert corrections.heal(older_than_s=0) == 1
    assert corrections.heal(older_than_s=0) == 0


def test_claimed_corrections_are_read_by_their_retrain_and_remembered_as_used(
        corrections: Corrections, add: Callable[..., str], index: MemoryJobStore, local_objects: ObjectStore) -> None:
    ids = [add(n) for n in range(3)]
    job_id = new_job_id()
    index.submit(NewJob(job_id, "test.retrain", "cpu", {}, 1, {}, retrains="m"), idempotency_s=0, queue_limit=9)
    index.acquire(job_id, worker="w", lease_s=30)

    assert {c.id for c in corrections.claimed(job_id)} == set(ids)
    corrections.mark_used(job_id)
    corrections.mark_used(job_id)

    assert local_objects.read_json(names.correction(ids[0], "used.json"))["job"] == job_id


def test_a_flushed_job_store_gets_back_what_is_pending_and_what_is_used(
        corrections: Corrections, add: Callable[..., str], index: MemoryJobStore, models: Models, settings: Settings,
        local_objects: ObjectStore) -> None:
    # given: one used, one deleted, one replaced, two pending
    used = add(0)
    job_id = new_job_id()
    index.submit(NewJob(job_id, "test.retrain", "cpu", {}, 1, {}, retrains="m"), idempotency_s=0, queue_limit=9)
    running = index.acquire(job_id, worker="w", lease_s=30)
    assert running
    corrections.mark_used(job_id)
    index.move(job_id, running.fence, End("succeeded"))
    corrections.withdraw(add(1), by="local")
    add(2)
    pending = {add(2), add(3)}
    # when
    fresh = MemoryJobStore()
    other = Corrections(local_objects, fresh, models, Images(local_objects, fresh, settings), settings)
    # then
    assert other.get(used)[1].job == job_id
    assert other.reindex() == 3
    assert other.reindex() == 0
    assert {c.id for c, _ in other.page(state="pending")[0]} == pending
    assert [(c.id, s.job) for c, s in other.page(state="used")[0]] == [(used, job_id)]


def drawn(label: str = "cat", x1: float = 10, **changes: Any) -> BoxIn:
    return BoxIn.model_validate({"label": label, "x1": x1, "y1": 10, "x2": 60, "y2": 60, **changes})


def test_a_box_is_added_to_the_pending_ones_of_its_image_which_counts_once(corrections: Corrections) -> None:
    earlier, _ = corrections.add(given(author="Ana", prediction="job"), by="local", predicted=[Box("dog", 1, 1, 9, 9)])

    made, added = corrections.add_box(image(0), "m", drawn("fox", 20), by="key1")

    assert [(b["label"], b["x1"]) for b in made.boxes] == [("cat", 10), ("fox", 20)]
    assert (added.pending, added.replaced, made.by) == (1, earlier.id, "key1")
    assert (made.author, made.prediction, made.predicted) == ("Ana", "job", earlier.predicted)


def test_a_box_that_is_there_already_is_not_added_twice(corrections: Corrections) -> None:
    for reach in (60, 200, 300):  # the last two are the same box once cut off at the image's edge
        made, _ = corrections.add_box(image(0), "m", drawn(" cat ", x2=reach), by="local")

    assert [b["x2"] for b in made.boxes] == [60, 100]


def test_a_box_on_an_image_without_a_pending_correction_starts_a_new_one(corrections: Corrections, index: MemoryJobStore,
                                                                        add: Callable[..., str]) -> None:
    add(0)
    retrain(index)

    made, added = corrections.add_box(image(0), "m", drawn(x1=20), by="local")

    assert ([b["x1"] for b in made.boxes], added.pending, added.replaced) == ([20], 1, None)


def test_of_boxes_that_many_add_to_one_image_at_once_none_is_lost(corrections: Corrections) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: corrections.add_box(image(0), "m", drawn(x1=n), by="local"), range(16)))

    ((pending, standing),), _ = corrections.page(model="m", state="pending")
    assert (sorted(b["x1"] for b in pending.boxes), standing.state) == (list(range(16)), "pending")


@pytest.mark.parametrize(("box", "field"), [(drawn("\x00"), "boxes.0.label"), (drawn(x1=60), "boxes.0")])
def test_a_box_that_is_none_is_refused(corrections: Corrections, box: BoxIn, field: str) -> None:
    with pytest.raises(InputError) as caught:
        corrections.add_box(image(0), "m", box, by="local")
    assert caught.value.fields[0].field == field


def test_an_image_takes_no_more_boxes_than_a_correction_may_have(corrections: Corrections, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.corrections.MAX_BOXES", 2)
    corrections.add_box(image(0), "m", drawn(x1=1), by="local")
    corrections.add_box(image(0), "m", drawn(x1=2), by="local")

    with pytest.raises(InputError, match="2 boxes already"):
        corrections.add_box(image(0), "m", drawn(x1=3), by="local")


def test_images_that_retrains_measure_on_go_out_for_measuring(corrections: Corrections, add: Callable[..., str], models: Models) -> None:
    # given two corrected images, the first held out by a retrain
    held_out, _ = add(0), add(1)
    version = Version("m", models.allocate("m", domain="test", job_id="r"), "test", "r", 2, {"retraining": {"held_out": [held_out]}})
    models.publish(version, promote=False)
    # when
    labels, images = corrections.labelled_images("m")
    # then
    assert labels == ["cat", "dog"]
    assert [(i.name, i.split) for i in images] == [(f"{image(0)}.png", "val"), (f"{image(1)}.png", "train")]


def test_a_model_that_is_taken_away_takes_its_corrections_along(corrections: Corrections, add: Callable[..., str]) -> None:
    first = add(0)
    corrections.forget("m", by="k")
    assert corrections.page(model="m") == ((), None)
    with pytest.raises(NotFound):
        corrections.get(first)
    assert corrections.reindex() == 0


def test_a_correction_made_over_another_than_was_seen_is_refused_and_the_other_stays(corrections: Corrections, index: MemoryJobStore) -> None:
    first, _ = corrections.add(given(), by="ana", seen="")

    with pytest.raises(Conflict, match="saved or withdrawn meanwhile"):
        corrections.add(given(boxes=[]), by="luis", seen="")

    assert [correction.id for (correction, _) in corrections.page(model="m")[0]] == [first.id]
    assert index.unsettled_corrections(older_than_s=0).superseded == ()
    assert corrections.reindex() == 0
    assert corrections.add(given(boxes=[]), by="luis", seen=first.id)[1].replaced == first.id


def test_the_same_boxes_sent_again_after_a_lost_answer_are_no_conflict(corrections: Corrections) -> None:
    first, _ = corrections.add(given(), by="ana", seen="")

    assert corrections.add(given(), by="ana", seen="")[0].id == first.id
    assert len(corrections.page(model="m")[0]) == 1
