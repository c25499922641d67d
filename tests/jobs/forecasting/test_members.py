"""The kind of demand decides which members a data set gets."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from jobs.forecasting import members
from jobs.forecasting.closing import Closing, learn_closing
from jobs.forecasting.member import SavedMember
from jobs.forecasting.members import MEMBERS, forecast_members, plan_members
from jobs.forecasting.package import FILES
from jobs.periods import next_periods
from tests.jobs.forecasting.panels import panel


def item(y, **columns):
    days = [date(2024, 1, 1) + timedelta(days=d) for d in range(len(y))]
    return pl.DataFrame({"unique_id": "a", "ds": days, "y": np.asarray(y, dtype=float), **columns})


def plan(frame, frequency="day"):
    return plan_members(frame, frequency, learn_closing(frame))


def periods_of(frequency, count, **columns):
    """An item that sells every period."""
    ds = next_periods(date(2015, 1, 1), frequency, count)
    return pl.DataFrame({"unique_id": "a", "ds": ds, "y": 5.0 + np.arange(count) % 3, **columns})


def test_steady_demand_gets_theta_and_a_prophet_and_a_smoothing_for_each_item():
    made = plan(panel())
    assert made.equal == ("xgboost", "prophet_items", "theta", "ets", "prophet")
    assert made.names == (*made.equal, "seasonal_naive")
    assert not made.counted


@pytest.mark.parametrize(("frequency", "count"), [("month", 12), ("week", 52), ("quarter", 4)])
def test_before_the_season_can_be_known_all_members_take_part(frequency, count):
    made = plan(periods_of(frequency, count), frequency)
    assert made.equal == ("xgboost", "prophet_items", "theta", "ets", "prophet")
    assert made.scaled


@pytest.mark.parametrize(("frequency", "count"), [("month", 13), ("month", 23), ("week", 53), ("week", 103), ("quarter", 7)])
def test_between_one_season_and_two_only_members_that_know_the_season_take_part(frequency, count):
    made = plan(periods_of(frequency, count), frequency)
    assert made.equal == made.candidates == ("xgboost", "seasonal_naive")
    assert made.names == ("xgboost", "seasonal_naive", "prophet")  # Prophet of the total is always scored
    assert not made.scaled
    priced = plan(periods_of(frequency, count, x_price=2.0), frequency)
    assert (priced.equal, priced.names) == (("xgboost",), ("xgboost", "prophet", "seasonal_naive"))


@pytest.mark.parametrize(("frequency", "count", "equal"), [
    ("month", 24, ("xgboost", "xgboost_relative", "theta", "ets")),
    ("month", 26, ("xgboost", "xgboost_relative", "prophet_items", "theta", "ets", "prophet")),
    ("quarter", 10, ("xgboost", "xgboost_relative", "prophet_items", "theta", "ets", "prophet")),
    # exponential smoothing knows no season of 52 periods
    ("week", 106, ("xgboost", "xgboost_relative", "prophet_items", "theta", "prophet"))])
def test_from_two_seasons_on_each_member_takes_part_that_knows_the_season(frequency, count, equal):
    made = plan(periods_of(frequency, count), frequency)
    assert made.equal == made.candidates == equal
    assert made.scaled is ("prophet" in equal)


def test_boosting_relative_to_levels_is_for_short_panels_without_regressors(monkeypatch):
    assert "xgboost_relative" not in plan(periods_of("month", 36, x_price=2.0), "month").names
    monkeypatch.setattr(members, "MOST_ROWS_RELATIVE", 35)
    assert "xgboost_relative" not in plan(periods_of("month", 36), "month").names


def test_intermittent_counts_get_imapa():
    made = plan(item([0, 0, 0, 5, 0, 1, 0, 0] * 10))
    assert made.names == ("xgboost", "imapa", "prophet", "seasonal_naive")
    assert made.counted


def test_members_that_do_not_see_the_regressors_are_only_yardsticks():
    made = plan(panel().with_columns(x_promo=pl.int_range(pl.len()) % 5 * 1.0))
    assert made.equal == made.candidates == ("xgboost", "prophet_items")
    assert {"theta", "seasonal_naive"} <= set(made.names)


def test_zeros_of_closed_days_do_not_make_demand_intermittent():
    opened = [float(d % 7 < 4) for d in range(140)]
    assert "imapa" not in plan(item([9 * o for o in opened], x_open=opened)).names


def test_very_many_items_get_no_model_each(monkeypatch):
    monkeypatch.setattr(members, "MOST_FOR_EACH", 1)
    assert not {"prophet_items", "ets"} & set(plan(panel()).names)


class Always:
    """A member that gives one value, NaN for the second row."""

    def __init__(self, name, value):
        self.name, self._value = name, value

    def forecast(self, future):
        return np.asarray([self._value, np.nan if self.name != "xgboost" else 1.0, self._value])


def test_the_first_member_stands_in_for_what_others_leave_out_and_closed_rows_are_nothing():
    future = item([0, 0, 0]).drop("y")
    made = forecast_members([Always("xgboost", 2.0), Always("theta", 3.0)], future, pl.Series([False, False, True]))
    assert made.columns == ["unique_id", "ds", "xgboost", "theta"]
    assert made["theta"].to_list() == [3.0, 1.0, 0.0]


def test_every_member_that_has_a_file_can_be_saved_and_no_other():
    assert {name for name, member in MEMBERS.items() if isinstance(member(), SavedMember)} == set(FILES)


def test_without_rules_nothing_is_closed():
    assert not Closing({}).closed(panel()).any()


@pytest.mark.parametrize("name", MEMBERS)
def test_members_are_known_by_their_names(name):
    assert MEMBERS[name].name == name
