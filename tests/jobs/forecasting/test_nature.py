"""Demand is told apart by its zeros and its units."""

import numpy as np
import polars as pl
import pytest

from jobs.forecasting.nature import is_counted, is_intermittent, largest


@pytest.mark.parametrize(("y", "expected"), [([0, 0, 1, 2], True), ([0, 1, 2, 3], False), ([0, 0, 0], False)])
def test_demand_is_intermittent_from_three_tenths_of_zeros_on_if_anything_sold(y, expected):
    assert is_intermittent(np.asarray(y)) is expected


@pytest.mark.parametrize(("y", "expected"), [([0, 0, 3], True), ([0, 0, 2.5], False), ([1, 2, 3], False)])
def test_only_intermittent_demand_in_whole_units_is_counted(y, expected):
    assert is_counted(np.asarray(y)) is expected


def test_the_largest_items_are_those_that_sold_most_and_ties_go_by_name():
    frame = pl.DataFrame({"unique_id": ["c", "b", "a", "a", "d"], "y": [4.0, 5.0, 2.0, 3.0, 1.0]})
    assert largest(frame, 2) == {"a", "b"}
    assert largest(frame, 9) == {"a", "b", "c", "d"}
