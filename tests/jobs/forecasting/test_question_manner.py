"""How an answer is wanted shows in a few words; which currency, too."""

import pytest

from jobs.forecasting.question_manner import currency_in
from tests.jobs.forecasting.test_question import read


@pytest.mark.parametrize(("text", "manner"), [
    ("¿Cuánto stock tengo de A-101?", {"on_hand"}), ("how much A-101 do I have in stock", {"on_hand"}), ("cuánto me dura A-101", set()),
    ("are we going to be out of stock of A-101 next week", set()), ("nos quedamos sin existencias de A-101", set()),
    ("top 3 por ventas en pesos", {"by_money"}), ("best sellers by revenue", {"by_money"}), ("best sellers", set()),
    ("qué artículos no se vendieron en 2026", {"unsold"}), ("which articles did not sell in 2026", {"unsold"}),
    ("construcción vs pinturas en 2026", {"groups"}), ("compara construcción este mes con el mes pasado", set())])
def test_the_manner_of_an_answer_is_read(text: str, manner: set[str]) -> None:
    assert read(text).manner == manner


def test_a_currency_is_known_by_its_names() -> None:
    assert currency_in("con usd 2000") == {"USD"}
    assert "COP" in (currency_in("con 2000 pesos") or ())
    assert currency_in("con $ 2000") is None


@pytest.mark.parametrize(("text", "budget"), [
    ("qué compro con 5M", 5e6), ("tengo 2,5 m para comprar", 2.5e6), ("what should I buy with 5k?", 5e3), ("qué compro con 5 mil", 5e3),
    ("qué compro con 2,5 millones", 2.5e6), ("cuánta manguera con 15 m debo comprar", None)])
def test_short_forms_of_money_are_read_and_lengths_are_not(text: str, budget: float | None) -> None:
    assert read(text).understood.budget == budget


@pytest.mark.parametrize("text", ["How many units of 11111442 did we sell in 2025?", "cuánto se vende de 1111441 en diciembre"])
def test_an_unknown_code_of_digits_is_no_question_about_the_whole_shop(text: str) -> None:
    made = read(text)

    assert (made.intent, made.understood.items, len(made.mentions.unknown)) == ("demand", (), 1)


def test_a_code_of_digits_that_is_nearly_one_brings_it_as_a_candidate() -> None:
    assert "7702001" in {c.article.code for c in read("ventas de 7702009 en mayo").mentions.candidates}


@pytest.mark.parametrize(("text", "whole"), [
    ("total sales ever", True), ("best sellers of all time", True), ("los más vendidos de la historia", True), ("ventas desde siempre", True),
    ("ventas totales desde que abrimos", True), ("items that hardly ever sell", False), ("all the sales of May", False),
    ("ventas desde el inicio del año", False)])
def test_all_that_is_known_may_be_asked_for(text: str, whole: bool) -> None:
    assert ("all_time" in read(text).manner) is whole
