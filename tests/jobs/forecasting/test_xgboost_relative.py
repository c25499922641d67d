"""Boosting relative to each item's level follows levels that no item had before, and keeps what sold nothing at nothing."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from jobs.forecasting.member import Recipe
from jobs.forecasting.xgboost_model import XGBoostModel
from jobs.forecasting.xgboost_relative import RelativeXGBoost
from jobs.periods import next_periods

SEASON = np.asarray([5, 4, 8, 7, 9, 9, 8, 9, 14, 10, 17, 20]) / 10
MONTHS, AHEAD = 48, 3


def months(levels, *, ahead=0):
    """Items by month that repeat a season about a level that grows by 1 % a month; unique_id, ds, y."""
    n = MONTHS + ahead
    ds = next_periods(date(2018, 12, 1), "month", n)
    return pl.concat(
        pl.DataFrame({"unique_id": f"i{k}", "ds": ds, "y": level * 1.01 ** np.arange(n) * SEASON[np.arange(n) % 12]})
        for k, level in enumerate(levels))


def split(frame):
    first = frame["ds"].unique().sort()[-AHEAD]
    return frame.filter(pl.col("ds") < first), frame.filter(pl.col("ds") >= first)


def error(member, history, later):
    member.fit(history, Recipe("month"))
    return float(np.abs(member.forecast(later.drop("y")) - later["y"].to_numpy()).sum() / later["y"].sum())


def test_a_level_above_all_that_was_seen_is_followed_where_trees_on_units_stay_behind():
    history, later = split(months((50, 100, 200), ahead=AHEAD))
    relative, plain = error(RelativeXGBoost(), history, later), error(XGBoostModel(), history, later)
    assert relative < 0.1
    assert relative < plain / 2


def test_an_item_a_thousand_times_as_large_gets_about_a_thousand_times_the_forecast():
    # given twins of which the large one alone decides the fit
    history, later = split(months((1, 1000), ahead=AHEAD))
    member = RelativeXGBoost()
    member.fit(history, Recipe("month"))
    small, large = member.forecast(later.drop("y")).reshape(2, AHEAD)
    assert small * 1000 == pytest.approx(large, rel=0.05)


def test_a_saved_model_goes_on_with_the_same_forecasts(tmp_path):
    history, later = split(months((10, 30), ahead=AHEAD))
    member = RelativeXGBoost()
    member.fit(history, Recipe("month"))
    member.save(tmp_path / "m.ubj")
    again = RelativeXGBoost.load(tmp_path / "m.ubj", history, Recipe("month"))
    assert again.forecast(later.drop("y")).tobytes() == member.forecast(later.drop("y")).tobytes()


def test_what_sold_nothing_in_the_last_year_is_forecast_as_nothing_even_where_nothing_ever_sold():
    history, later = split(months((10, 30), ahead=AHEAD))
    quiet = history.with_columns(y=pl.when(unique_id="i0").then(0.0).otherwise("y"))
    for frame, items in ((quiet, 1), (history.with_columns(y=pl.lit(0.0)), 2)):
        member = RelativeXGBoost()
        member.fit(frame, Recipe("month"))
        assert (member.forecast(later.drop("y"))[:items * AHEAD] == 0).all()


def test_its_rounds_are_not_told_as_those_of_the_model_in_units():
    told = []
    history, _ = split(months((10,)))
    RelativeXGBoost().fit(history, Recipe("month", on_round=lambda *_: told.append(1)))
    assert told == []
