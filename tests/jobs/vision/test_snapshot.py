"""What a retrain learns from and is measured on: sides that never change, nothing on both, the same bytes each time."""

import hashlib
import json
from pathlib import Path

import pytest

from deploy.digits import Scenes
from jobs.context import Correction, Dataset
from jobs.errors import DataError
from jobs.memory_context import MemoryContext
from jobs.vision.boxes import Box
from jobs.vision.dataset import Example, write_folder
from jobs.vision.snapshot import EVERY, LEAST_PER_CLASS, OLD_HELD_OUT, REPLAYED, Snapshot, take_snapshot
from tests.jobs.vision.scenes import corrections

DATASET = Dataset("base", "detection", "base", "f" * 64, 0, {}, None, Path())
CAT = Box("cat", 1, 1, 9, 9)


def sha(n):
    return hashlib.sha256(str(n).encode()).hexdigest()


def base(train=300, val=20, label="cat"):
    def examples(numbers, split):
        return [Example(sha(n), split, 10, 10, (Box(label, 1, 1, 9, 9),)) for n in numbers]

    return examples(range(train), "train") + examples(range(1000, 1000 + val), "val")


def batch(numbers, label="cat", boxes=1):
    box = {"label": label, "x1": 2.0, "y1": 2.0, "x2": 8.0, "y2": 8.0}
    return tuple(Correction(f"c{n}", sha(n), 10, 10, (box,) * boxes, {"id": f"c{n}"}) for n in numbers)


def taken(numbers=range(2000, 2005), earlier=None, examples=None, classes=("cat", "dog"), **given):
    return take_snapshot(DATASET, examples or base(), classes, batch(numbers, **given), earlier)


def of(snapshot, role):
    return {image.sha256 for image in snapshot.having(role)}


@pytest.mark.parametrize(("size", "held_out"), [(1, 1), (4, 1), (5, 1), (9, 1), (10, 2), (25, 5)])
def test_of_each_batch_every_fifth_by_hash_rank_is_held_out_and_at_least_one(size, held_out):
    snapshot = taken(range(2000, 2000 + size))
    ranked = sorted(sha(n) for n in range(2000, 2000 + size))
    assert of(snapshot, "held_out_new") == set(ranked[EVERY - 1::EVERY] or ranked[-1:])
    assert (len(of(snapshot, "held_out_new")), len(of(snapshot, "corrected"))) == (held_out, size - held_out)


def test_nothing_is_learned_from_that_is_measured_on():
    # given base data in which an image stands in both splits, and corrections of base images of either
    twice = Example(sha(1003), "train", 10, 10, (CAT,))
    snapshot = taken([*range(2000, 2005), 3, 1004], examples=[*base(), twice])
    learned = of(snapshot, "replayed") | of(snapshot, "corrected")
    measured = of(snapshot, "held_out_old") | of(snapshot, "held_out_new")
    assert learned & measured == set()
    assert sha(1003) not in learned


def test_every_validation_image_of_the_base_stays_held_out_with_its_corrected_boxes():
    snapshot = taken([*range(2000, 2005), 1004])
    found = {image.sha256: image for image in snapshot.having("held_out_old")}
    assert set(found) == {sha(n) for n in range(1000, 1020)}
    assert (found[sha(1004)].correction, found[sha(1004)].boxes[0].x1) == ("c1004", 2.0)
    assert (found[sha(1005)].correction, found[sha(1005)].boxes[0].x1) == (None, 1.0)


def test_a_training_image_of_the_base_is_held_out_only_where_the_batch_has_no_other():
    mixed = taken([0, 1, 2, 3, 4, 5, 2000, 2001])
    assert of(mixed, "held_out_new") <= {sha(2000), sha(2001)}
    assert len(of(mixed, "held_out_new")) == 1
    assert len(of(taken(range(5)), "held_out_new")) == 1


def test_corrected_validation_images_are_measured_however_many_there_are():
    snapshot = taken([*range(2000, 2005), 1007], examples=base(val=OLD_HELD_OUT + 50))
    assert sha(1007) in of(snapshot, "held_out_old")


def test_a_corrected_validation_image_stays_held_out_when_the_base_data_change():
    first = taken([*range(2000, 2005), 1004])
    other = [e for e in base() if e.sha256 != sha(1004)]
    assert sha(1004) in of(taken(range(3000, 3005), earlier=first, examples=other), "held_out_new")


def test_an_image_learned_from_earlier_is_not_measured_on_when_new_base_data_hold_it_for_that():
    first = taken(range(2000, 2005))
    learned = of(first, "corrected")
    other = [*base(), *(Example(name, "val", 10, 10, (CAT,)) for name in learned)]
    second = taken(range(3000, 3005), earlier=first, examples=other)
    assert learned <= of(second, "corrected")
    assert learned & (of(second, "held_out_old") | of(second, "held_out_new")) == set()
    assert len(second.images) == len({image.sha256 for image in second.images})


