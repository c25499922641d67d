"""Numbers with points, commas, thousands marks and signs."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.numerals import Mark, decimal_mark, parse_numbers


def read(mark: Mark, *cells: str | None) -> list[float | None]:
    return parse_numbers(pl.Series(cells, dtype=pl.String), mark).values.to_list()


def test_plain_numbers_are_read_under_both_marks():
    assert read("point", "1", "-2", "+3", " 4 ", "1.5", "1e3") == [1, -2, 3, 4, 1.5, 1000]
    assert read("comma", "1", "-2", "+3", " 4 ", "1,5", "1.234,5", "1.234") == [1, -2, 3, 4, 1.5, 1234.5, 1234]


def test_thousands_and_currency_marks_are_understood():
    assert read("point", "1,234.50", "$1,234", "1,234,567", "$ 5", "€7.5") == [1234.5, 1234, 1234567, 5, 7.5]


@pytest.mark.parametrize("cell", ["abc", "NaN", "nan", "inf", "-inf", "1e400", "1e16", "1,23.4", "12,34", "--5", "1.2.3", "0x10"])
def test_what_is_no_finite_number_is_bad(cell: str):
    column = parse_numbers(pl.Series([cell, "1"]), "point")
    assert column.bad.to_list() == [True, False]
    assert column.values.to_list() == [None, 1]


@pytest.mark.parametrize("cell", ["", "  ", "NA", "null", "-", None])
@pytest.mark.parametrize("mark", ["point", "comma"])
def test_cells_that_say_nothing_are_blank_not_bad(cell: str | None, mark: Mark):
    column = parse_numbers(pl.Series([cell, "1"], dtype=pl.String), mark)
    assert (column.blank.to_list(), column.bad.to_list()) == ([True, False], [False, False])


@pytest.mark.parametrize(("cells", "delimiter", "expected"), [
    (["1,5", "2"], ";", ("comma", "proof")), (["1.234,5"], ",", ("comma", "proof")), (["1,234.5"], ",", ("point", "proof")),
    (["1,234"], ",", ("point", "guess")), (["1,234"], ";", ("comma", "guess")), (["1234", "1.5"], ";", ("point", "none")),
])
def test_the_decimal_mark_is_found_by_proof_or_convention(cells: list[str], delimiter: str, expected: tuple[str, str]):
    assert decimal_mark([pl.Series(cells)], delimiter) == expected


def test_booleans_count_as_one_and_nothing():
    assert read("point", "true", "False", "") == [1, 0, None]
    assert parse_numbers(pl.Series([True, False]), "point").values.to_list() == [1, 0]


def test_typed_columns_mark_nan_and_infinity_as_bad():
    column = parse_numbers(pl.Series([1.0, float("nan"), float("inf"), None]), "point")
    assert column.bad.to_list() == [False, True, True, False]
    assert column.blank.to_list() == [False, False, False, True]


@given(st.lists(st.floats(-1e14, 1e14, allow_nan=False), min_size=1, max_size=30))
def test_numbers_survive_writing_and_reading(numbers: list[float]):
    assert read("point", *[repr(n) for n in numbers]) == numbers


@given(st.lists(st.text(max_size=12), max_size=20), st.sampled_from(["point", "comma"]))
def test_any_text_is_a_number_or_blank_or_bad(cells: list[str], mark: Mark):
    column = parse_numbers(pl.Series(cells, dtype=pl.String), mark)
    assert (column.values.is_not_null().cast(int) + column.blank.cast(int) + column.bad.cast(int)).eq(1).all()
