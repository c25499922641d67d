"""Spending a budget: never above it, never worth less for more money, whole packs, and near the best there is."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.forecasting.budget import Orders, spend, unit_margins
from jobs.forecasting.inventory import expected_sales, order_quantity

POINTS = 16


@st.composite
def orders(draw, most=8):
    n = draw(st.integers(1, most))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    pack = rng.integers(1, 13, n).astype(float)
    minimum = rng.integers(0, 40, n).astype(float)
    position = rng.integers(-5, 20, n).astype(float)
    quantity = order_quantity(position + rng.integers(1, 120, n), position, minimum, pack)
    cost = np.where(rng.random(n) < 0.1, np.nan, np.round(rng.gamma(1, 30, n) + 0.01, 2))
    demands = np.sort(rng.gamma(1, rng.uniform(1, 80, n)[:, None], (n, POINTS)), axis=1)
    return Orders(quantity, position, minimum, pack, cost, unit_margins(np.full(n, np.nan), cost), demands)


def invested(given_orders, bought):
    return float(np.sum(np.rint(bought * np.nan_to_num(given_orders.unit_cost) * 100))) / 100


def value(given_orders, bought):
    more = expected_sales(given_orders.demands, given_orders.position + bought)
    return float(np.sum((more - expected_sales(given_orders.demands, given_orders.position)) * given_orders.margin))


@settings(max_examples=200, deadline=None)
@given(orders(), st.floats(0, 20_000), st.floats(0, 20_000))
def test_a_budget_is_never_exceeded_and_more_money_is_never_worth_less(wanted, one, other):
    less, more = sorted((one, other))
    small, large = spend(wanted, less), spend(wanted, more)
    assert invested(wanted, small) <= less
    assert invested(wanted, large) <= more
    assert value(wanted, small) <= value(wanted, large) + 1e-6


@settings(max_examples=200, deadline=None)
@given(orders(), st.floats(0, 20_000))
def test_what_is_bought_comes_in_whole_packs_from_the_smallest_order_up_to_what_was_wanted(wanted, budget):
    bought = spend(wanted, budget)
    assert np.isfinite(bought).all()
    assert (bought <= wanted.quantity).all()
    some = bought > 0
    assert (bought[some] >= np.minimum(wanted.minimum, wanted.quantity)[some]).all()
    assert np.allclose(np.rint(bought / wanted.pack), bought / wanted.pack)
    assert (bought[np.isnan(wanted.unit_cost)] == 0).all()


@settings(max_examples=100, deadline=None)
@given(orders())
def test_enough_money_buys_everything_that_has_a_cost(wanted):
    total = invested(wanted, wanted.quantity)
    assert np.array_equal(spend(wanted, total), np.where(np.isnan(wanted.unit_cost), 0, wanted.quantity))


def test_the_result_lies_near_the_best_of_all_combinations():
    rng = np.random.default_rng(3)
    ratios = []
    for _ in range(20):
        quantity, cost = np.full(3, 5.0), rng.uniform(1, 10, 3)
        demands = np.sort(rng.gamma(1, 4, (3, POINTS)), axis=1)
        wanted = Orders(quantity, np.zeros(3), np.zeros(3), np.ones(3), cost, rng.uniform(1, 5, 3), demands)
        budget = 0.5 * invested(wanted, quantity)
        everything = (np.array(q, dtype=float) for q in itertools.product(range(6), repeat=3))
        best = max(value(wanted, q) for q in everything if invested(wanted, q) <= budget)
        ratios.append(value(wanted, spend(wanted, budget)) / best)
    # the greedy choice can miss at most what the last units that do not fit are worth
    assert np.mean(ratios) > 0.97
    assert min(ratios) > 0.85


def test_the_money_goes_first_to_the_units_that_sell_best_for_what_they_cost():
    # given two items that are alike but for their margin
    demands = np.tile(np.linspace(1, 20, POINTS), (2, 1))
    wanted = Orders(np.full(2, 10.0), np.zeros(2), np.zeros(2), np.ones(2), np.full(2, 2.0), np.array([1.0, 3.0]), demands)
    assert spend(wanted, 20.0).tolist() == [0, 10]


def test_a_step_too_dear_for_the_budget_lets_others_have_it():
    demands = np.tile(np.linspace(50, 200, POINTS), (2, 1))
    wanted = Orders(np.array([100.0, 10.0]), np.zeros(2), np.array([100.0, 0.0]), np.ones(2), np.array([5.0, 5.0]),
                    np.array([9.0, 1.0]), demands)
    assert spend(wanted, 60.0).tolist() == [0, 10]


def test_margins_are_prices_less_costs_and_else_the_usual_share_of_the_cost():
    price, cost = np.array([15.0, 26.0, np.nan, 3.0, 9.0]), np.array([10.0, 20.0, 40.0, 5.0, np.nan])
    # given shares of 0.5 and 0.3, of which 0.4 is the median
    assert unit_margins(price, cost) == pytest.approx([5, 6, 16, 2, 0])


def test_without_any_price_the_cost_stands_for_the_margin():
    assert unit_margins(np.full(2, np.nan), np.array([3.0, 7.0])).tolist() == [3, 7]


def test_nothing_to_buy_and_no_money_give_nothing():
    none = Orders(*(np.zeros(0),) * 6, np.zeros((0, POINTS)))
    assert spend(none, 100.0).tolist() == []
    demands = np.tile(np.linspace(1, 20, POINTS), (1, 1))
    assert spend(Orders(np.full(1, 10.0), *(np.zeros(1),) * 2, np.ones(1), np.ones(1), np.ones(1), demands), 0.0).tolist() == [0]


def test_what_is_owed_to_customers_is_bought_first_as_it_is_sold_for_sure():
    # given two items that are alike but that five units of the first are owed
    demands = np.tile(np.linspace(1, 20, POINTS), (2, 1))
    wanted = Orders(np.array([15.0, 10.0]), np.array([-5.0, 0.0]), np.zeros(2), np.ones(2), np.full(2, 2.0), np.ones(2), demands)
    assert spend(wanted, 10.0).tolist() == [5, 0]
    assert value(wanted, np.array([5.0, 0.0])) == 5


@pytest.mark.parametrize("pack", [1.0, 12.0])
def test_a_small_budget_for_a_large_order_buys_what_it_can(pack):
    demands = np.tile(np.linspace(1_000, 20_000, POINTS), (3, 1))
    wanted = Orders(np.full(3, 12_000.0), np.zeros(3), np.zeros(3), np.full(3, pack), np.array([1.0, 3.0, 3.0]), np.ones(3), demands)
    assert invested(wanted, spend(wanted, 300.0)) > 280
