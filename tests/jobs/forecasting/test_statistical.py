"""Theta, ETS and IMAPA forecast what their library does, and never stumble over a hard series."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from statsforecast.models import IMAPA, AutoETS, AutoTheta

from jobs.errors import JobCanceled
from jobs.forecasting import statistical
from jobs.forecasting.member import Recipe
from jobs.forecasting.statistical import Ets, Imapa, Theta
from jobs.periods import next_periods

STEADY = np.round(100 + np.arange(40) + 20 * np.sin(np.arange(40) * np.pi / 6), 1)
RARE = np.asarray([0, 0, 3.0, 0, 0, 0, 1, 0, 0, 2] * 4)


def months(**series):
    """History of series that all end in April 2023, and the three months after it."""
    ends = next_periods(date(2019, 12, 1), "month", 43)
    rows = [(name, day, float(v)) for name, y in sorted(series.items()) for day, v in zip(ends[40 - len(y):40], y, strict=True)]
    future = [(name, day) for name in sorted(series) for day in ends[40:]]
    return (pl.DataFrame(rows, schema=["unique_id", "ds", "y"], orient="row"),
            pl.DataFrame(future, schema=["unique_id", "ds"], orient="row"))


def forecast(member, history, future):
    member.fit(history, Recipe("month"))
    return member.forecast(future)


def test_a_steady_item_gets_the_forecast_of_autotheta_and_an_intermittent_one_that_of_imapa():
    made = forecast(Theta(), *months(rare=RARE, steady=STEADY))
    assert made[:3].tolist() == IMAPA().forecast(RARE, 3)["mean"].tolist()
    assert made[3:].tolist() == AutoTheta(season_length=12).forecast(STEADY, 3)["mean"].tolist()


def test_imapa_takes_every_item():
    made = forecast(Imapa(), *months(rare=RARE, steady=STEADY))
    assert made[3:].tolist() == IMAPA().forecast(STEADY, 3)["mean"].tolist()


def test_only_the_largest_items_get_theta(monkeypatch):
    monkeypatch.setattr(statistical, "MOST_ITEMS", 1)
    made = forecast(Theta(), *months(small=STEADY / 2, large=STEADY))
    assert made[:3].tolist() == AutoTheta(season_length=12).forecast(STEADY, 3)["mean"].tolist()
    assert made[3:].tolist() == IMAPA().forecast(STEADY / 2, 3)["mean"].tolist()


def test_exponential_smoothing_takes_the_steady_ones_of_the_largest_items_and_leaves_the_others_out(monkeypatch):
    monkeypatch.setattr(statistical, "MOST_SMOOTHED", 2)
    made = forecast(Ets(), *months(large=STEADY, rare=10 * RARE * STEADY, small=STEADY / 2))
    assert made[:3].tolist() == AutoETS(season_length=12).forecast(STEADY, 3)["mean"].tolist()
    assert np.isnan(made[3:]).all()


HARD = (*(list(range(1, n)) for n in range(2, 12)), [0.0], [5.0], [0.0] * 40, [7.0] * 40, [1.0, 2.0, 3.0], [0.0] * 39 + [9.0], [1e9, 1.0] * 20, [5.0, 6.0] * 7)


@pytest.mark.parametrize("y", HARD)
def test_exponential_smoothing_forecasts_a_hard_series_wholly_or_not_at_all(y):
    made = forecast(Ets(), *months(hard=y))
    assert np.isnan(made).all() or (np.isfinite(made) & (made >= 0)).all()


@pytest.mark.parametrize("make", [Theta, Imapa])
@pytest.mark.parametrize("y", HARD)
def test_hard_series_still_get_finite_forecasts_not_below_zero(make, y):
    made = forecast(make(), *months(hard=y))
    assert np.isfinite(made).all()
    assert (made >= 0).all()


@pytest.mark.parametrize("make", [Theta, Ets])
def test_a_canceled_job_stops(make):
    def check():
        raise JobCanceled("The job was canceled.")

    history, future = months(a=STEADY)
    member = make()
    member.fit(history, Recipe("month", check=check))
    with pytest.raises(JobCanceled):
        member.forecast(future)
