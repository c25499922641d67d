"""The buy list of a real model: every figure computed again, what is bought and what is not, and why."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm

from jobs.forecasting.buy_list import EXCEPTIONS, BuyTerms, make_buy_list, to_act_on
from jobs.forecasting.package import read_card
from jobs.forecasting.predict import forecast_means
from jobs.memory_context import MemoryContext
from tests.jobs.forecasting.sales import add_stock, promoted_sales
from tests.jobs.forecasting.test_buy_words import read


@pytest.fixture
def ctx(store) -> MemoryContext:
    """A fresh context that knows the company's model and its sales."""
    return MemoryContext(versions=store.versions, datasets=dict(store.datasets))


def listed(ctx, stock=None, future=None, model="empresa_900123456", **terms):
    return make_buy_list(ctx, ctx.model_version(model), stock, BuyTerms(**terms), future=future)


def rows(made):
    return {row["item"]: row for row in made.table.to_dicts()}


def test_every_figure_is_computed_again(ctx):
    # given stock of three parts, each on terms of its own
    stock = add_stock(ctx, [
        {"item": "part 0", "on_hand": 40, "on_order": 5, "lead_time_days": 30.4, "service_level": 0.9, "pack_size": 12},
        {"item": "part 1", "on_hand": 500}, {"item": "part 2", "on_hand": 10, "minimum_order_quantity": 400, "unit_cost": 7}])
    made = rows(listed(ctx, stock))
    # when the forecast is summed by hand over lead time + review period
    found = ctx.model_version("empresa_900123456")
    card, history = read_card(found), pl.read_parquet(found.files["history.parquet"])
    means = forecast_means(found, card, history, 3, ctx, asked=history["unique_id"].unique(), future=None)
    part0 = means.filter(pl.col("unique_id") == "part 0")["mean"].to_list()
    assert made["part 0"]["forecast"] == pytest.approx(part0[0] + part0[1], abs=0.5)
    # then level, quantity and the rest follow from the distribution that the model learned
    level = np.ceil(card.sums.quantile(np.array([part0[0] + part0[1]]), 2.0, 0.9)[0])
    assert made["part 0"]["order_up_to_level"] == level
    assert made["part 0"]["quantity"] == 12 * np.ceil((level - 45) / 12)
    assert made["part 0"]["reorder_point"] == np.ceil(card.sums.quantile(np.array(part0[:1]), 1.0, 0.9)[0])
    assert made["part 1"]["quantity"] == 0
    assert (made["part 2"]["quantity"], made["part 2"]["investment"]) == (400, 2800)
    assert made["part 3"]["unit_cost"] == 5
    days = made["part 0"]["days_of_stock"]
    assert days == pytest.approx(30.4 * (1 + (45 - part0[0]) / part0[1]), abs=0.06)


def test_each_sum_in_words_is_that_of_its_row_and_leads_to_its_quantity(ctx):
    stock = add_stock(ctx, [{"item": f"part {n}", "on_hand": 17.25 * n, "on_order": n, "pack_size": n + 1, "minimum_order_quantity": 40.0 * n}
                            for n in range(8)])
    for language in ("en", "es"):
        for row in listed(ctx, stock, language=language).table.to_dicts():
            forecast, safety, on_hand, on_order, missing, bought = (float(n) for n in read(row["reason"], language))
            assert (forecast, safety, on_hand, on_order) == (row["forecast"], row["safety_stock"], row["on_hand"], row["on_order"])
            assert bought == row["quantity"]
            if row["quantity"]:
                assert missing > 0
                assert row["quantity"] >= max(missing, row["minimum_order_quantity"])
                assert row["quantity"] - row["pack_size"] < max(missing, row["minimum_order_quantity"])


def test_exceptions_say_what_is_special(ctx):
    stock = add_stock(ctx, [{"item": "part 0", "on_hand": 0}, {"item": "part 1", "on_hand": 90_000}, {"item": "dead", "on_hand": 5},
                            *({"item": f"part {n}", "on_hand": 50.0 * n} for n in range(2, 8)), {"item": "new", "on_hand": 50},
                            {"item": "costless", "on_hand": 50}])
    made = rows(listed(ctx, stock))
    assert {item: row["exceptions"] for item, row in made.items() if row["exceptions"]} == {
        "part 0": ["stockout"], "part 1": ["overstock"], "dead": ["dead"], "new": ["new"], "costless": ["no_cost"]}


def test_what_a_rounded_order_may_leave_is_no_overstock(ctx):
    # given much of every part, of some as much as the supplier's smallest order
    stock = add_stock(ctx, [{"item": f"part {n}", "on_hand": 8000, "minimum_order_quantity": 8000 if n < 4 else 100} for n in range(8)])
    flagged = {item for item, row in rows(listed(ctx, stock)).items() if "overstock" in row["exceptions"]}
    assert flagged == {f"part {n}" for n in range(4, 8)}


def test_exceptions_come_first_the_most_urgent_before_the_others(ctx):
    stock = add_stock(ctx, [{"item": "part 0", "on_hand": 0}, {"item": "part 1", "on_hand": 90_000}, {"item": "dead", "on_hand": 5}])
    found = listed(ctx, stock).table["exceptions"].to_list()
    marked = [bool(names) for names in found]
    assert marked == sorted(marked, reverse=True)
    places = [EXCEPTIONS.index(names[0]) for names in found if names]
    assert places == sorted(places)


def test_dead_items_are_never_bought(ctx):
    for terms in ({"cycle_service_level": 0.999}, {"budget": 1e9}):
        row = rows(listed(ctx, **terms))["dead"]
        assert row["quantity"] == row["investment"] == 0
        assert "not sold since 2021-12" in row["reason"]


