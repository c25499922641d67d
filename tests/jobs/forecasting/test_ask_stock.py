"""What is there, what is out and what will be: by the same rule as the buy list, the largest loss first."""

import polars as pl
import pytest

from jobs.forecasting import recommend
from jobs.forecasting.ask_stock import _waiting
from jobs.memory_context import MemoryContext
from tests.jobs.forecasting.sales import add, recommend_params
from tests.jobs.forecasting.shop import SOLD, TODAY, again, ask_shop


@pytest.fixture
def shop(shop_that_knows) -> MemoryContext:
    """The first two articles are out of stock, the last lasts for ever."""
    ctx = again(shop_that_knows, datasets=dict(shop_that_knows.datasets))
    there = [0.0, 0.0, *(float(n) for n in range(3, len(SOLD))), 1e6]
    add(ctx, pl.DataFrame({"item": [a.code for a in SOLD], "on_hand": there}), name="stock", kind="stock", company="acme")
    return ctx


def test_an_empty_shelf_is_out_and_apart_from_what_runs_out(shop):
    made = ask_shop(shop, "¿Qué se va a agotar?")

    assert (made.data["items_at_risk"], made.data["items_empty"]) == (12, 2)
    assert all(row["runs_out"] for row in made.data["items"])
    assert "Ya están agotados 2 artículos" in made.explanation
    losses = [row["lost"] for row in made.data["items"]]
    assert losses == sorted(losses, reverse=True)


@pytest.fixture
def ordered(shop_that_knows) -> MemoryContext:
    """The first article is empty with more on order than sells in a year, the second with ten days' sales; the third has ten days' sales."""
    ctx = again(shop_that_knows, datasets=dict(shop_that_knows.datasets))
    there = [0.0, 0.0, 250.0, *(1e6 for _ in SOLD[3:])]
    coming = [1e5, 200.0, *(0.0 for _ in SOLD[2:])]
    add(ctx, pl.DataFrame({"item": [a.code for a in SOLD], "on_hand": there, "on_order": coming}), name="stock", kind="stock", company="acme")
    return ctx


def test_an_empty_shelf_with_an_order_coming_is_empty_now_in_the_text_and_in_its_row(ordered):
    made = ask_shop(ordered, "¿Qué se va a agotar?")
    rows = {row["item"]: row for row in made.data["items"]}
    first, second = (rows[a.code] for a in SOLD[:2])

    assert (made.data["items_at_risk"], made.data["items_empty"]) == (3, 2)
    assert f"{SOLD[0].name} (100.000 en camino)" in made.explanation
    assert f"{SOLD[1].name} (200 en camino)" in made.explanation
    for row in (first, second):
        assert (row["empty"], row["days_of_stock"], row["runs_out_on"]) == (True, None, None)
    assert rows[SOLD[2].code]["runs_out_on"] > str(TODAY)
    there = ask_shop(again(ordered), f"existencias de {SOLD[1].code}").explanation
    assert "vienen 200 en camino" in there
    assert "Alcanzan" not in there
    # and what is asked of the article alone is the same
    alone = ask_shop(again(ordered), f"¿Cuándo se agota {SOLD[0].code}?").explanation
    assert f"Ya está agotado: {SOLD[0].name} (100.000 en camino)." in alone


@pytest.mark.parametrize(("question", "said"), [
    ("¿Cuántos días de stock tengo de A-103?", "{name} alcanza para unos {days} días, hasta cerca del "),
    ("How many days of stock do we have of A-103?", "{name} lasts for about {days} days, until around "),
    ("¿Cuándo se agota A-103?", "{name} alcanza para unos {days} días, hasta cerca del ")])
def test_how_long_an_article_lasts_is_told_in_days_and_by_the_day(ordered, question, said):
    (row,) = (made := ask_shop(again(ordered), question)).data["items"]

    assert 7 <= row["days_of_stock"] <= 14
    assert said.format(name=row["item_name"], days=round(row["days_of_stock"])) in made.explanation


def test_what_the_buy_list_does_not_mark_can_wait_for_its_true_reason(ordered):
    made = ask_shop(ordered, "¿Qué se va a agotar?")

    assert made.data["items_before_delivery"] == 0
    assert ("La lista de compras no marca ninguno «se agota»: a 2 lo más probable es que les alcance hasta entonces con lo que viene en "
            "camino; a 1 lo más probable es que le alcance hasta entonces con lo que hay.") in made.explanation
    assert "se venden tan poco" not in made.explanation


