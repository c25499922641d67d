"""Lumpy items are told from those that sell one by one, and little is believed of those that sold little."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy.stats import nbinom

from jobs.forecasting.lumpiness import WEIGHT, lumpiness
from jobs.forecasting.sums import SumSpread


def panel(units):
    items, periods = units.shape
    days = [date(2000 + m // 12, m % 12 + 1, 1) for m in range(periods)]
    return pl.DataFrame({"unique_id": np.repeat([f"i{n:04}" for n in range(items)], periods), "ds": days * items, "y": units.ravel()})


def test_it_is_the_shrunk_ratio_of_variance_to_mean_by_hand():
    units = np.array([[1.0, 1, 1, 1, 0, 0, 0, 0], [8.0, 0, 0, 0, 0, 0, 0, 0], [0.0] * 8])
    variance, mean = units.var(axis=1), units.mean(axis=1)
    together = variance.sum() / mean.sum()
    expected = [(WEIGHT * together + 4 * variance[0] / mean[0]) / (WEIGHT + 4), (WEIGHT * together + 8 * variance[1] / mean[1]) / (WEIGHT + 8)]
    made = lumpiness(panel(units))
    assert made == pytest.approx([max(expected[0] - 1, 0.02) / (together - 1), (expected[1] - 1) / (together - 1), 1.0])


def test_items_drawn_from_two_kinds_are_told_apart_and_lumpy_ones_get_more_stock():
    rng = np.random.default_rng(5)
    # given the same mean of 2, once Poisson and once negative binomial of variance 12
    smooth, lumpy = rng.poisson(2, (50, 48)), nbinom.rvs(0.4, 0.4 / 2.4, size=(50, 48), random_state=rng)
    made = lumpiness(panel(np.concatenate([smooth, lumpy]).astype(float)))
    assert made[:50].max() < made[50:].min()
    spread = SumSpread(method="negative_binomial", lengths=(1,), log_sizes=(0.0,), floor=0.01)
    levels = spread.quantile(np.full(100, 4.0), 2, 0.95, made)
    assert levels[:50].mean() < levels[50:].mean()


def test_demand_no_lumpier_than_chance_is_taken_as_all_alike():
    assert lumpiness(panel(np.full((3, 12), 5.0))).tolist() == [1, 1, 1]


def test_a_lumpiness_of_one_changes_nothing():
    spread = SumSpread(method="negative_binomial", lengths=(1, 3), log_sizes=(0.1, 0.3), floor=0.01)
    mean = np.array([0.1, 3.0, 40.0])
    assert np.array_equal(spread.quantile(mean, 2, 0.95), spread.quantile(mean, 2, 0.95, np.ones(3)))
