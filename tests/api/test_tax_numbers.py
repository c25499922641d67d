"""A tax number as it is printed, and what is none."""

import pytest

from api.tax_numbers import digits_of


@pytest.mark.parametrize(("written", "expected"), [
    ("900123456", "900123456"), ("900.123.456-7", "9001234567"), ("900 123 456 - 7", "9001234567"), (" 900.123.456\u20137 ", "9001234567"),
])
def test_what_only_makes_it_readable_is_read_away(written: str, expected: str) -> None:
    assert digits_of(written) == expected


@pytest.mark.parametrize("written", ["900-123-456", "9-12", "90O123", "900,123", "-"])
def test_anything_else_is_left_to_be_refused(written: str) -> None:
    assert not digits_of(written).isdecimal()