def test_what_it_marks_is_told_apart_from_the_others(shop_that_knows):
    # given that a delivery takes a week, and the first article has less than a week's sales
    ctx = again(shop_that_knows, datasets=dict(shop_that_knows.datasets))
    there = [20.0, 200.0, *(1e6 for _ in SOLD[2:])]
    add(ctx, pl.DataFrame({"item": [a.code for a in SOLD], "on_hand": there}), name="stock", kind="stock", company="acme")

    made = ask_shop(ctx, "what will run out?")

    assert made.data["items_before_delivery"] == 1
    assert ("1 will most likely lack units before a delivery ordered today arrives: the buy list marks it “will run out”. It does not mark "
            "the others: for 1, what is there is most likely enough until then.") in made.explanation


def test_an_empty_shelf_without_an_order_that_is_not_marked_hardly_ever_sells():
    rows = pl.DataFrame({"on_hand": [0.0, 0.0, 5.0, 0.0], "on_order": [0.0, 9.0, 0.0, 0.0], "before_delivery": [False, False, False, True]})

    assert _waiting(rows) == {"coming": 1, "there": 1, "rare": 1}


def test_a_forecast_of_other_days_than_its_neighbours_stands_in_no_row(shop):
    assert all("forecast" not in row for row in ask_shop(shop, "¿Qué se va a agotar?").data["items"])


def test_what_runs_out_before_a_delivery_is_the_stockout_of_the_buy_list(shop):
    made = ask_shop(shop, "¿Qué se va a agotar?").data
    listed = recommend.run(recommend_params(), again(shop))

    assert made["items_before_delivery"] == listed.exceptions["stockout"]


@pytest.mark.parametrize(("question", "units"), [
    ("¿Cuánta arena de río bulto tengo en bodega?", 3.0), ("how much stock do I have of A-103?", 3.0), ("existencias de A-103", 3.0)])
def test_what_is_on_hand_comes_from_the_stock_file(shop, question, units):
    made = ask_shop(shop, question)

    assert (made.intent, made.data["on_hand"], made.data["on_order"]) == ("stockout_risk", units, 0.0)


@pytest.fixture
def partly(shop_that_knows) -> MemoryContext:
    """A stock whose first codes a spreadsheet changed, with the others as they are; much of everything but the last, which is out."""
    ctx = again(shop_that_knows, datasets=dict(shop_that_knows.datasets))
    codes = [a.code.lower() if n < 3 else a.code for n, a in enumerate(SOLD)]
    there = pl.DataFrame({"item": codes, "on_hand": [*(1e6 for _ in SOLD[1:]), 0.0]})
    add(ctx, there, name="stock", kind="stock", company="acme")
    return ctx


def test_what_the_stock_file_does_not_have_is_not_out_but_unknown(partly):
    made = ask_shop(partly, "¿Qué se va a agotar?")

    assert [row["item"] for row in made.data["items"]] == [SOLD[-1].code]
    assert (made.data["items_at_risk"], made.data["items_empty"], made.data["items_not_in_stock"]) == (1, 1, 3)
    assert "No sé cuánto hay de 3 artículos que no están en el inventario que subiste: " in made.explanation
    assert f"«{SOLD[0].code.lower()}» es «{SOLD[0].code}» en las ventas" in made.explanation


@pytest.mark.parametrize(("question", "counted", "as_out"), [
    ("What will run out?", "How much there is of items that are not in the stock data is not known, so none of them counts as running out: 3.", False),
    ("¿Qué se va a agotar?", "ninguno de ellos cuenta como agotado: 3.", False),
    ("What should I buy?", "Items that are not in the stock data count as 0 on hand and 0 on order: 3.", True)])
def test_an_answer_takes_for_granted_of_what_the_stock_file_does_not_have_what_it_counts(partly, question, counted, as_out):
    made = ask_shop(partly, question).data

    assert any(said.endswith(counted) for said in made["assumptions"])
    assert any("count as 0 on hand" in said or "cuentan con 0" in said for said in made["assumptions"]) == as_out


def test_of_an_article_that_the_stock_file_does_not_have_no_day_is_told(partly):
    for question in (f"¿cuánto hay de {SOLD[0].code}?", f"¿cuándo se agota {SOLD[0].code}?"):
        made = ask_shop(again(partly), question)
        (row,) = made.data["items"]
        assert (row["on_hand"], row["days_of_stock"], row["runs_out_on"]) == (None, None, None)
        assert f"{SOLD[0].name} no está en el inventario" in made.explanation
        assert "códigos del inventario que no están en las ventas: 3 de 13" in made.explanation


def test_where_the_stock_file_has_none_of_the_articles_nothing_is_said_to_last(shop_that_knows):
    ctx = again(shop_that_knows, datasets=dict(shop_that_knows.datasets))
    add(ctx, pl.DataFrame({"item": ["x", "y"], "on_hand": [5.0, 5.0]}), name="stock", kind="stock", company="acme")

    made = ask_shop(ctx, "What will run out?", language="en")

    assert "codes of the stock file that are not in the sales: 2 of 2; I" in made.explanation
    assert "Nothing runs out" not in made.explanation
    assert f"what is there of {len(SOLD)} articles" in made.explanation
