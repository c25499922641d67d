"""What changed since the last list, and why."""

import polars as pl

from jobs.forecasting.list_changes import pack_list, unpack_list, with_changes

SAME = {"safety_stock": 3.0, "on_order": 0.0, "minimum_order_quantity": 0.0, "pack_size": 1.0, "exceptions": []}


def buy_list(**items):
    """item → (quantity, forecast, on hand, unit cost)."""
    rows = [{"item": name, "quantity": q, "forecast": f, "on_hand": h, "unit_cost": c, **SAME} for name, (q, f, h, c) in items.items()]
    return pl.DataFrame(rows, schema_overrides={"exceptions": pl.List(pl.String), "unit_cost": pl.Float64, "quantity": pl.Float64, "forecast": pl.Float64, "on_hand": pl.Float64})


def reasons(now, before, language="en", budgets=(None, None)):
    kept = unpack_list(pack_list(before, "job-1", "2026-11-01T00:00:00+00:00", budgets[0]))
    made = with_changes(now, kept, language, budgets[1])
    return {row["item"]: (row["change"], row["change_reason"]) for row in made.to_dicts()}


def test_each_figure_that_is_another_one_now_is_named():
    before = buy_list(a=(43, 100, 60, 5), b=(10, 10, 3, 2), c=(4, 4, 3, 1), d=(9, 9, 3, None))
    now = buy_list(a=(83, 120, 40, 5), b=(10, 10, 3, 2), c=(4, 4, 3, 1.5), d=(0, 9.5, 3, 7.25), e=(6, 6, 0, 1))
    assert reasons(now, before) == {
        "a": (40, "forecast 100 → 120, on hand 60 → 40"), "b": (None, None), "c": (None, None),
        "d": (-9, "forecast 9 → 9.5, unit cost ? → 7.25"), "e": (6, "not on the last list")}


def test_where_no_figure_changed_the_terms_did():
    assert reasons(buy_list(a=(5, 4, 0, 1)), buy_list(a=(7, 4, 0, 1)))["a"] == (-2, "the terms asked for")


def test_a_budget_that_takes_or_gives_is_named_where_it_did():
    # given a, that needs ten units each time, and b, of which a larger forecast makes more be bought
    whole, cut = buy_list(a=(10, 7, 0, 5), b=(8, 5, 0, 1)), buy_list(a=(3, 7, 0, 5), b=(9, 6, 0, 1))
    assert reasons(cut, whole, budgets=(None, 24.5)) == {"a": (-7, "budget none → 24.5"), "b": (1, "forecast 5 → 6")}
    assert reasons(whole, cut, "es", budgets=(24.5, None))["a"] == (7, "presupuesto 24,5 → ninguno")
    assert reasons(whole, cut, budgets=(30, 90))["a"] == (7, "budget 30 → 90")
    assert reasons(cut, whole, budgets=(30, 30))["a"] == (-7, "budget 30")


def test_an_item_that_has_died_says_so():
    now = buy_list(a=(0, 0.2, 0, 5)).with_columns(exceptions=pl.Series([["dead"]]))
    assert reasons(now, buy_list(a=(4, 1, 0, 5)), budgets=(None, 30))["a"] == (-4, "not sold for a year")
    assert reasons(now, buy_list(a=(4, 1, 0, 5)), "es")["a"] == (-4, "sin ventas en un año")


def test_spanish_has_decimal_commas():
    assert reasons(buy_list(a=(5, 4.5, -2, 1)), buy_list(a=(7, 4, 0, 1)), "es")["a"][1] == "pronóstico 4 → 4,5, existencias 0 → −2"


def test_without_a_last_list_nothing_is_said():
    made = with_changes(buy_list(a=(5, 4, 0, 1)), None, "en", None)
    assert made.select("change", "change_reason").row(0) == (None, None)


def test_a_packed_list_comes_back_as_it_was():
    table = buy_list(**{"x\n{": (1, 2, 3, None)})
    kept = unpack_list(pack_list(table, "j", "t", 7.5))
    assert (kept.job, kept.made_at, kept.budget, kept.table["item"].to_list()) == ("j", "t", 7.5, ["x\n{"])
