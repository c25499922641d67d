"""Averages and sums by category agree with sums over the lines of sales themselves; refusals name the part."""

from collections import defaultdict
from datetime import date

import pytest

from jobs.memory_context import MemoryContext
from tests.jobs.forecasting.shop import LAST, SOLD, again, ask_shop, open_shop, sale_lines, sold_between

PAINTS = tuple(a.code for a in SOLD if a.category == "Pinturas")
OTHERS = tuple(a.code for a in SOLD if a.category != "Pinturas")
OCTOBER = date(2026, 10, 1), date(2026, 10, 31)


@pytest.fixture(scope="module")
def shop() -> MemoryContext:
    return open_shop()


@pytest.fixture
def ctx(shop: MemoryContext) -> MemoryContext:
    return again(shop)


def test_an_average_is_the_total_by_the_number_of_days_weeks_or_whole_months(ctx: MemoryContext) -> None:
    october = sold_between(*OCTOBER)

    assert ask_shop(ctx, "¿cuánto vendimos por día en octubre?").data["average"] == pytest.approx(october / 31, abs=0.01)
    assert ask_shop(ctx, "average weekly sales in October 2026").data["average"] == pytest.approx(october / 31 * 7, abs=0.01)


def test_a_monthly_average_of_a_year_that_is_going_on_is_of_its_whole_months(ctx: MemoryContext) -> None:
    made = ask_shop(ctx, "promedio mensual de ventas de pinturas en 2026")

    assert made.data["average"] == pytest.approx(sold_between(date(2026, 1, 1), OCTOBER[1], *PAINTS) / 10, abs=0.01)
    assert (made.data["start"], made.data["end"], made.data["periods"]) == ("2026-01-01", "2026-10-31", 10.0)
    assert "por mes" in made.explanation


def test_a_monthly_average_of_less_than_a_month_is_refused(ctx: MemoryContext) -> None:
    made = ask_shop(ctx, "average monthly sales from 5 to 20 October 2026")

    assert made.data == {}
    assert "no whole known month" in made.explanation


def test_categories_are_summed_and_ranked(ctx: MemoryContext) -> None:
    category = {a.code: a.category for a in SOLD}
    sums: dict[str | None, float] = defaultdict(float)
    for line in sale_lines():
        if OCTOBER[0] <= line[0] <= OCTOBER[1]:
            sums[category[line[1]]] += line[4]
    made = ask_shop(ctx, "which category sold the most in October 2026?")

    assert [(row["item_name"], row["units"]) for row in made.data["items"]] == sorted(sums.items(), key=lambda pair: -pair[1])


def test_of_two_categories_the_one_that_sells_more_comes_first(ctx: MemoryContext) -> None:
    made = ask_shop(ctx, "¿Qué se vendió más en octubre, pinturas o alimentos?")

    assert [row["item_name"] for row in made.data["items"]] == ["Alimentos", "Pinturas"]


@pytest.mark.parametrize(("question", "said"), [
    ("¿Cuánto vendimos en octubre de 2026 sin contar Pinturas?", "sin contar la categoría Pinturas"),
    ("How much did we sell in October 2026 except Pinturas?", "leaving out the category Pinturas"),
    ("todo menos Pinturas: ventas de octubre de 2026", "sin contar la categoría Pinturas")])
def test_what_is_left_out_is_not_counted_and_said(ctx: MemoryContext, question: str, said: str) -> None:
    made = ask_shop(ctx, question)

    assert made.data["units"] == pytest.approx(sold_between(*OCTOBER, *OTHERS))
    assert said in made.explanation
    assert made.understood.excluded == PAINTS


@pytest.mark.parametrize("question", [
    "Qué compro en diciembre con 5 millones menos Pinturas", "What should I buy in December with 5 million, but not Pinturas",
    "los más vendidos de octubre que no sean de Pinturas", "qué se va a agotar sin contar Pinturas"])
def test_lists_have_no_article_that_is_left_out(ctx: MemoryContext, question: str) -> None:
    made = ask_shop(ctx, question)
    listed = {row["item"] for row in made.data.get("recommendations", made.data.get("items", []))}

    assert listed
    assert listed <= set(OTHERS)


@pytest.mark.parametrize(("question", "said"), [
    ("¿Cuánto vendimos en octubre en dólares?", "COP"), ("los 3 más vendidos en euros este año", "COP"), ("forecast for December in USD", "COP"),
    ("how much did we sell in May in thousands of US dollars", "COP"), ("ventas de mayo en pesos mexicanos", "COP"),
    ("ventas de octubre sin contar zapatos", "dejar por fuera"), ("ventas de 2026 sin contar octubre", "dejar por fuera"),
    ("ventas por mes de 2026", "cada período"), ("¿Qué mes vendimos más?", "qué día, mes o año"), ("what % of sales were Pinturas in 2026?", "percentages"),
    ("ventas sin Pinturas ni Ferretería ni Construcción ni Alimentos", "ningún artículo"), ("cuánto vendimos en promedio", "Promedios"),
    ("¿cuál es el margen de la panela?", "márgenes"), ("who is the best supplier?", "suppliers"), ("¿por qué bajaron las ventas?", "por qué")])
def test_what_cannot_be_answered_is_refused_by_its_name_and_without_a_number(ctx: MemoryContext, question: str, said: str) -> None:
    made = ask_shop(ctx, question)

    assert made.data == {}
    assert said in made.explanation


def test_the_currency_of_the_company_is_no_other(ctx: MemoryContext) -> None:
    assert ask_shop(ctx, "ventas de octubre en pesos").data["units"] == pytest.approx(sold_between(*OCTOBER))


def test_the_days_that_are_averaged_end_where_the_sales_end(ctx: MemoryContext) -> None:
    made = ask_shop(ctx, "cuánto hemos vendido por día este mes")

    assert made.data["end"] == LAST.isoformat()
    assert made.data["average"] == pytest.approx(sold_between(date(2026, 11, 1), LAST) / 25, abs=0.01)
