"""What a list adds up to, by sums done by hand."""

from datetime import date

import polars as pl

from jobs.forecasting.item_classes import learn_facts
from jobs.forecasting.list_totals import cut_by_budget, emptied_by_budget, list_totals, with_missing, year_orders


def table(**given):
    columns = {"item": ["a", "b", "c"], "quantity": [96.0, 5.0, 0.0], "unit_cost": [2.0, None, 1.0], "investment": [192.0, 0.0, 0.0],
               "forecast": [120.0, 4.0, 10.0], "safety_stock": [34.0, 1.0, 2.0], "on_hand": [60.0, 0.0, 50.0], "on_order": [0.0, 0.0, 0.0],
               "order_up_to_level": [154.0, 5.0, 12.0], "minimum_order_quantity": [0.0, 0.0, 0.0], "pack_size": [12.0, 1.0, 1.0],
               "lead_time_days": [30.4, 0.0, 7.0], "exceptions": [[], ["no_cost"], ["overstock"]]} | given
    return pl.DataFrame(columns, schema_overrides={"exceptions": pl.List(pl.String), "unit_cost": pl.Float64})


def test_only_lines_that_buy_count():
    made = list_totals(table(), review_period_days=30.4)
    assert (made.forecast, made.safety_stock, made.on_hand, made.on_order) == (124.0, 35.0, 60.0, 0.0)
    assert (made.rounding, made.cut, made.quantity, made.investment) == (2.0, 0.0, 101.0, 192.0)


def test_cover_is_what_there_will_be_over_the_forecast_of_a_month():
    # 120 units in two months and 4 in one are 64 a month
    assert list_totals(table(), review_period_days=30.4).months_of_cover == round((60 + 101) / 64, 1)
    assert list_totals(table(forecast=[0.0, 0.0, 0.0]), review_period_days=30.4).months_of_cover is None


def test_what_a_budget_left_out_is_cut():
    short = table(quantity=[48.0, 0.0, 0.0])
    assert list_totals(short, review_period_days=30.4).cut == 48.0
    assert cut_by_budget(short) == 2
    assert cut_by_budget(table()) == 0


def test_what_runs_out_and_gets_nothing_is_named():
    out = {"item_name": ["Bolt", "Nut", None], "unit_cost": [2.0, 3.0, 1.0], "on_hand": [0.0, 0.0, 0.0]}
    short = table(quantity=[0.0, 5.0, 0.0], exceptions=[["stockout"], ["stockout"], ["stockout"]], **out)
    assert emptied_by_budget(short) == ["Bolt", "c"]
    assert emptied_by_budget(table(quantity=[0.0, 0.0, 0.0], item_name=["Bolt", "Nut", None])) == []


def test_dead_items_are_not_wanted():
    assert with_missing(table(exceptions=[["dead"], [], []]))["wanted"].to_list() == [0.0, 5.0, 0.0]


def test_no_known_cost_is_no_investment_of_0():
    assert list_totals(table(unit_cost=[None, None, None]), review_period_days=30.4).investment is None
    assert list_totals(table(quantity=[0.0, 0.0, 0.0], investment=[0.0, 0.0, 0.0]), review_period_days=30.4).investment == 0.0


def year_facts():
    """Of a 60 and of b 4.8 were sold in a year; c is known for half of one, in which 6 were sold."""
    months = [date(2023 + n // 12, n % 12 + 1, 1) for n in range(24)]
    sold = {"a": [5.0] * 24, "b": [0.4] * 24, "c": [1.0] * 6}
    history = pl.DataFrame([{"unique_id": item, "ds": ds, "y": y} for item, ys in sold.items()
                            for ds, y in zip(months[-len(ys):], ys, strict=True)])
    return learn_facts(history, "month", pl.DataFrame(schema={"unique_id": pl.String, "ds": pl.Date}))


def test_a_year_is_looked_at_only_where_it_is_known():
    names = ["Bolt", None, "Nut"]
    assert year_orders(table(item_name=names), year_facts(), "month") == {"safety": ["Bolt", "b"]}
    assert year_orders(table(item_name=names, quantity=[60.0, 4.0, 7.0]), year_facts(), "month") == {}


def test_an_order_of_more_than_a_year_is_put_down_to_what_makes_it_so_large():
    # a has 40 units missing of the 60 of a year, and the least order is 100; b has 5 missing of 4.8, of which 0.1 are safety stock
    least = table(item_name=["Bolt", "Nut", None], quantity=[100.0, 5.0, 0.0], order_up_to_level=[100.0, 5.0, 12.0], safety_stock=[34.0, 0.1, 2.0],
                  minimum_order_quantity=[100.0, 0.0, 0.0], pack_size=[1.0, 1.0, 1.0])
    assert year_orders(least, year_facts(), "month") == {"smallest": ["Bolt"], "expected": ["Nut"]}
    packs = table(item_name=["Bolt", "Nut", None], quantity=[100.0, 0.0, 0.0], order_up_to_level=[100.0, 5.0, 12.0], pack_size=[100.0, 1.0, 1.0])
    assert year_orders(packs, year_facts(), "month") == {"smallest": ["Bolt"]}
