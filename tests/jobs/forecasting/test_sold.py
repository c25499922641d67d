"""Sales to ask about: summed by item and day, net of returns, with the articles' last names."""

from datetime import date

import polars as pl

from jobs.forecasting.package import read_card
from jobs.forecasting.question_calendar import Span
from jobs.forecasting.sold import load_sold, sold_of_model
from jobs.memory_context import MemoryContext
from tests.jobs.forecasting.sales import add, monthly_sums

MARCH = Span(date(2026, 3, 1), date(2026, 3, 31), "month")


def table(rows, *names):
    kinds = {"date": pl.Date, "item": pl.String, "quantity": pl.Float64, "unit_price": pl.Float64, "item_name": pl.String}
    return pl.DataFrame(rows, schema={name: kinds[name] for name in ("date", "item", "quantity", *names)}, orient="row")


def test_lines_are_summed_net_of_returns_and_missing_quantities():
    ctx = MemoryContext()
    rows = [(date(2026, 3, 1), "a", 5.0, 10.0), (date(2026, 3, 1), "a", -2.0, 10.0), (date(2026, 3, 9), "a", None, 10.0),
            (date(2026, 3, 31), "b", 1.0, None), (date(2026, 4, 1), "b", 9.0, 1.0)]

    sold = load_sold(add(ctx, table(rows, "unit_price")))

    assert sold is not None
    assert sorted(sold.between(MARCH).iter_rows()) == [("a", 3.0, 30.0), ("b", 1.0, None)]
    assert (sold.first, sold.last, sold.sums) == (date(2026, 3, 1), date(2026, 4, 1), None)
    assert sold.begun(date(2026, 3, 30)) == {"a"}
    assert not sold.cuts(Span(date(2026, 3, 5), date(2026, 3, 6)))


def test_an_article_goes_by_its_last_name_and_prices_may_be_missing():
    ctx = MemoryContext()
    rows = [(date(2026, 3, 1), "a", 1.0, "Old"), (date(2026, 3, 2), "a", 1.0, "New"), (date(2026, 3, 3), "a", 1.0, None)]

    sold = load_sold(add(ctx, table(rows, "item_name")))

    assert sold is not None
    assert [(a.code, a.name, a.category) for a in sold.catalog.articles] == [("a", "New", None)]
    assert sold.between(MARCH)["revenue"].to_list() == [None]


def test_sums_by_month_cover_their_whole_month_and_cannot_be_cut():
    ctx = MemoryContext()

    sold = load_sold(add(ctx, monthly_sums(), "month", sums=True))

    assert sold is not None
    assert (sold.first, sold.last, sold.sums) == (date(2021, 1, 1), date(2023, 12, 31), "month")
    assert not sold.cuts(Span(date(2023, 1, 1), date(2023, 3, 31)))
    assert sold.cuts(Span(date(2023, 1, 1), date(2023, 3, 30)))


def test_a_data_set_that_was_asked_about_stays_in_memory_and_another_one_is_another():
    ctx = MemoryContext()
    first = add(ctx, table([(date(2026, 3, 1), "a", 1.0)]))
    second = add(MemoryContext(), table([(date(2026, 3, 1), "a", 2.0)]))

    assert load_sold(first) is load_sold(first)
    assert load_sold(second) is not load_sold(first)


def test_a_data_set_without_a_quantity_has_no_sales():
    assert load_sold(add(MemoryContext(), table([(date(2026, 3, 1), "a", None)]))) is None


def test_a_models_history_stands_in_for_sales_that_are_gone(trained):
    found = trained[0].model_version("empresa_900123456")

    sold = sold_of_model(found, read_card(found))

    year = monthly_sums().filter(pl.col("date").dt.year() == 2023)["quantity"].sum()
    assert abs(sold.between(Span(date(2023, 1, 1), date(2023, 12, 31)))["units"].sum() - year) < 1e-6
    assert (sold.sums, sold.last, len(sold.catalog.articles)) == ("month", date(2023, 12, 31), 4)


def test_each_article_knows_what_it_sold_in_all(trained):
    rows = [(date(2026, 3, 1), "a", 5.0), (date(2026, 3, 2), "a", -2.0), (date(2026, 3, 3), "b", None)]
    sold = load_sold(add(MemoryContext(), table(rows)))

    assert sold is not None
    assert [(a.code, a.sold) for a in sold.catalog.articles] == [("a", 3.0), ("b", 0.0)]
    found = trained[0].model_version("empresa_900123456")
    of_model = sold_of_model(found, read_card(found)).catalog.articles
    expected = dict(monthly_sums().group_by("item").agg(pl.col("quantity").sum()).iter_rows())
    assert {a.code: round(a.sold, 3) for a in of_model} == {code: round(units, 3) for code, units in expected.items()}
