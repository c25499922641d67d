"""Bands hold what they say, nest, and never promise negative sales."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.forecasting.intervals import Spread, coverage, learn_spread

RNG = np.random.default_rng(11)
Y_HAT = RNG.gamma(2, 20, 4000)
SPREAD = learn_spread(RNG.poisson(Y_HAT).astype(float), Y_HAT)


@pytest.mark.parametrize("level", [50, 80, 95, 99])
def test_bands_cover_new_poisson_sales_as_often_as_their_level_says(level):
    # given forecasts and sales that the spread has not seen
    y_hat = RNG.gamma(2, 20, 4000)
    y = RNG.poisson(y_hat)
    lower, upper = SPREAD.band(y_hat, level)
    assert np.mean((y >= lower) & (y <= upper)) == pytest.approx(level / 100, abs=0.025)


@given(st.floats(0, 1e9), st.integers(1, 98))
def test_bands_hold_their_forecast_nest_and_stay_above_zero(y_hat, level):
    at = np.asarray([y_hat])
    (lower, upper), (wider_lower, wider_upper) = SPREAD.band(at, level), SPREAD.band(at, level + 1)
    assert 0 <= wider_lower <= lower <= at <= upper <= wider_upper


def test_quantiles_are_those_that_numpy_finds_for_the_scaled_errors():
    y, y_hat = np.arange(100.0), np.full(100, 4.0)
    lower, upper = learn_spread(y, y_hat).band(np.asarray([4.0]), 80)
    assert upper[0] == pytest.approx(4 + 2 * np.quantile((y - 4) / 2, 0.9, method="weibull"))
    assert lower[0] == pytest.approx(min(4, max(0, 4 + 2 * np.quantile((y - 4) / 2, 0.1, method="weibull"))))


def test_a_spread_survives_json_unchanged():
    assert Spread.model_validate_json(SPREAD.model_dump_json()) == SPREAD


def test_coverage_is_measured_on_the_folds_that_did_not_make_the_band():
    # given a fold whose sales hit their forecasts, and one where they are far off
    frame = pl.DataFrame({"cutoff": [date(2024, 1, 1)] * 50 + [date(2024, 2, 1)] * 50, "y": [100.0] * 50 + [500.0] * 50,
                          "m": [100.0] * 100})
    # then the narrow band of the first misses all of the second, the wide one of the second misses nothing
    assert coverage(frame, "m") == {"80": 0.5, "95": 0.5}


def test_coverage_of_a_single_fold_is_measured_on_itself():
    frame = pl.DataFrame({"cutoff": [date(2024, 1, 1)] * 200, "y": RNG.poisson(50, 200).astype(float), "m": [50.0] * 200})
    assert coverage(frame, "m")["80"] == pytest.approx(0.8, abs=0.08)


def test_few_rows_give_bands_as_wide_as_their_largest_errors():
    lower, upper = learn_spread(np.asarray([90.0, 100.0, 130.0]), np.full(3, 100.0)).band(np.asarray([100.0]), 80)
    assert (lower[0], upper[0]) == (pytest.approx(90), pytest.approx(130))


def test_sales_of_nothing_give_bands_of_nothing():
    spread = learn_spread(np.zeros(10), np.zeros(10))
    assert [float(b[0]) for b in spread.band(np.zeros(1), 95)] == [0.0, 0.0]
