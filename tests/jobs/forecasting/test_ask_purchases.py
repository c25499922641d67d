"""A purchase covers the days that were asked for, and an empty list says why it is empty."""

from datetime import date

import polars as pl
import pytest

from jobs.memory_context import MemoryContext
from tests.jobs.forecasting.sales import add, add_stock
from tests.jobs.forecasting.shop import COLUMNS, SOLD, again, ask_shop, sale_lines


@pytest.fixture
def shop(shop_that_knows) -> MemoryContext:
    return again(shop_that_knows)


def costless(ctx: MemoryContext) -> MemoryContext:
    fresh = again(ctx, datasets={name: d for name, d in ctx.datasets.items() if name != "sales"})
    add(fresh, pl.DataFrame(sale_lines(), schema=COLUMNS, orient="row").drop("unit_cost"))
    return fresh


def test_with_stock_a_purchase_lasts_from_today_to_the_end_of_the_month_asked_for(shop):
    december, january = (ask_shop(again(shop), f"qué debo comprar en {month}").data for month in ("diciembre", "enero"))

    assert (december["covers_from"], december["covers_to"]) == ("2026-11-26", "2026-12-31")
    assert (january["covers_from"], january["covers_to"]) == ("2026-11-26", "2027-01-31")
    assert january["quantity_total"] > december["quantity_total"]


def test_without_stock_a_purchase_covers_the_month_alone(shop_that_knows):
    datasets = {name: d for name, d in shop_that_knows.datasets.items() if name != "stock"}

    made = ask_shop(again(shop_that_knows, datasets=datasets), "qué debo comprar en enero de 2027").data

    assert (made["covers_from"], made["covers_to"]) == ("2027-01-01", "2027-01-31")


def test_a_purchase_says_that_codes_of_the_stock_are_none_of_the_articles(shop_that_knows):
    ctx = again(shop_that_knows, datasets=dict(shop_that_knows.datasets))
    add_stock(ctx, [{"item": SOLD[0].code.lower(), "on_hand": 1e6}], company="acme")

    for question in ("qué debo comprar en diciembre", "cuánto dinero necesito para las compras de diciembre"):
        said = ask_shop(again(ctx), question).explanation
        assert "códigos del inventario que no están en las ventas: 1 de 1; lo" in said
        assert f"«{SOLD[0].code.lower()}» es «{SOLD[0].code}»" in said


def test_an_empty_list_names_the_cost_or_the_money_and_not_the_stock(shop):
    unknown = ask_shop(costless(shop), "qué compro con 5 millones en diciembre")
    little = ask_shop(again(shop), "qué compro con 20 pesos en diciembre")

    assert "no sé el costo de ninguno" in unknown.explanation
    assert unknown.data["investment_total"] is None
    assert "no alcanza para el pedido de ninguno" in little.explanation


@pytest.mark.parametrize("question", ["qué compro con 5M en diciembre", "qué compro con 5 M para diciembre"])
def test_a_budget_that_cuts_the_list_says_what_is_left_out(shop, question):
    made = ask_shop(shop, question)

    assert made.understood.budget == 5_000_000
    assert made.data["items_left_out"] > 0
    whole = ask_shop(again(shop), "qué compro en diciembre").data["investment_total"]
    assert made.data["investment_total"] + made.data["investment_left_out"] == pytest.approx(whole)


@pytest.mark.parametrize(("question", "said"), [
    ("qué compro con 1000 pesos en diciembre", "El dinero no alcanza para nada de "),
    ("what should I buy in December with 1000 pesos", "Nothing is left for ")])
def test_articles_that_run_out_and_get_nothing_of_the_budget_are_named(shop, question, said):
    made = ask_shop(shop, question)

    got = {row["item"] for row in made.data["recommendations"]}
    bare = [article.name for article in SOLD if article.code not in got]
    assert bare
    sentence = made.explanation.partition(said)[2].partition(". ")[0]
    assert sentence.startswith(f"{len(bare)} art")
    assert any(name in sentence for name in bare)
    assert said not in ask_shop(again(shop), question.replace("1000", "100000000")).explanation


def test_a_budget_is_kept_within_a_category(shop):
    made = ask_shop(shop, "qué compro con 100 mil de la categoría construcción en diciembre").data

    assert 0 < made["investment_total"] <= 100_000
    assert {row["item"][:2] for row in made["recommendations"]} == {"A-"}


def test_a_foreign_currency_is_refused_and_old_sales_are_said_to_be_old(shop):
    foreign = ask_shop(shop, "qué compro con USD 2000")
    late = ask_shop(again(shop), "qué debo comprar el próximo mes", today=date(2027, 1, 20))

    assert (foreign.data, "Solo conozco los precios en COP" in foreign.explanation) == ({}, True)
    assert "tus ventas llegan hasta el 25 de noviembre de 2026" in late.explanation


def test_what_the_money_leaves_out_is_told_with_the_delivery_times_of_these_articles(shop_that_knows):
    # given money for some of the articles, all delivered in thirty days but for one of those that get nothing
    question = "qué compro con 1000 pesos en diciembre"
    ctx = again(shop_that_knows, datasets=dict(shop_that_knows.datasets))
    rows = [{"item": a.code, "on_hand": 0.0, "lead_time_days": 30.0} for a in SOLD]
    add_stock(ctx, rows, "even", company="acme")
    even = ask_shop(ctx, question, stock="even")
    bought = {row["item"] for row in even.data["recommendations"]}
    left = [row for row in rows if row["item"] not in bought][-1]
    add_stock(ctx, [{**row, "lead_time_days": 5.0} if row is left else row for row in rows], "mixed", company="acme")
    # when
    mixed = ask_shop(again(ctx), question, stock="mixed")
    # then
    assert {row["lead_time_days"] for row in mixed.data["recommendations"]} == {30.0}
    assert "más 30 días de entrega" in even.explanation.partition("por fuera")[2]
    assert "más los días de entrega de cada uno" in mixed.explanation.partition("por fuera")[2]
