"""Boxes are cut at their image, and turned into fractions and overlaps without losing a pixel."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.vision.boxes import Box, clip, iou, normalised

coordinate = st.floats(-200, 400, allow_nan=False)


def test_a_box_inside_its_image_stays_as_it_is():
    box = Box("a", 0, 1, 64, 47.5)
    assert clip(box, 64, 48) == box


def test_a_box_over_the_edge_is_cut_there():
    assert clip(Box("a", -5, -5, 70, 20), 64, 48) == Box("a", 0, 0, 64, 20)


@pytest.mark.parametrize("corners", [(5, 5, 5, 9), (5, 5, 5.4, 9), (9, 9, 5, 5), (70, 0, 90, 10), (0, 0, math.nan, 9)])
def test_a_box_without_a_size_in_its_image_is_none(corners):
    assert clip(Box("a", *corners), 64, 48) is None


def test_a_label_is_the_centre_and_the_size_as_fractions():
    assert normalised(Box("a", 16, 12, 48, 36), 64, 48) == (0.5, 0.5, 0.5, 0.5)


@given(coordinate, coordinate, coordinate, coordinate)
def test_fractions_of_a_clipped_box_lead_back_to_it(x1, y1, x2, y2):
    box = clip(Box("a", x1, y1, x2, y2), 200, 100)
    if box:
        x, y, w, h = normalised(box, 200, 100)
        assert x - w / 2 + 1e-9 >= 0
        assert x + w / 2 <= 1 + 1e-9
        assert ((x - w / 2) * 200, (y + h / 2) * 100) == (pytest.approx(box.x1, abs=1e-6), pytest.approx(box.y2, abs=1e-6))


@pytest.mark.parametrize(("other", "expected"), [
    (Box("b", 0, 0, 10, 10), 1.0), (Box("b", 5, 0, 15, 10), 1 / 3), (Box("b", 10, 0, 20, 10), 0.0), (Box("b", 30, 30, 20, 20), 0.0),
])
def test_overlap_is_that_over_the_union(other, expected):
    assert iou(Box("a", 0, 0, 10, 10), other) == pytest.approx(expected)
