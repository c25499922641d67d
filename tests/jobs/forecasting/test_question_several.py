"""A text that asks two questions is read as the first of them, and what it asks beside that is known."""

import time

import pytest

from jobs.forecasting.question_several import two_halves
from tests.jobs.forecasting.test_question import read


@pytest.mark.parametrize(("text", "first", "rest"), [
    ("cuántos tornillos vendimos en 2025 y cuánto debo pedir", "cuántos tornillos vendimos en 2025", "cuánto debo pedir"),
    ("¿Cuánto vendimos en 2025? ¿Y qué debo comprar?", "¿Cuánto vendimos en 2025", "qué debo comprar?"),
    ("tengo 5 millones, qué compro y cuánto vendimos en mayo", "tengo 5 millones, qué compro", "cuánto vendimos en mayo"),
    ("what sold the most, and also how many should I order?", "what sold the most", "how many should I order?")])
def test_a_text_is_cut_where_a_second_question_may_begin(text: str, first: str, rest: str) -> None:
    assert list(two_halves(text)) == [(first, rest)]


@pytest.mark.parametrize("text", [
    "cuánto vendimos en 2025", "tengo 5 millones, qué compro", "vendimos 300 en octubre, ¿cuánto debo pedir?", "We sell 300 a month. How many should I order?",
    "las ventas de octubre bajaron, ¿qué debo comprar?", "sales are down. What should I buy?"])
def test_a_question_or_a_question_after_a_statement_is_not_cut(text: str) -> None:
    assert list(two_halves(text)) == []


@pytest.mark.parametrize(("text", "intent", "also"), [
    ("cuántos tornillo drywall 6x1 vendimos en 2025 y cuánto debo pedir", "demand", "cuánto debo pedir"),
    ("how many brake pad set did we sell in 2025 and how many should I order", "demand", "how many should I order"),
    ("ventas de octubre y qué debo comprar", "demand", "qué debo comprar"), ("¿Cuánto vendimos en 2025? ¿Qué debo pedir?", "demand", "Qué debo pedir?"),
    ("what will run out and what should I order?", "stockout_risk", "what should I order?"),
    ("what sold the most and when will A-101 run out", "top_sellers", "when will A-101 run out"),
    ("cuánto hay de A-101 y cuánto vendimos en octubre", "stockout_risk", "cuánto vendimos en octubre"),
    ("¿qué se vendió más en 2025 y qué se vendió menos?", "top_sellers", "qué se vendió menos?")])
def test_of_two_questions_the_first_is_read_and_the_other_is_kept_as_it_was_written(text: str, intent: str, also: str) -> None:
    made = read(text)

    assert (made.intent, made.also) == (intent, also)


@pytest.mark.parametrize("text", [
    "cuántos tornillos y cuántas tuercas hay que pedir", "how many wiper blades and how many spark plugs should we order",
    "cuánto hay de A-101 y cuánto me dura", "qué debo comprar y cuánto me cuesta", "what should I buy and how much will it cost",
    "cuáles fueron los más vendidos de 2025 y cuánto se vendió", "what are the best sellers and how many did we sell",
    "cuánto gané en 2025 y cuánto debo pedir"])
def test_one_question_in_two_clauses_or_one_that_no_answer_has_is_no_two_questions(text: str) -> None:
    assert read(text).also == ""


@pytest.mark.parametrize("text", ["cuánto vendimos y " * 60, "what, " * 166, "y" * 1000, ", y ¿" * 200, "¿¡,: " * 200, "hola " * 200, "y and " * 160 + "que"])
def test_no_text_of_a_thousand_characters_is_cut_slowly(text: str) -> None:
    began = time.process_time()

    read(text[:1000])

    assert time.process_time() - began < 1.0  # measured: 0.17 s at the most