def test_base_data_of_which_nothing_is_left_to_learn_from_are_refused():
    with pytest.raises(DataError, match="No image is left to learn from"):
        taken([0], examples=base(train=1))


def test_earlier_corrections_are_learned_from_again_and_stay_on_their_side():
    first = taken(range(2000, 2010))
    second = taken(range(3000, 3005), earlier=first)
    for role in ("corrected", "held_out_new"):
        assert of(first, role) < of(second, role)
    assert len(of(second, "held_out_new")) == 3


def test_an_image_that_is_corrected_again_keeps_its_side_and_has_the_newest_boxes():
    first = taken(range(2000, 2005))
    again = taken(range(2000, 2005), earlier=first, boxes=2)
    for role in ("corrected", "held_out_new"):
        assert of(again, role) == of(first, role)
        assert {len(image.boxes) for image in again.having(role)} == {2}


def test_a_corrected_training_image_is_not_replayed_with_its_old_boxes():
    snapshot = taken(range(10))
    assert of(snapshot, "replayed") & {sha(n) for n in range(10)} == set()
    assert {image.boxes[0].x1 for image in snapshot.having("corrected")} == {2.0}


def test_corrections_stand_there_often_enough_to_be_heard_beside_what_is_replayed():
    for size in (5, 25, 100):
        snapshot = taken(range(2000, 2000 + size))
        copies = sum(image.copies for image in snapshot.having("corrected"))
        assert 0.4 <= copies / len(snapshot.having("replayed")) <= 0.6


def test_what_is_replayed_is_bounded_shows_rare_classes_and_changes_with_the_batch():
    rare = [Example(sha(5000 + n), "train", 10, 10, (Box("dog", 1, 1, 9, 9),)) for n in range(LEAST_PER_CLASS + 2)]
    examples = [*base(train=3000), *rare]
    one, two = taken(examples=examples), taken(range(3000, 3005), examples=examples)
    assert len(of(one, "replayed")) == REPLAYED
    assert len(of(one, "replayed") & {e.sha256 for e in rare}) >= LEAST_PER_CLASS
    assert of(one, "replayed") != of(two, "replayed")


def test_the_old_images_measured_are_bounded_and_always_the_same():
    examples = base(val=OLD_HELD_OUT + 50)
    assert of(taken(examples=examples), "held_out_old") == of(taken(range(3000, 3005), examples=examples), "held_out_old")
    assert len(of(taken(examples=examples), "held_out_old")) == OLD_HELD_OUT


def test_new_labels_come_behind_the_classes_that_the_model_knows():
    assert taken(label="ant").classes == ("cat", "dog", "ant")


def test_a_correction_that_says_nothing_is_here_is_learned_from():
    assert {image.boxes for image in taken(boxes=0).having("corrected")} == {()}


def test_boxes_are_clipped_to_their_image_and_what_is_left_of_none_is_dropped():
    box = {"label": "cat", "x1": -5.0, "y1": 2.0, "x2": 80.0, "y2": 8.0}
    outside = {**box, "x1": 50.0}
    claimed = (Correction("c", sha(2000), 10, 10, (box, outside), {}),)
    (image,) = take_snapshot(DATASET, base(), ("cat",), claimed, None).having("held_out_new")
    assert [(b.x1, b.x2) for b in image.boxes] == [(0.0, 10.0)]


def test_base_data_without_a_box_to_measure_on_are_refused():
    with pytest.raises(DataError, match="nothing can be measured"):
        taken([1000], examples=base(val=1), boxes=0)


def test_the_document_is_the_same_for_the_same_corrections_in_any_order_and_comes_back_whole():
    snapshot = taken(range(2000, 2025))
    assert taken(reversed(range(2000, 2025))).content() == snapshot.content()
    assert Snapshot.model_validate_json(snapshot.content()) == snapshot
    assert snapshot.sha256 == hashlib.sha256(snapshot.content()).hexdigest()
    assert json.loads(snapshot.content())["dataset_sha256"] == "f" * 64


def test_the_data_set_is_rebuilt_from_the_stored_document_byte_for_byte(tmp_path):
    # given real images, and the data set as it was written for a retrain
    ctx = MemoryContext(tmp_path / "ctx")
    made = corrections(ctx, tmp_path / "images", 20, Scenes(3))
    examples = [Example(c.image_sha256, "train" if n < 8 else "val", c.width, c.height, tuple(Box(**b) for b in c.boxes))
                for n, c in enumerate(made[:12])]
    snapshot = take_snapshot(DATASET, examples, [str(d) for d in range(10)], made[12:], None)

    def folder(name, of):
        write_folder(tmp_path / name, [example for _, example in of.examples()], of.classes, ctx.image)
        files = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file() and path.name != "data.yaml")
        return {str(path.relative_to(tmp_path / name)): path.read_bytes() for path in files}

    first = folder("first", snapshot)
    # when it is written again from the stored document
    second = folder("second", Snapshot.model_validate_json(snapshot.content()))
    # then
    assert len(first) > 24
    assert first == second
