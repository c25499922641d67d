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
    # to within what decides between equals
    assert value(wanted, small) <= value(wanted, large) * (1 + 2e-3) + 1e-6


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


def packs_of(given_orders):
    """Every number of packs of each item that its supplier takes, as units."""
    least = np.minimum(np.ceil(np.maximum(given_orders.minimum, 1) / given_orders.pack) * given_orders.pack, given_orders.quantity)
    return [[0.0, *np.arange(first, whole + 1e-9, pack)]
            for first, whole, pack in zip(least, given_orders.quantity, given_orders.pack, strict=True)]


def test_the_result_lies_near_the_best_of_all_combinations():
    # given large packs and smallest orders, of which few fit into the money
    rng = np.random.default_rng(3)
    for n in range(60):
        pack, minimum = rng.choice([1.0, 5.0, 20.0], 3), rng.choice([0.0, 30.0], 3)
        position = rng.integers(-5, 30, 3).astype(float)
        quantity = order_quantity(position + rng.integers(1, 5, 3) * pack, position, minimum, pack)
        demands = np.sort(rng.gamma(2, rng.uniform(5, 60, 3)[:, None], (3, POINTS)), axis=1)
        cost = np.round(rng.uniform(1, 10, 3), 2)
        wanted = Orders(quantity, position, minimum, pack, cost, cost * rng.choice([0.5, 0.67, 1.0], 3), demands)
        budget = rng.uniform(0.1, 0.9) * invested(wanted, quantity)
        everything = [np.array(q) for q in itertools.product(*packs_of(wanted))]
        best = max(value(wanted, q) for q in everything if invested(wanted, q) <= budget)
        assert value(wanted, spend(wanted, budget)) >= 0.995 * best, n


def test_what_has_run_out_comes_before_what_is_there_where_both_earn_the_same():
    # given 320 bolts in packs of 50 for 360 beside 90 that are there, and 300 washers in packs of 100 for 210, which are out
    demands = np.stack([np.linspace(340, 480, POINTS), np.linspace(260, 380, POINTS)])
    wanted = Orders(np.array([350.0, 300.0]), np.array([90.0, 0.0]), np.zeros(2), np.array([50.0, 100.0]), np.array([360.0, 210.0]),
                    np.array([240.0, 140.0]), demands)
    assert spend(wanted, 21_000.0).tolist() == [0, 100]
    assert (spend(wanted, 100_000.0) > 0).all()
    best = max(value(wanted, np.array(q)) for q in itertools.product(*packs_of(wanted)) if invested(wanted, np.array(q)) <= 100_000)
    assert value(wanted, spend(wanted, 100_000.0)) >= 0.999 * best


def test_money_that_is_left_is_not_lost_on_a_pack_that_just_does_not_fit():
    # given a small pack that earns a little more for its money, and stands in the way of a large one that takes all of it
    demands = np.tile(np.linspace(500, 600, POINTS), (2, 1))
    wanted = Orders(np.array([10.0, 100.0]), np.zeros(2), np.zeros(2), np.array([10.0, 100.0]), np.ones(2), np.array([1.1, 1.0]), demands)
    assert spend(wanted, 100.0).tolist() == [0, 100]


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