def test_without_stock_nothing_is_there_and_the_list_says_so(ctx):
    made = listed(ctx)
    assert set(made.table["on_hand"]) == {0.0}
    assert any("No stock was given" in sentence for sentence in made.assumptions)
    assert "stockout" not in set(made.table["exceptions"].explode())
    assert made.table["days_of_stock"].null_count() == made.table.height
    assert str(made.starts) == "2024-01-01"


def test_a_list_counts_from_the_first_day_without_sales_of_a_month_that_is_not_over(ctx):
    # given sales until the 10th of a month of 31 days, which the model does not know as it is not over
    name = "empresa_900123456"
    found = ctx.model_version(name)
    ctx.versions = {name: [replace(found, metadata={**found.metadata, "sold_until": "2024-01-10"})]}
    made = listed(ctx, review_period_days=30.4, lead_time_days=15.2)
    history = pl.read_parquet(found.files["history.parquet"])
    means = forecast_means(found, read_card(found), history, 3, ctx, asked=history["unique_id"].unique(), future=None)
    january, february, _ = means.filter(pl.col("unique_id") == "part 0")["mean"]
    # when a month and a half after it is summed by hand: what is left of January, and of February the rest
    expected = january * 21 / 31 + february * (1.5 - 21 / 31)
    assert str(made.starts) == "2024-01-11"
    assert rows(made)["part 0"]["forecast"] == pytest.approx(expected, abs=0.06)
    assert any("2024-01-11" in sentence for sentence in made.assumptions)


def test_assumptions_name_items_that_the_model_does_not_know_in_both_languages(ctx):
    stock = add_stock(ctx, [{"item": "ghost", "on_hand": 1}, {"item": "part 0", "on_hand": 1}])
    assert any("1 (ghost)" in sentence for sentence in listed(ctx, stock).assumptions)
    assert any("quedan por fuera: 1 (ghost)" in sentence for sentence in listed(ctx, stock, language="es").assumptions)
    assert any("no cost" in sentence.lower() or "without a known cost" in sentence for sentence in listed(ctx, stock).assumptions)


def test_no_figure_is_ever_nan_or_infinite(ctx):
    stock = add_stock(ctx, [{"item": "part 0", "on_hand": 1e12, "lead_time_days": 0}, {"item": "part 1", "on_hand": -1e12, "pack_size": 0.004},
                            {"item": "part 2", "on_hand": 0, "service_level": 1e-9}, {"item": "part 3", "on_hand": 0, "service_level": 1 - 1e-12}])
    for terms in ({}, {"budget": 0.0}, {"budget": 1e15}, {"review_period_days": 0.5, "lead_time_days": 0}, {"lead_time_days": 400}):
        table = listed(ctx, stock, **terms).table
        for name, kind in table.schema.items():
            if kind.is_float():
                assert table[name].drop_nulls().is_finite().all(), name
        assert (table["quantity"] >= 0).all()


def test_a_longer_lead_time_and_a_higher_service_level_buy_more(ctx):
    totals = [listed(ctx, **terms).table["quantity"].sum() for terms in (
        {}, {"lead_time_days": 30}, {"cycle_service_level": 0.99}, {"review_period_days": 91.2})]
    assert all(total > totals[0] for total in totals[1:])


def test_a_budget_is_kept_and_larger_ones_hold_smaller_ones_worth(ctx):
    whole = listed(ctx).table["investment"].sum()
    spent = []
    for share in (0.0, 0.3, 1.0):
        table = listed(ctx, budget=share * whole).table
        assert table["investment"].sum() <= share * whole
        assert table.filter(pl.col("item") == "costless")["quantity"].item() == 0
        spent.append(table["investment"].sum())
    assert spent[0] == 0
    assert spent[-1] == whole
    assert spent[1] > 0.9 * 0.3 * whole


def test_what_a_budget_leaves_out_is_said_in_the_sum(ctx):
    whole = listed(ctx).table["investment"].sum()
    cut = [row for row in listed(ctx, budget=whole / 2).table.to_dicts() if "the budget allows" in row["reason"]]
    assert cut
    assert all(row["reason"].endswith(f"the budget allows {row['quantity']:g}") for row in cut)


def test_classes_follow_value_and_evenness(ctx):
    made = rows(listed(ctx))
    # part 7 sells eight times as much as part 0 and costs more
    assert made["part 7"]["class"] == "AX"
    assert made["dead"]["class"].startswith("C")
    assert (made["part 7"]["confidence"], made["new"]["confidence"], made["dead"]["confidence"]) == ("high", "low", "low")


def test_dead_items_of_which_nothing_is_there_need_no_action(ctx):
    assert "dead" not in set(to_act_on(listed(ctx).table)["item"])
    stock = add_stock(ctx, [{"item": "dead", "on_hand": 5}])
    assert "dead" in set(to_act_on(listed(ctx, stock).table)["item"])


def test_a_model_with_regressors_plans_with_what_is_known_of_the_days_to_come(promoted):
    ctx = MemoryContext(versions=promoted.versions, datasets=dict(promoted.datasets))
    made = rows(listed(ctx, model="sales", future="future", review_period_days=7, lead_time_days=3))
    plan = promoted_sales()[1].filter(pl.col("date") < pl.col("date").min() + pl.duration(days=10))
    for item, row in made.items():
        expected = (10 + 90 * plan.filter(pl.col("item") == item)["promo"]).sum()
        assert row["forecast"] == pytest.approx(expected, rel=0.1)


def test_the_bench_of_a_normal_quantile_is_not_far(ctx):
    """Dense demand: the level lies where a normal distribution of the backtest's own error would put it, give or take."""
    row = rows(listed(ctx, cycle_service_level=0.975))["part 7"]
    implied = row["safety_stock"] / norm.ppf(0.975)
    assert 0 < implied < 0.5 * row["forecast"]
