"""A measurement becomes scores with the classes' real names."""

from jobs.vision.metrics import named_values, scores_of
from jobs.vision.training_plan import Measured

NUMBERS = {"mAP50": 0.5, "mAP50-95": 0.25, "precision": 0.75, "recall": 1.0000001}
MEASURED = Measured(name="val", overall=NUMBERS, per_class={2: {**NUMBERS, "boxes": 3.0}, 0: {**NUMBERS, "mAP50": 0.9, "boxes": 4.0}})


def test_classes_carry_their_labels_and_absent_ones_are_left_out():
    scores = scores_of(MEASURED, ["a/b", "never seen", "$x$"])
    assert list(scores.per_class) == ["a/b", "$x$"]
    assert scores.per_class["a/b"].mAP50 == 0.9


def test_boxes_are_summed_over_the_classes():
    assert scores_of(MEASURED, ["a", "b", "c"]).boxes == 7


def test_rounding_never_leads_over_one():
    assert scores_of(MEASURED, ["a", "b", "c"]).recall == 1.0


def test_a_class_called_like_a_path_makes_no_path_in_a_name():
    classes = ["../../x", "..", "a/b", "a:b", "50%"]
    measured = Measured(name="val", overall=NUMBERS, per_class={n: {**NUMBERS, "boxes": 1.0} for n in range(5)})
    made = {name.removeprefix("mAP50/") for name, _ in named_values(scores_of(measured, classes)) if name.startswith("mAP50/")}
    assert len(made) == 5
    assert not [name for name in made if "/" in name or not name.strip(".")]


def test_each_number_has_a_name_to_be_tracked_under():
    named = dict(named_values(scores_of(MEASURED, ["a", "b", "c"]), "val_"))
    assert len(named) == 4 * 3
    assert (named["val_mAP50"], named["val_mAP50-95"], named["val_mAP50/a"], named["val_recall/c"]) == (0.5, 0.25, 0.9, 1.0)
