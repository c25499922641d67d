"""The columns of a panel that are known ahead are told apart from its keys and its target."""

import numpy as np
import polars as pl
import pytest

from jobs.forecasting.member import Recipe, exogenous_columns
from jobs.forecasting.members import MEMBERS
from tests.jobs.forecasting.panels import panel, split


def test_exogenous_columns_are_all_but_keys_and_target():
    assert exogenous_columns(pl.DataFrame({"unique_id": ["a"], "ds": [1], "y": [1.0], "x_promo": [0.0]})) == ["x_promo"]


@pytest.mark.parametrize("make", MEMBERS.values(), ids=MEMBERS)
def test_every_member_gives_one_forecast_per_row_of_the_future_and_none_below_zero(make):
    # given items of very different ages, one of them a single period old, one that never sold
    history, future, _ = split(panel(ages=(120, 40, 1), dead=True), 9)
    member = make()
    # when
    member.fit(history, Recipe("day"))
    made = member.forecast(future)
    # then only those that are not for every item leave some out
    assert made.shape == (future.height,) == (4 * 9,)
    assert make.name in ("prophet_items", "ets") or not np.isnan(made).any()
    assert ((made >= 0) & (made < 1e4) | np.isnan(made)).all()


@pytest.mark.parametrize("make", MEMBERS.values(), ids=MEMBERS)
def test_every_member_forecasts_bit_for_bit_the_same_from_the_same_seed(make):
    history, future, _ = split(panel(ages=(90, 60)), 5)
    forecasts = []
    for _ in range(2):
        member = make()
        member.fit(history, Recipe("day", seed=3))
        forecasts.append(member.forecast(future).tobytes())
    assert forecasts[0] == forecasts[1]
