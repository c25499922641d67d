"""Amounts, numbers of articles and thresholds, as people in several countries write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.forecasting.question_numbers import amounts, count_of, plain_number, take_limit, take_money, take_threshold, value_of
from jobs.forecasting.question_text import tokens


def sentence(text: str) -> str:
    return " ".join(tokens(text))


@pytest.mark.parametrize(("text", "value"), [
    ("5", 5), ("1,5", 1.5), ("1.5", 1.5), ("1.500", 1500), ("1,500", 1500), ("0.500", 0.5), ("2.500.000,50", 2500000.5),
    ("3,500.75", 3500.75), ("2'500.000", 2500000), ("1.234.567", 1234567), ("12.12", 12.12)])
def test_separators_are_told_apart_by_what_follows_them(text, value):
    assert plain_number(text) == value


@pytest.mark.parametrize("text", ["1,1.1,1", "1.2.3", "1.50.000", "1,2,3.4"])
def test_what_groups_wrongly_is_no_number(text):
    assert plain_number(text) is None


@given(st.integers(0, 10**12), st.sampled_from(["{:,}", "es", "'"]))
def test_a_grouped_number_is_read_whoever_wrote_it(number, style):
    written = f"{number:,}" if style == "{:,}" else f"{number:,}".replace(",", "." if style == "es" else "'")

    assert plain_number(written) == number


@pytest.mark.parametrize(("text", "value"), [
    ("5 millones", 5e6), ("cinco millones", 5e6), ("500 mil", 5e5), ("dos mil quinientas", 2500), ("millon y medio", 1.5e6),
    ("un millon y medio", 1.5e6), ("medio millon", 5e5), ("dos millones y medio", 2.5e6), ("2 millones 300 mil", 2.3e6),
    ("mil quinientos millones", 1.5e9), ("1.200 millones", 1.2e9), ("5,5 millones", 5.5e6), ("half a million", 5e5),
    ("a million and a half", 1.5e6), ("two and a half million", 2.5e6), ("two hundred and fifty thousand", 250e3), ("1.5 m", 1.5e6),
    ("treinta y cinco", 35), ("twenty five", 25), ("3 palos", 3e6), ("800 lucas", 8e5), ("ten grand", 1e4), ("mil", 1000)])
def test_digits_and_words_make_one_number(text, value):
    assert value_of(text) == value


@pytest.mark.parametrize(("text", "value"), [
    ("5000000", 5e6), ("5.000.000", 5e6), ("5,000,000", 5e6), ("5M", 5e6), ("$ 5 millones", 5e6), ("Cinco Millón y medio", 5.5e6),
    ("2'500.000,50", 2500000.5), ("$1.5m", 1.5e6), ("250k", 250e3), ("1e6", 1e6), ("0", 0), ("1500.5", 1500.5), ("0.500", 0.5), ("-5", -5)])
def test_a_text_that_is_an_amount_is_read_as_in_questions_and_in_programs(text, value):
    assert amounts(text) == (value,)


@pytest.mark.parametrize(("text", "values"), [("5.000", (5, 5000)), ("$12,500", (12.5, 12500)), ("USD 5000", ()), ("5 millones de pesos", ()),
                                              ("soon", ()), ("", ()), ("1.50.000", ()), ("nan", ()), ("$", ())])
def test_an_amount_that_may_be_two_and_a_text_that_is_none_are_told_apart(text, values):
    assert amounts(text) == values


def test_a_billion_depends_on_the_language():
    assert (value_of("2 billones", "es"), value_of("2 billion", "en")) == (2e12, 2e9)


@pytest.mark.parametrize(("text", "language", "amount"), [
    ("tengo 5 millones", "es", 5e6), ("presupuesto COP 2.500.000,50", "es", 2500000.5), ("with $50k", "en", 50e3), ("con $300.000", "es", 3e5),
    ("we can spend USD 3,500.75", "en", 3500.75), ("solo puedo gastarme 12.000 €", "es", 12000), ("budget of 1.5M", "en", 1.5e6),
    ("2 million pesos", "en", 2e6), ("un presupuesto de veinte millones de pesos", "es", 2e7), ("our budget is 1,250,000", "en", 1.25e6),
    ("hasta 3000000", "es", 3e6), ("£750", "en", 750), ("por $2'500.000", "es", 2.5e6)])
def test_money_to_spend_is_found_by_its_sign_scale_or_the_word_before_it(text, language, amount):
    rest, budget, threshold = take_money(sentence(text), language)

    assert (budget, threshold) == (amount, None)
    assert "⟨m⟩" in rest


@pytest.mark.parametrize("text", [
    "los 5 mas vendidos", "ventas de 2025", "hasta 15 productos", "los proximos 3 meses", "tornillo 5 mm", "manguera de 2 m", "en 45 dias",
    "mas de 100 unidades", "hasta el 24 de diciembre", "con 20 w 50", "top 10", "presupuesto 2027", "10%"])
def test_other_numbers_are_no_money(text):
    assert take_money(sentence(text), "es")[1:] == (None, None)


def test_more_than_an_amount_is_a_threshold_and_no_budget():
    _, budget, threshold = take_money(sentence("productos que vendieron más de 5 millones"), "es")

    assert budget is None
    assert threshold is not None
    assert (threshold.relation, threshold.value, threshold.of) == ("more", 5e6, "money")


def test_units_can_be_a_threshold():
    _, threshold = take_threshold(sentence("less than 10 units"))

    assert threshold is not None
    assert (threshold.relation, threshold.value, threshold.of) == ("less", 10.0, "units")
    assert take_threshold(sentence("en menos de 10 dias"))[1] is None


@pytest.mark.parametrize(("text", "limit"), [
    ("top 10", 10), ("los 5 más vendidos", 5), ("los cinco productos que más", 5), ("top ten", 10), ("bottom 3", 3), ("dame las 3 referencias", 3),
    ("20 artículos", 20), ("our 5 best sellers", 5), ("the dozen best products", 12), ("los 10 que más se venden", 10),
    ("ocho productos", 8), ("first 20 items", 20)])
def test_how_many_articles_are_asked_for_is_a_limit(text, limit):
    assert take_limit(sentence(text))[1] == limit


@pytest.mark.parametrize("text", ["los 3 meses", "últimos 30 días", "el artículo 10", "one item", "un producto", "primeros 10 días"])
def test_other_counts_are_no_limit(text):
    assert take_limit(sentence(text))[1] is None


def test_small_counts_may_be_words():
    assert [count_of(text) for text in ("a", "un par de", "docena", "cinco", "7")] == [1, 2, 12, 5, 7]
