"""Bands hold what they say, nest, and never promise negative sales."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from jobs.forecasting.intervals import band, coverage
from jobs.forecasting.sums import learn_sums
from tests.jobs.forecasting.test_sums import backtest, counts

RNG = np.random.default_rng(11)
Y_HAT = RNG.gamma(2, 20, (4000, 1))
DENSE = learn_sums(backtest(RNG.poisson(Y_HAT), Y_HAT), "m", counted=False)
COUNTED = learn_sums(backtest(*counts(4000, 2, 3)), "m", counted=True)


@pytest.mark.parametrize("level", [50, 80, 95, 99])
def test_bands_cover_new_poisson_sales_as_often_as_their_level_says(level):
    # given forecasts and sales that the spread has not seen
    y_hat = RNG.gamma(2, 20, 4000)
    y = RNG.poisson(y_hat)
    lower, upper = band(DENSE, y_hat, level)
    assert np.mean((y >= lower) & (y <= upper)) == pytest.approx(level / 100, abs=0.025)


@pytest.mark.parametrize("level", [80, 95])
def test_bands_of_counts_cover_at_least_what_their_level_says(level):
    y, y_hat = counts(4000, 1, 4)
    lower, upper = band(COUNTED, y_hat[:, 0], level)
    assert np.mean((y[:, 0] >= lower) & (y[:, 0] <= upper)) >= level / 100 - 0.01


@given(st.floats(0, 1e6), st.integers(1, 98), st.sampled_from([DENSE, COUNTED]))
def test_bands_hold_their_forecast_nest_and_stay_above_zero(y_hat, level, spread):
    at = np.asarray([y_hat])
    (lower, upper), (wider_lower, wider_upper) = band(spread, at, level), band(spread, at, level + 1)
    assert 0 <= wider_lower <= lower <= at <= upper <= wider_upper


def test_coverage_is_measured_on_the_folds_that_did_not_make_the_band():
    # given a fold whose sales hit their forecasts, and one where they are far off
    first, second = date(2024, 1, 1), date(2024, 2, 1)
    y_hat = np.full((50, 1), 100.0)
    frame = backtest(y_hat, y_hat, cutoff=first).extend(backtest(np.full((50, 1), 500.0), y_hat, cutoff=second))
    # then the narrow band of the first misses all of the second, the wide one of the second misses nothing
    assert coverage(frame, "m", counted=False) == {"80": 0.5, "95": 0.5}


def test_coverage_of_a_single_fold_is_measured_on_itself():
    frame = backtest(RNG.poisson(50, (200, 1)), np.full((200, 1), 50.0))
    assert coverage(frame, "m", counted=False)["80"] == pytest.approx(0.8, abs=0.08)


def test_closed_periods_do_not_count_as_covered():
    # given that half of the rows are closed, and sales that no band of the other fold holds
    closed = np.tile([True, False], (20, 1))
    folds = [backtest(np.where(closed, 0, y), np.where(closed, 0.0, 100.0), closed, day)
             for y, day in ((100, date(2024, 1, 1)), (900, date(2024, 3, 1)))]
    assert coverage(folds[0].extend(folds[1]), "m", counted=False)["95"] == 0.5


def test_few_rows_give_bands_wider_than_their_largest_errors_and_wider_ones_for_higher_levels():
    spread = learn_sums(backtest(np.asarray([[90.0], [100.0], [130.0]]), np.full((3, 1), 100.0)), "m", counted=False)
    # then the six errors of both signs reach to 30 at 1/7, from where a normal tail goes on
    for level in (80, 95):
        lower, upper = band(spread, np.asarray([100.0]), level)
        reach = 30 * norm.ppf((100 + level) / 200) / norm.ppf(6 / 7)
        assert (lower[0], upper[0]) == (pytest.approx(100 - reach, rel=1e-4), pytest.approx(100 + reach, rel=1e-4))
