"""The arithmetic of ordering, against stockpyl 1.0.2 (pinned figures), scipy, sums by hand and a simulation."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom, norm, poisson

from jobs.forecasting import inventory as inv


def poisson_quantile(mean, periods, p):
    return poisson.ppf(p, mean)


def units(*values):
    return np.array(values, dtype=float)


def test_the_protection_interval_is_lead_time_and_review_period_in_the_models_periods():
    assert inv.protection_interval(units(7, 30.4), 30.4, 30.4) == pytest.approx([1 + 7 / 30.4, 2])


@pytest.mark.parametrize(("periods", "expected"), [(0, 0), (0.5, 5), (1, 10), (1.25, 15), (3, 60)])
def test_the_mean_over_part_of_a_period_counts_in_proportion(periods: float, expected: float):
    assert inv.mean_over(np.array([[10.0, 20.0, 30.0]]), units(periods)) == pytest.approx([expected])


def test_means_over_many_intervals_agree_with_integrating_the_steps():
    rng = np.random.default_rng(1)
    means, periods = rng.gamma(1, 5, (50, 6)), rng.uniform(0, 6, 50)
    fine = np.linspace(0, 6, 60_001)[:-1]
    for row, length, made in zip(means, periods, inv.mean_over(means, periods), strict=True):
        assert made == pytest.approx(np.sum(row[fine.astype(int)][fine < length]) * 6 / 60_000, rel=1e-3, abs=1e-3)


# stockpyl.newsvendor.newsvendor_poisson(holding_cost, stockout_cost, demand_mean): holding, stockout, mean, base-stock level
STOCKPYL_POISSON = ((0.05, 0.95, 4.0, 8), (0.02, 0.98, 0.7, 3), (0.1, 0.9, 30.0, 37), (0.18, 0.7, 6.0, 8))


@pytest.mark.parametrize(("holding", "stockout", "mean", "level"), STOCKPYL_POISSON)
def test_levels_of_counted_demand_are_those_of_stockpyls_newsvendor(holding: float, stockout: float, mean: float, level: float):
    ratio = units(stockout / (stockout + holding))
    assert inv.level_of(poisson_quantile, units(mean), units(1), ratio, units(1)) == [level]


# stockpyl.newsvendor.newsvendor_normal(0.05, 0.95, 50, 8, lead_time=L), which protects L + 1 periods
@pytest.mark.parametrize(("lead_time", "level"), [(0, 63.15882901561178), (1, 118.60939445882678), (2.5, 199.61791489377953)])
def test_levels_of_normal_demand_over_lead_time_and_review_are_those_of_stockpyl(lead_time: float, level: float):
    def quantile(mean, periods, p):
        return norm.ppf(p, mean, 8 * np.sqrt(periods))

    protected = inv.protection_interval(units(lead_time), 1, 1)
    mean = inv.mean_over(np.full((1, 5), 50.0), protected)
    assert inv.level_of(quantile, mean, protected, units(0.95), units(0.01)) == pytest.approx([level], abs=0.01)


def test_no_time_needs_no_stock():
    assert inv.level_of(poisson_quantile, units(0), units(0), units(0.99), units(1)) == [0]


@given(
    level=st.integers(0, 10**7), position=st.integers(-10**5, 10**7), minimum=st.integers(0, 10**5), pack=st.integers(1, 10**4))
def test_orders_fill_up_to_the_level_in_whole_packs_and_never_below_the_minimum(level, position, minimum, pack):
    # Given everything in hundredths of a unit
    made = inv.order_quantity(units(level / 100), units(position / 100), units(minimum / 100), units(pack / 100))[0]
    order = round(made * 100)
    # Then nothing is bought where nothing is missing; else the fewest packs that reach both the level and the minimum
    assert made == order / 100
    assert (order == 0) == (level <= position)
    if order:
        assert order % pack == 0
        assert order >= max(level - position, minimum)
        assert order - pack < max(level - position, minimum)


def test_orders_by_hand():
    level, position = units(154, 154, 154, 60, 10), units(60, 60, 60, 60, 4.5)
    made = inv.order_quantity(level, position, units(0, 100, 100, 5, 0), units(12, 1, 12, 1, 1))
    assert made.tolist() == [96, 100, 108, 0, 6]


def test_people_see_whole_units_from_a_hundred_on_and_a_decimal_below():
    assert inv.shown(units(123.4, 99.94, 0.04, 0.456, 1234.567), units(1, 1, 1, 0.01, 0.01)).tolist() == [123, 99.9, 0, 0.46, 1234.57]


# stockpyl.loss_functions.poisson_loss(x, mean)[0] = E[(D - x)+]; sales are mean - that
STOCKPYL_LOSS = ((5, 4.0, 0.41030419443253197), (3, 0.7, 0.0066387361110971255), (28, 30.0, 3.3002363484067017), (0, 2.0, 2.0))


@pytest.mark.parametrize(("stock", "mean", "loss"), STOCKPYL_LOSS)
def test_expected_sales_agree_with_stockpyls_loss_function(stock: float, mean: float, loss: float):
    demands = inv.outcomes(poisson_quantile, units(mean), units(1), points=2_000)
    assert inv.expected_sales(demands, units(stock)) == pytest.approx([mean - loss], abs=0.01)


def test_few_outcomes_are_enough_for_lumpy_demand():
    def quantile(mean, periods, p):
        return nbinom.ppf(p, 0.5, 0.5 / (0.5 + mean))

    mean, stock = units(0.5, 3, 40), units(1, 2, 60)
    every = np.arange(5000)
    exact = [np.sum(np.minimum(every, s) * nbinom.pmf(every, 0.5, 0.5 / (0.5 + m))) for m, s in zip(mean, stock, strict=True)]
    assert inv.expected_sales(inv.outcomes(quantile, mean, units(1, 1, 1)), stock) == pytest.approx(exact, rel=0.06)


@given(st.lists(st.floats(0, 100), min_size=3, max_size=3, unique=True))
def test_expected_sales_are_concave_and_grow_with_the_stock(stocks):
    demands = inv.outcomes(poisson_quantile, units(7), units(1))
    a, b, c = sorted(stocks)
    low, middle, high = (inv.expected_sales(demands, units(s))[0] for s in (a, b, c))
    assert low <= middle <= high
    assert (middle - low) * (c - b) >= (high - middle) * (b - a) - 1e-6


def test_the_service_level_is_kept_in_a_simulated_warehouse():
    """Backorders, L = 1, R = 1, known Poisson demand: a share `p` of the cycles ends without a unit missing."""
    rng, mean, p = np.random.default_rng(7), 20.0, 0.9
    one = units(1.0)
    level = inv.level_of(poisson_quantile, units(2 * mean), 2 * one, p * one, one)
    on_hand, coming, short, months = level.copy(), units(0.0), 0, 5_000
    for _ in range(months):
        on_hand = on_hand + coming
        coming = inv.order_quantity(level, on_hand, 0 * one, one)
        on_hand = on_hand - rng.poisson(mean)
        short += on_hand[0] < 0
    # then the share is that of the Poisson quantile, which is a little above p
    assert 1 - short / months == pytest.approx(poisson.cdf(level[0], 2 * mean), abs=0.015)


@pytest.mark.parametrize(("position", "expected"), [(-5, 0), (0, 0), (5, 0.5), (10, 1), (20, 1.5), (30, 2), (31, np.nan)])
def test_stock_lasts_as_long_as_the_mean_demand_says(position: float, expected: float):
    assert inv.periods_of_stock(np.array([[10.0, 20.0]]), units(position)) == pytest.approx([expected], nan_ok=True)


def test_a_bound_quantile_takes_further_figures_along():
    def quantile(mean, periods, p, factor):
        return poisson.ppf(p, mean * factor)

    assert inv.level_of(partial(quantile, factor=2), units(15), units(1), units(0.9), units(1)) == [37]


def test_expected_sales_count_what_is_owed_so_that_each_unit_that_settles_it_is_one_sold():
    demands = inv.outcomes(poisson_quantile, units(40), units(1))
    assert np.diff([inv.expected_sales(demands, units(stock))[0] for stock in (-3, -2, -1, 0, 1)]).tolist() == [1, 1, 1, 1]
