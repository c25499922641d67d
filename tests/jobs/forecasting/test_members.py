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
from tests.jobs.forecasting.panels import panel


def item(y, **columns):
    days = [date(2024, 1, 1) + timedelta(days=d) for d in range(len(y))]
    return pl.DataFrame({"unique_id": "a", "ds": days, "y": np.asarray(y, dtype=float), **columns})


def plan(frame):
    return plan_members(frame, learn_closing(frame))


def test_steady_demand_gets_theta_and_a_prophet_and_a_smoothing_for_each_item():
    made = plan(panel())
    assert made.equal == ("xgboost", "prophet_items", "theta", "ets", "prophet")
    assert made.names == (*made.equal, "seasonal_naive")
    assert not made.counted


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
