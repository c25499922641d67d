"""Averages, sums by category and what no answer has are told apart."""

import pytest

from jobs.forecasting.question_parts import parts_of, sets_apart, topic_of
from tests.jobs.forecasting.test_question import read


@pytest.mark.parametrize(("marked", "manner"), [
    ("promedio mensual de ventas de ⟦⟧ ⟨p⟩", "per_month"), ("average daily sales ⟨p⟩", "per_day"), ("cuanto vendimos por semana en ⟨p⟩", "per_week"),
    ("how much do we sell a month", "per_month"), ("sales by category ⟨p⟩", "by_category"), ("ventas por categoria ⟨p⟩", "by_category")])
def test_averages_and_sums_by_category_are_read(marked: str, manner: str) -> None:
    assert parts_of(marked, "demand") == (frozenset({manner}), ())


@pytest.mark.parametrize(("marked", "intent", "part"), [
    ("ventas por mes de ⟨p⟩", "demand", "by_period"), ("monthly sales ⟨p⟩", "demand", "by_period"), ("cuanto vendimos en promedio", "demand", "average"),
    ("average price of ⟦⟧", "demand", "average"), ("que mes vendimos mas", "top_sellers", "best_period"), ("what % of sales were ⟦⟧", "demand", "share"),
    ("que porcentaje vendio ⟦⟧", "demand", "share"), ("que debo comprar por categoria", "purchase_list", "by_group"),
    ("ventas por proveedor ⟨p⟩", "demand", "by_group"), ("promedio de los mas vendidos", "top_sellers", "average")])
def test_what_no_answer_has_is_named(marked: str, intent, part: str) -> None:
    assert parts_of(marked, intent)[1] == (part,)


@pytest.mark.parametrize(("marked", "intent"), [
    ("cuanto vendimos ⟨p⟩", "demand"), ("los mas vendidos de la categoria ⟦⟧ ⟨p⟩", "top_sellers"), ("sales of category ⟦⟧ ⟨p⟩", "demand"),
    ("crecio el % de ventas ⟨p⟩", "compare_periods"), ("pedido mensual", "purchase_list"), ("que debo comprar ⟨p⟩", "purchase_list")])
def test_plain_questions_have_neither(marked: str, intent) -> None:
    assert parts_of(marked, intent) == (frozenset(), ())


@pytest.mark.parametrize(("marked", "part"), [
    ("cual es el margen de ⟦⟧", "margin"), ("who is the best supplier", "supplier"), ("precio de ⟦⟧", "price"), ("por que bajaron las ventas", "why"),
    ("mejor dia de ventas", "best_period")])
def test_a_question_that_cannot_be_answered_is_told_by_its_topic(marked: str, part: str) -> None:
    assert topic_of(marked) == (part,)


def test_a_question_of_no_known_topic_has_none() -> None:
    assert topic_of("cuentame un chiste") == ()


def test_a_choice_of_two_is_set_apart_from_a_ranking() -> None:
    assert sets_apart("cual se vende mas , ⟦⟧ o ⟦⟧")
    assert not sets_apart("los mas vendidos de ⟦⟧ y ⟦⟧")


@pytest.mark.parametrize(("text", "refused"), [
    ("what do I need to buy from Pintuco", ("supplier",)), ("qué le pido a Corona este mes", ("supplier",)), ("should I buy a house", ()),
    ("artículos nuevos este año", ("newcomer",)), ("qué artículos tengo de sobra", ("overstock",)), ("which items are overstocked", ("overstock",))])
def test_suppliers_new_articles_and_what_is_too_much_are_refused_by_name(text: str, refused: tuple[str, ...]) -> None:
    assert read(text).refused == refused
