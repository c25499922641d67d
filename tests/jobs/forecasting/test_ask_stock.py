"""What is there, what is out and what will be: by the same rule as the buy list, the largest loss first."""

import polars as pl
import pytest

from jobs.forecasting import recommend
from jobs.memory_context import MemoryContext
from tests.jobs.forecasting.sales import add, recommend_params
from tests.jobs.forecasting.shop import SOLD, again, ask_shop


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


def test_what_runs_out_before_a_delivery_is_the_stockout_of_the_buy_list(shop):
    made = ask_shop(shop, "¿Qué se va a agotar?").data
    listed = recommend.run(recommend_params(), again(shop))

    assert made["items_before_delivery"] == listed.exceptions["stockout"]


@pytest.mark.parametrize(("question", "units"), [
    ("¿Cuánta arena de río bulto tengo en bodega?", 3.0), ("how much stock do I have of A-103?", 3.0), ("existencias de A-103", 3.0)])
def test_what_is_on_hand_comes_from_the_stock_file(shop, question, units):
    made = ask_shop(shop, question)

    assert (made.intent, made.data["on_hand"], made.data["on_order"]) == ("stockout_risk", units, 0.0)
