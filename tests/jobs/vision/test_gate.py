"""The gate promotes what is better, forgets nothing that matters and lost no class, and says why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.vision.gate import ENOUGH_NEW_BOXES, judge
from jobs.vision.kinds import BeforeAndAfter, DetectionScores, HeldOutScores


def scores(value, boxes=100, **classes):
    one = {"mAP50": value, "mAP50-95": value / 2, "precision": value, "recall": value}
    per_class = {label: {**one, "mAP50": found, "boxes": 5} for label, found in classes.items()}
    return DetectionScores.model_validate({**one, "boxes": boxes, "per_class": per_class})


def metrics(old, new, boxes=100, before=None, after=None):
    """Metrics in which mAP50 goes as `old` and `new` say, pairs of before and after."""
    def part(n, classes):
        held_out = scores(new[n], boxes) if new else None
        return HeldOutScores(all=scores(old[n]), old=scores(old[n], **(classes or {})), new=held_out)

    return BeforeAndAfter(before=part(0, before), after=part(1, after))


def judged(found, promote="if_better"):
    return judge(found, promote=promote, old_tolerance=0.08)


def test_what_is_better_on_the_mean_is_promoted_even_if_the_old_fell_a_little():
    verdict = judged(metrics(old=(0.95, 0.90), new=(0.0, 0.6)))
    assert (verdict.decision, "from 0.475 to 0.750" in verdict.reason) == ("promoted", True)


def test_what_is_no_better_on_the_mean_is_rejected():
    verdict = judged(metrics(old=(0.95, 0.90), new=(0.60, 0.64)))
    assert (verdict.decision, "from 0.775 to 0.770" in verdict.reason) == ("rejected", True)


def test_what_forgets_more_than_is_tolerated_is_rejected_however_good_on_the_new():
    verdict = judged(metrics(old=(0.95, 0.86), new=(0.0, 1.0)))
    assert verdict.decision == "rejected"
    assert "old images fell from 0.950 to 0.860" in verdict.reason


def test_what_lost_a_class_is_rejected_and_the_class_is_named():
    verdict = judged(metrics(old=(0.9, 0.9), new=(0, 0.9), before={"cat": 0.8, "dog": 0.05}, after={"cat": 0.1, "dog": 0.0}))
    assert verdict.decision == "rejected"
    assert "it hardly finds cat any more" in verdict.reason


@pytest.mark.parametrize("boxes", [0, ENOUGH_NEW_BOXES - 1])
def test_the_mean_is_waived_while_the_new_images_hold_few_boxes_and_the_reason_says_so(boxes):
    verdict = judged(metrics(old=(0.90, 0.85), new=(0.5, 0.1) if boxes else None, boxes=boxes))
    assert verdict.decision == "promoted"
    assert f"waived, since the new held-out images hold {boxes} boxes" in verdict.reason


def test_a_waived_mean_waives_nothing_else():
    assert judged(metrics(old=(0.9, 0.7), new=None)).decision == "rejected"


def test_a_version_that_was_compared_with_one_no_longer_in_use_is_rejected():
    verdict = judge(metrics(old=(0.5, 0.9), new=(0.5, 0.9)), promote="if_better", old_tolerance=0.08, unchanged=False)
    assert verdict.decision == "rejected"
    assert "another version came into use meanwhile" in verdict.reason


def test_enough_boxes_count():
    assert judged(metrics(old=(0.90, 0.90), new=(0.5, 0.1), boxes=ENOUGH_NEW_BOXES)).decision == "rejected"


def test_a_request_overrides_the_gate_and_the_reason_has_both():
    worse, better = metrics(old=(0.9, 0.1), new=(0.9, 0.1)), metrics(old=(0.9, 0.9), new=(0.1, 0.9))
    assert judged(worse, "always").decision == "promoted"
    assert judged(better, "never").decision == "rejected"
    assert "always" in judged(worse, "always").reason
    assert "Not better" in judged(worse, "always").reason
    assert "never" in judged(better, "never").reason
    assert "Better" in judged(better, "never").reason


share = st.floats(0, 1)


@given(share, share, share, share)
def test_a_promoted_version_is_better_by_the_definition(old_before, old_after, new_before, new_after):
    verdict = judged(metrics(old=(old_before, old_after), new=(new_before, new_after)))
    better = (old_after + new_after) / 2 > (old_before + new_before) / 2 and old_before - old_after <= 0.08
    assert (verdict.decision == "promoted") == better
