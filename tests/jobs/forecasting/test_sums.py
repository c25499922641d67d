"""Sums over periods: their quantiles are those of the sums, not sums of quantiles."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom

from jobs.forecasting.sums import SumSpread, learn_sums, learn_total


def backtest(y, y_hat, closed=None, cutoff=date(2024, 1, 1), lumpiness=1.0):
    """A fold of items x periods."""
    items, horizon = y.shape
    return pl.DataFrame({
        "unique_id": np.repeat([f"{n:04}" for n in range(items)], horizon), "cutoff": [cutoff] * y.size,
        "ds": [cutoff + timedelta(days=d + 1) for _ in range(items) for d in range(horizon)],
        "y": y.ravel().astype(float), "m": y_hat.ravel(), "closed": np.zeros(y.size, bool) if closed is None else closed.ravel(), "lumpiness": np.repeat(lumpiness * np.ones(items), horizon)})


def counts(items, horizon, seed):
    """Gamma rates and negative binomial sales round them, independent from period to period."""
    chance = np.random.default_rng(seed)
    y_hat = np.repeat(chance.gamma(0.5, 1.0, (items, 1)), horizon, axis=1)
    size = 0.7 * y_hat**0.75
    return chance.negative_binomial(size, size / (size + y_hat)), y_hat


DENSE = np.random.default_rng(5)
DENSE_HAT = DENSE.gamma(4, 25, (2000, 6))
DENSE_Y = np.maximum(DENSE_HAT + DENSE.normal(0, 2, (2000, 6)) * DENSE_HAT**0.75, 0)
SPREADS = (learn_sums(backtest(*counts(400, 6, 1)), "m", counted=True), learn_sums(backtest(DENSE_Y, DENSE_HAT), "m", counted=False))


@pytest.mark.parametrize("length", [1, 3, 6])
@pytest.mark.parametrize("p", [0.5, 0.8, 0.95, 0.98])
def test_counted_sums_stay_at_or_below_a_quantile_as_often_as_it_says(length, p):
    # given sums that were not learned from
    y, y_hat = counts(4000, 6, 2)
    sums, mean = y[:, :length].sum(axis=1), y_hat[:, :length].sum(axis=1)
    at = SPREADS[0].quantile(mean, length, p)
    # then at least as often, and no smaller whole number would do over all
    assert np.mean(sums <= at) >= p - 0.01
    assert np.mean(sums <= at - 1) <= p + 0.01


@pytest.mark.parametrize("length", [1, 3, 6])
def test_dense_sums_are_narrower_than_sums_of_quantiles_and_still_cover(length):
    chance = np.random.default_rng(6)
    y_hat = chance.gamma(4, 25, (4000, 6))
    y = np.maximum(y_hat + chance.normal(0, 2, (4000, 6)) * y_hat**0.75, 0)
    mean = y_hat[:, :length].sum(axis=1)
    at = SPREADS[1].quantile(mean, length, 0.9)
    assert np.mean(y[:, :length].sum(axis=1) <= at) == pytest.approx(0.9, abs=0.02)
    added = sum(SPREADS[1].quantile(y_hat[:, k], 1, 0.9) for k in range(length))
    assert length == 1 or at.sum() < added.sum() * 0.99


def test_the_size_learned_is_the_one_that_made_the_counts():
    assert SPREADS[0].log_sizes[0] == pytest.approx(np.log(0.7), abs=0.15)


def test_the_size_is_learned_beside_the_lumpiness_that_items_have():
    # given items half of which vary four times as much, and that is known of them
    lumps = np.tile([0.5, 2.0], 1000)
    chance, y_hat = np.random.default_rng(8), np.full((2000, 1), 3.0)
    size = 0.9 * 3**0.75 / lumps[:, None]
    y = chance.negative_binomial(size, size / (size + y_hat))
    spread = learn_sums(backtest(y, y_hat, lumpiness=lumps), "m", counted=True)
    assert spread.log_sizes[0] == pytest.approx(np.log(0.9), abs=0.15)


def test_counted_quantiles_are_those_of_scipys_negative_binomial():
    spread = SumSpread(method="negative_binomial", lengths=(1, 3), log_sizes=(0.0, np.log(4.0)), floor=0.1)
    mean = np.asarray([2.0, 5.0])
    size = 2.0 * mean**0.75  # halfway between the logs of 1 and 4
    expected = [next(n for n in range(1000) if nbinom.cdf(n, r, r / (r + m)) >= 0.9) for m, r in zip(mean, size, strict=True)]
    assert spread.quantile(mean, 2, 0.9).tolist() == expected


def test_scaled_errors_are_those_that_numpy_finds():
    y, y_hat = np.arange(100.0).reshape(100, 1), np.full((100, 1), 16.0)
    spread = learn_sums(backtest(y, y_hat), "m", counted=False)
    expected = 16 + 8 * np.quantile((np.arange(100.0) - 16) / 8, 0.9, method="weibull")
    assert spread.quantile(np.asarray([16.0]), 1, 0.9)[0] == pytest.approx(expected)


def test_lengths_between_those_learned_lie_between_and_longer_ones_keep_growing():
    spread, mean = SPREADS[1], np.asarray([500.0])
    short, between, long = (spread.quantile(mean, k, 0.95)[0] for k in (2, 2.5, 3))
    assert min(short, long) <= between <= max(short, long)
    beyond = spread.quantile(np.asarray([1000.0]), 12, 0.95)[0] - 1000
    assert beyond == pytest.approx(2**0.75 * (spread.quantile(mean, 6, 0.95)[0] - 500))


@given(st.floats(0, 1e5), st.floats(0.1, 40), st.floats(0.001, 0.998), st.sampled_from(SPREADS))
def test_quantiles_rise_with_their_probability_and_stay_above_zero(mean, periods, p, spread):
    low, high = (float(spread.quantile(np.asarray([mean]), periods, q)[0]) for q in (p, p + 0.001))
    assert 0 <= low <= high + 1e-9


def test_each_item_may_have_its_own_length_and_probability():
    mean, periods, p = np.asarray([10.0, 10.0, 40.0]), np.asarray([1.0, 3.0, 1.5]), np.asarray([0.9, 0.9, 0.99])
    for spread in SPREADS:
        one_by_one = [float(spread.quantile(mean[[i]], periods[i], p[i])[0]) for i in range(3)]
        assert spread.quantile(mean, periods, p).tolist() == one_by_one


def test_closed_periods_do_not_narrow_the_bands():
    # given that every second period is closed
    closed = np.zeros_like(DENSE_HAT, dtype=bool)
    closed[:, ::2] = True
    spread = learn_sums(backtest(np.where(closed, 0, DENSE_Y), np.where(closed, 0, DENSE_HAT), closed), "m", counted=False)
    alone = learn_sums(backtest(DENSE_Y[:, 1::2], DENSE_HAT[:, 1::2]), "m", counted=False)
    assert spread.quantiles[0] == alone.quantiles[0]


def test_one_item_of_millions_does_not_widen_the_bands_of_small_ones():
    # given items that sell a little, and one that sells a million times as much
    small = backtest(np.tile([0.2, 0.4], (30, 3)), np.full((30, 6), 0.3))
    huge = backtest(np.full((1, 6), 3e5), np.full((1, 6), 2.9e5)).with_columns(unique_id=pl.lit("huge"))
    spread = learn_sums(pl.concat([small, huge]), "m", counted=False)
    assert spread.quantile(np.asarray([0.3]), 1, 0.9)[0] == pytest.approx(0.4, rel=0.01)
    assert spread.quantile(np.asarray([0.0]), 1, 0.9)[0] < 0.01


def test_the_error_of_a_single_sum_makes_a_band_with_two_sides():
    spread = learn_sums(backtest(np.asarray([[90.0]]), np.asarray([[100.0]])), "m", counted=False)
    low, high = (float(spread.quantile(np.asarray([100.0]), 1, p)[0]) for p in (0.1, 0.9))
    assert (low, high) == (pytest.approx(100 - 29.8, abs=0.1), pytest.approx(100 + 29.8, abs=0.1))


def test_the_spread_of_the_total_is_that_of_the_sums_over_all_items():
    y, y_hat = np.asarray([[4.0, 9.0], [6.0, 1.0]]), np.asarray([[5.0, 5.0], [5.0, 5.0]])
    alone = learn_sums(backtest(y.sum(axis=0, keepdims=True), y_hat.sum(axis=0, keepdims=True)), "m", counted=False)
    assert learn_total(backtest(y, y_hat), "m") == alone


def test_a_spread_survives_json_unchanged():
    assert all(SumSpread.model_validate_json(s.model_dump_json()) == s for s in SPREADS)


def test_sales_of_nothing_give_quantiles_of_nothing():
    nothing = np.zeros((5, 3))
    assert learn_sums(backtest(nothing, nothing), "m", counted=False).quantile(np.zeros(2), 2, 0.95).tolist() == [0, 0]
