"""Numbers that are typed mean what their language says, or nothing."""

from decimal import Decimal

import pytest

from api.console.numbers import read_number


@pytest.mark.parametrize(("text", "language", "number"), [
    ("1.000", "es", "1000"), ("12,5", "es", "12.5"), ("1.234.567,89", "es", "1234567.89"), (" 48000000 ", "es", "48000000"), ("-3", "es", "-3"),
    ("1,000", "en", "1000"), ("12.5", "en", "12.5"), ("1,234,567.89", "en", "1234567.89"), ("−3", "en", "-3")])
def test_thousands_and_decimals_are_those_of_the_language(text: str, language: str, number: str) -> None:
    assert read_number(text, language) == Decimal(number)


@pytest.mark.parametrize(("text", "language"), [
    ("12.5", "es"), ("1.0000", "es"), ("1.00,5", "es"), ("12,5", "en"), ("1,00", "en"), ("", "es"), ("much", "en"), ("1e5", "es"), ("NaN", "en"),
    ("inf", "en"), ("1_0", "es"), ("1 000", "es"), ("--3", "en"), ("٣", "es")])
def test_what_is_no_number_there_is_none_at_all(text: str, language: str) -> None:
    assert read_number(text, language) is None
