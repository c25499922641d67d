"""ONNX Runtime is chosen only if it is measured to find the same boxes, and sooner."""

import time
from dataclasses import replace

import numpy as np
import pytest

from deploy.digits import Scenes
from jobs.vision.boxes import Box
from jobs.vision.export import LEAST_SPEED_UP, compare, like, shift_px
from jobs.vision.yolo_model import MAX_BOXES, Detector, Found
from tests.jobs.vision.conftest import HOSTILE, Trained

IMAGES = [np.zeros((8, 8, 3), np.uint8)] * 3
ONE = Found(Box("a", 10, 20, 30, 40), 0.8)
TWO = Found(Box("b", 50, 60, 70, 80), 0.4)


class Stand:
    """A detector that answers what it is told to, after so many milliseconds of work."""

    def __init__(self, ms: float, *found: Found) -> None:
        self.ms, self.found = ms, list(found)

    def detect(self, images, *, confidence, iou):
        end = time.thread_time() + self.ms / 1000
        while time.thread_time() < end:
            pass
        return [self.found for _ in images]


def moved(found: Found, px: float = 0.0, confidence: float = 0.0, label: str | None = None) -> Found:
    box = found.box
    return Found(Box(label or box.label, box.x1, box.y1, box.x2 + px, box.y2), found.confidence + confidence)


def chosen(*found: Found, expected=(ONE, TWO), ms=1.0) -> str:
    return compare(Stand(4.0, *expected), Stand(ms, *found), IMAGES, "hash").name


def test_the_same_boxes_found_sooner_are_chosen_with_the_hash_of_their_weights():
    found = compare(Stand(4.0, ONE, TWO), Stand(1.0, moved(ONE, 0.25), moved(TWO, confidence=-0.005)), IMAGES, "hash")
    assert (found.name, found.sha256, found.images, found.boxes, found.unmatched) == ("onnxruntime", "hash", 3, 12, 0)
    assert found.shift_px == pytest.approx(0.25)
    assert found.shift_confidence == pytest.approx(0.005)
    assert found.speed_up > LEAST_SPEED_UP


@pytest.mark.parametrize("found", [
    (ONE,), (ONE, TWO, moved(ONE, 5.0)), (ONE, moved(TWO, 1.5)), (ONE, moved(TWO, confidence=0.02)), (ONE, moved(TWO, label="a")),
], ids=["a box is missing", "a box too many", "moved", "surer", "of another class"])
def test_other_boxes_are_never_chosen_however_soon(found):
    assert chosen(*found) == "torch"


def test_what_is_not_faster_is_not_chosen():
    found = compare(Stand(2.0, ONE), Stand(4.0, ONE), IMAGES, "hash")
    assert (found.name, found.sha256) == ("torch", None)
    assert found.speed_up < 1


def test_two_that_find_nothing_are_not_proven_equal():
    assert chosen(expected=()) == "torch"


def test_a_box_at_the_edge_of_what_is_answered_may_lack_its_like():
    # at the least confidence
    weak = replace(TWO, confidence=0.015)
    assert chosen(ONE, expected=(ONE, weak)) == "onnxruntime"
    # and at the end of a list that is full
    crowd = [replace(moved(ONE, 2.0 * n), confidence=0.9 - n / 1000) for n in range(MAX_BOXES)]
    other = [*crowd[:-1], replace(moved(TWO), confidence=0.601)]
    assert chosen(*other, expected=crowd) == "onnxruntime"


def test_the_like_of_a_box_is_the_nearest_of_its_class():
    near, far = moved(ONE, 0.3), moved(ONE, 0.9)
    assert like(ONE, [far, near, moved(ONE, label="b")]) is near
    assert like(ONE, [TWO]) is None
    assert shift_px(ONE, far) == pytest.approx(0.9)


@pytest.mark.slow
def test_an_export_answers_what_its_weights_answer_in_any_shape_and_batch(trained: Trained):
    # given images of three shapes that are no multiples of the stride, some of them together
    version = trained.ctx.model_version("digits")
    torch, onnx = (Detector(version.files[name], trained.result.classes, 96, "cpu", threads=1) for name in ("best.pt", "best.onnx"))
    images = [Scenes(40 + n, HOSTILE, HOSTILE, side_px=side).scene().image for n, side in enumerate((128, 100, 128, 250))]
    images[3] = images[3][:131]
    # when
    expected, found = (detector.detect(images, confidence=0.05, iou=0.7) for detector in (torch, onnx))
    # then
    assert sum(map(len, expected)) > 4
    for one, other in zip(expected, found, strict=True):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert a.box.label == b.box.label
            assert shift_px(a, b) < 0.1
            assert a.confidence == pytest.approx(b.confidence, abs=0.001)
