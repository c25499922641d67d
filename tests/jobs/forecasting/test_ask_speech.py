"""Amounts, numbers and days as they are written in a country."""

from datetime import date

import pytest

from jobs.forecasting.ask_speech import Speech
from jobs.forecasting.question_calendar import Span

COLOMBIA, AMERICA, PLAIN = Speech.of("es", "CO", "COP"), Speech.of("en", "US", "USD"), Speech.of("es", None, None)


def test_money_has_the_currencys_sign_and_cents_only_where_they_matter():
    assert COLOMBIA.money(5_000_000.4) == "$5.000.000"
    assert AMERICA.money(3500.75) == "$3,501"
    assert AMERICA.money(35.5) == "$35.50"
    assert PLAIN.money(1234.5) == "1.234"
    assert PLAIN.money(934.5) == "934,5"


def test_a_number_of_a_result_is_said_by_what_it_is():
    assert [COLOMBIA.shown(name, 1783.5) for name in ("lost", "quantity", "units")] == ["$1.784", "1.783,5", "1.784"]
    assert COLOMBIA.shown("units", 11.496) == COLOMBIA.shown("units", 11.5)  # as the result has it


def test_numbers_are_whole_from_ten_on():
    assert [COLOMBIA.number(n) for n in (9.96, 12.4, 12345.6)] == ["10", "12", "12.346"]
    assert AMERICA.number(1.25) == "1.2"
    assert [AMERICA.rounded(n) for n in (1.25, 12.4)] == [1.2, 12]
    assert (COLOMBIA.percent(-12.3), AMERICA.percent(12.3)) == ("12 %", "12%")


@pytest.mark.parametrize(("start", "end", "spanish", "english"), [
    ("2026-12-01", "2026-12-31", "diciembre de 2026", "December 2026"), ("2026-01-01", "2026-12-31", "2026", "2026"),
    ("2026-12-24", "2026-12-24", "24 de diciembre de 2026", "December 24, 2026")])
def test_a_span_is_called_by_its_month_year_or_day(start, end, spanish, english):
    span = Span(date.fromisoformat(start), date.fromisoformat(end))

    assert (COLOMBIA.span(span), AMERICA.span(span)) == (spanish, english)


def test_other_spans_name_both_ends():
    text = COLOMBIA.span(Span(date(2026, 11, 26), date(2026, 12, 10)))

    assert all(part in text for part in ("26 de noviembre", "10 de diciembre", "2026"))


def test_a_country_that_does_not_speak_the_language_gets_its_general_form():
    assert Speech.of("en", "CO", "COP").number(1234567) == "1,234,567"
    assert Speech.of("en", "ES", "EUR").number(1234567) == "1,234,567"  # "1.234" would be read as one and a bit
    assert Speech.of("es", "ZZ", "EUR").day(date(2026, 5, 1)) == "1 de mayo de 2026"


def test_lists_name_five_and_count_the_rest():
    assert COLOMBIA.listed(["a"]) == "a"
    assert COLOMBIA.listed(["a", "b", "c"]) == "a, b y c"
    assert AMERICA.listed([*"abcdefg"]) == "a, b, c, d, e and 2 more"
