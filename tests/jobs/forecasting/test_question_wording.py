"""What is left unsaid, bought by customers or put into goods is said in the words that the reading knows."""

import pytest

from jobs.forecasting.question_wording import reworded, with_this_one, with_unit
from tests.jobs.forecasting.test_question import read


@pytest.mark.parametrize(("text", "written"), [
    ("el primer semestre con las del segundo", "el primer semestre con las del segundo semestre"),
    ("first quarter against the second", "first quarter against the second quarter"), ("mayo del 25", "mayo del 2025"),
    ("mayo del 25 al 28", "mayo del 25 al 28"), ("para medio ano", "para 6 meses")])
def test_what_a_time_leaves_unsaid_is_written_out(text, written):
    assert with_unit(text) == written


@pytest.mark.parametrize(("text", "written"), [
    ("la semana pasada vendimos mas que esta", "la semana pasada vendimos mas que esta semana"),
    ("vendimos menos el trimestre pasado que en este de panela", "vendimos menos el trimestre pasado que en este trimestre de panela"),
    ("did we sell more last month than this one", "did we sell more last month than this month"),
    ("last week vs this", "last week vs this week"), ("octubre fue mejor que este", "octubre fue mejor que este mes"),
    ("vendimos mas en 2025 que en este o menos", "vendimos mas en 2025 que en este ano o menos"),
    ("q 3 was better than this one for tyres", "q 3 was better than this quarter for tyres")])
def test_this_one_is_the_unit_of_the_period_before_it(text, written):
    assert with_this_one(text) == written


@pytest.mark.parametrize("text", [
    "que producto esta en riesgo", "vendimos mas que esta", "que se vende mas en octubre y como esta", "more last month than this shop",
    "el mes pasado vendimos mas que esta semana"])
def test_what_is_no_period_left_unsaid_stays_as_it_is(text):
    assert with_this_one(text) == text


@pytest.mark.parametrize(("text", "written"), [
    ("how many ⟦2⟧ did customers buy in may", "how many ⟦2⟧ did we sell in may"), ("what do people buy the most", "what do we sell the most"),
    ("what are our customers going to buy most", "what are we going to sell most"),
    ("how many ⟦2⟧ were bought by customers", "how many ⟦2⟧ were sold"), ("units our customers took in may", "units we sold in may"),
    ("what customers bought last month", "what we sold last month"), ("cuantas ⟦2⟧ compraron los clientes", "cuantas ⟦2⟧ vendimos"),
    ("que se llevaron mas los clientes en mayo", "que vendimos mas en mayo"), ("lo que mas compra la gente", "lo que mas vendemos"),
    ("cuanto compraron de ⟦2⟧ nuestros clientes", "cuanto vendimos de ⟦2⟧"), ("cuanto ⟦2⟧ nos compraron", "cuanto ⟦2⟧ vendimos"),
    ("lo que mas me piden", "lo que mas vendemos"),
    ("cuanto van a comprar los clientes", "cuanto vamos a vender"), ("lo que los clientes mas piden", "lo que mas vendemos")])
def test_what_people_buy_is_what_is_sold(text, written):
    assert reworded(text) == written


@pytest.mark.parametrize("text", [
    "how many customers bought cement", "which customers bought the most", "what customers bought cement in may", "who are the customers buying cement",
    "how many of our customers bought paint", "what do our best customers buy", "what do customers buy together with coffee",
    "how many did customers from bogota buy", "how much did customers spend", "when do customers buy most", "que clientes compraron mas",
    "cuantos clientes compraron cemento", "cuantos de los clientes compraron cemento", "cuanto compraron los clientes nuevos",
    "que compran los clientes junto con el cafe", "a que hora compran mas los clientes", "quien nos compro mas", "cuanto deben los clientes"])
def test_who_buys_how_is_not_what_is_sold(text):
    assert reworded(text) == text
    assert read(text).intent == "unknown"


@pytest.mark.parametrize(("text", "written"), [
    ("cuanta plata toca meterle a pinturas", "cuanta plata toca invertir a pinturas"), ("cuanto le pongo a pinturas", "cuanto le invertir a pinturas"),
    ("cuanto dinero hay que echarle al inventario", "cuanto dinero hay que invertir al inventario"),
    ("how much should we put into paint", "how much should we invest in paint"), ("what do we lay out for paint", "what do we spend for paint"), ("how much money will we sink into paint", "how much money will we invest in paint"),
    ("how much will be tied up in tools", "how much will invest in tools"), ("how much cash will we tie up in tools", "how much cash will we invest in tools")])
def test_money_put_into_goods_is_invested(text, written):
    assert reworded(text) == written


@pytest.mark.parametrize("text", [
    "cuanto le pongo al pedido", "cuanto hay que ponerle a la caja", "how many brushes should i put into the order", "how much paint should we put into the next order", "how many kitchen sinks did we sell"])
def test_what_is_put_into_an_order_or_a_till_is_not_invested(text):
    assert reworded(text) == text


@pytest.mark.parametrize(("text", "written"), [
    ("how much $ $ will restocking ⟦2⟧ take", "how much money will restocking ⟦2⟧ take"),
    ("how much € do we need", "how much money do we need"), ("cuantos $ $ $ necesito", "cuanto dinero necesito"),
    ("how much $ 500 buys", "how much $ 500 buys"), ("what does $ 500 buy", "what does $ 500 buy")])
def test_a_sign_of_money_without_an_amount_is_money(text, written):
    assert reworded(text) == written


def test_then_after_more_is_a_misspelt_than_unless_it_goes_on():
    assert reworded("did we sell more in may then last month") == "did we sell more in may than last month"
    assert reworded("what sold more and then ran out") == "what sold more and then ran out"
