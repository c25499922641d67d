"""What did not sell, in its many wordings, is told from what sold little and from limits that are denied."""

import pytest

from jobs.forecasting.question_numbers import Threshold
from jobs.forecasting.question_unsold import asks_for_unsold, sells_badly, with_denial
from tests.jobs.forecasting.test_question import read


@pytest.mark.parametrize("text", [
    "what sold nothing in 2026", "which items sold nothing", "how many articles sold nothing in 2026", "what hasn't sold this year",
    "what never sold in 2026", "which products did not move in 2026", "items with no movement in 2026", "what had zero sales last month",
    "which items have yet to sell this year", "articles without a single sale in 2026", "unsold items 2026", "which items sold 0 units in 2026",
    "que artículos no vendieron nada", "qué no se ha vendido este año", "artículos sin movimiento en 2026", "que articulos nunca se vendieron en 2026",
    "productos con cero ventas en 2026", "artículos que no han tenido ventas este año", "artículos que no registran ventas en 2026",
    "qué no se haya vendido este año", "qué no rotó en 2026", "productos sin una sola venta este año", "qué lleva 3 meses sin venderse", "productos sin demanda en 2026"])
def test_what_sold_nothing_is_a_list_of_those_without_sales_up_to_now(text: str) -> None:
    made = read(text)

    assert (made.intent, "unsold" in made.manner, made.past, made.done) == ("worst_sellers", True, True, True)
    assert (made.refused, made.mentions.unknown, made.unclear) == ((), (), ())


@pytest.mark.parametrize("text", [
    "what sells so little", "qué no se vende mucho", "no se vende casi", "what isn't selling well", "what did not sell more than A-101",
    "nothing sold better than paint", "no sales tax", "what sold nothing but paint"])
def test_what_sold_little_or_less_is_not_what_sold_nothing(text: str) -> None:
    assert not asks_for_unsold(text)


@pytest.mark.parametrize("text", ["what isnt selling well", "que no se vende bien", "which items are not moving fast", "lo que no se esta vendiendo mucho"])
def test_what_does_not_sell_well_is_no_best_seller(text: str) -> None:
    assert sells_badly(text)
    assert read(text).intent == "worst_sellers"


@pytest.mark.parametrize(("text", "relation", "value"), [
    ("which items did not sell more than 10 units in october", "less", 11.0), ("que no ha vendido al menos 10 unidades", "less", 10.0),
    ("what didn't sell less than 10 units in october", "more", 9.0), ("what sold more than 10 units", "more", 10.0)])
def test_a_limit_that_is_denied_is_turned_round(text: str, relation: str, value: float) -> None:
    made = read(text)

    assert made.threshold == Threshold(relation, value, "units")  # type: ignore[arg-type]
    assert "unsold" not in made.manner


def test_a_limit_of_money_that_is_denied_keeps_its_amount() -> None:
    assert with_denial("did not sell ⟨m⟩", Threshold("more", 5e6, "money"), "did not sell more than 5 million") == Threshold("less", 5e6, "money")
