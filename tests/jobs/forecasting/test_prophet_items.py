"""Each large steady item has a Prophet of its own; it is kept in a small file and forecasts the same from it."""

import numpy as np
import polars as pl
import pytest

from jobs.forecasting import prophet_items
from jobs.forecasting.member import Recipe
from jobs.forecasting.prophet_items import ProphetItems, is_steady
from tests.jobs.forecasting.panels import panel, split


@pytest.fixture(scope="module")
def fitted():
    """Two items of 760 days with a column that says when they are closed, and one too young; the member and the 14 days to come."""
    frame, future, truth = split(panel(ages=(760, 760, 60)), 14)
    opened = (pl.col("ds").dt.weekday() != 7).cast(pl.Float64)
    history, future = frame.with_columns(x_open=opened), future.with_columns(x_open=opened)
    member = ProphetItems()
    member.fit(history, Recipe("day"))
    return member, future, truth.to_numpy()


def test_steady_items_are_forecast_and_others_left_out(fitted):
    member, future, truth = fitted
    made = member.forecast(future)
    opened = future["x_open"].to_numpy() == 1
    old = (future["unique_id"] != "item-2").to_numpy()
    assert np.isnan(made[~old]).all()
    assert made[old & opened] == pytest.approx(truth[old & opened], rel=0.1, abs=3)


def test_it_forecasts_the_same_from_its_file_which_is_small(fitted, tmp_path):
    member, future, _ = fitted
    member.save(tmp_path / "p.json")
    loaded = ProphetItems.load(tmp_path / "p.json", future, Recipe("day"))
    assert np.allclose(loaded.forecast(future), member.forecast(future), rtol=1e-12, atol=0, equal_nan=True)
    assert (tmp_path / "p.json").stat().st_size < 2 * 20_000


def test_no_more_items_are_taken_than_there_is_time_for(monkeypatch):
    monkeypatch.setattr(prophet_items, "MOST_ITEMS", 1)
    frame, future, _ = split(panel(ages=(760, 760)), 3)
    opened = (pl.col("ds").dt.weekday() != 7).cast(pl.Float64)
    history, future = frame.with_columns(x_open=opened), future.with_columns(x_open=opened)
    member = ProphetItems()
    member.fit(history, Recipe("day"))
    assert np.isnan(member.forecast(future)).tolist() == [True] * 3 + [False] * 3


@pytest.mark.parametrize(("months", "zeros", "expected"), [(36, 0, True), (36, 3, True), (36, 5, False), (25, 0, False), (26, 0, True)])
def test_steady_is_what_is_long_enough_for_a_yearly_season_and_has_few_zeros(months, zeros, expected):
    series = pl.DataFrame({"y": [0.0] * zeros + [5.0] * (months - zeros)})
    assert is_steady(series, months, "month") is expected
