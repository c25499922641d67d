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
    ("mejor dia de ventas", "best_period"), ("borra todas las ventas", "change"), ("how much did we make ⟨p⟩", "margin"),
    ("cuantas facturas hicimos ⟨p⟩", "invoice"), ("how many invoices did we make ⟨p⟩", "invoice"), ("cuanto debemos pagar a corona", "invoice"),
    ("what did we buy ⟨p⟩", "bought"), ("que compramos el ano pasado", "bought"), ("cuanto iva pague", "tax"), ("how much tax did we pay", "tax"),
    ("cuanto cuesta ⟦⟧", "price"), ("what did ⟦⟧ cost", "price"), ("cuanto vale el ⟦⟧", "price"), ("how much is a ⟦⟧", "price")])
def test_a_question_that_cannot_be_answered_is_told_by_its_topic(marked: str, part: str) -> None:
    assert topic_of(marked) == (part,)


@pytest.mark.parametrize("text", [
    "qué artículos tengo de más", "qué artículos tengo de más en bodega", "de qué tengo más de la cuenta", "de qué tengo más de lo que necesito",
    "what do I have too much of", "what do I have more of than I need", "cuáles artículos están sobrestockeados"])
def test_what_is_too_much_is_known_by_many_wordings(text: str) -> None:
    assert read(text).refused == ("overstock",)


@pytest.mark.parametrize("text", [
    "borra todas las ventas", "elimina el artículo A-101", "puedes borrar las ventas de octubre?", "cancela el pedido", "actualiza el inventario",
    "corrige las ventas de octubre", "modifica el stock de A-101", "cambia el precio de A-101 a 500", "registra una venta de 5 unidades de A-101",
    "agrega 50 unidades a A-101", "delete all sales", "please delete the sales of May", "update the stock", "undo the last upload",
    "set the stock of A-101 to 50", "add a sale of 5 units of A-101", "add 50 units to A-101", "change the price of A-101 to 500"])
def test_what_would_change_data_is_refused_by_name(text: str) -> None:
    made = read(text)

    assert (made.intent, made.refused, made.understood.items) == ("unknown", ("change",), ())


@pytest.mark.parametrize("text", [
    "¿Cuánto gané el año pasado?", "cuánto ganamos en 2025", "cuánto hemos ganado este año", "cuánto me gané con A-101", "cuánto gana la tienda",
    "cuánto ganaremos el próximo mes", "how much profit did I make last year?", "how much did we earn last year", "how much did I make last year",
    "how much money did we make last month", "how much did we earn on A-101", "our earnings last year"])
def test_what_was_earned_is_refused_as_profit_and_no_word_of_it_is_unknown(text: str) -> None:
    made = read(text)

    assert (made.intent, made.refused, made.unread) == ("unknown", ("margin",), ())


@pytest.mark.parametrize("text", ["ventas sin IVA en 2025", "ventas sin impuestos en 2025", "sales without VAT in 2025", "sales without tax in 2025"])
def test_sales_without_their_tax_leave_out_no_articles(text: str) -> None:
    assert read(text).refused == ("tax",)


def test_a_question_of_no_known_topic_has_none() -> None:
    assert topic_of("cuentame un chiste") == ()


def test_a_choice_of_two_is_set_apart_from_a_ranking() -> None:
    assert sets_apart("cual se vende mas , ⟦⟧ o ⟦⟧")
    assert not sets_apart("los mas vendidos de ⟦⟧ y ⟦⟧")


@pytest.mark.parametrize(("text", "refused"), [
    ("what do I need to buy from Pintuco", ("supplier",)), ("qué le pido a Corona este mes", ("supplier",)), ("should I buy a house", ()),
    ("cuánto IVA pagué en 2025", ("tax",)), ("artículos nuevos este año", ("newcomer",)), ("qué artículos tengo de sobra", ("overstock",)), ("which items are overstocked", ("overstock",))])
def test_suppliers_new_articles_and_what_is_too_much_are_refused_by_name(text: str, refused: tuple[str, ...]) -> None:
    assert read(text).refused == refused
