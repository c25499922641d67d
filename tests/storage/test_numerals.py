"""Numbers with points, commas, thousands marks and signs."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.convention import Convention, Mark
from storage.numerals import decimal_mark, parse_numbers


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


def found(cells: list[str], delimiter: str = ",", usual: Mark | None = None, said: Mark | None = None) -> tuple[str, str]:
    mark = decimal_mark({"a": pl.Series(cells)}, delimiter, Convention(said, usual))
    return mark.mark, mark.evidence


@pytest.mark.parametrize(("cells", "mark"), [
    (["1,5", "2"], "comma"), (["1.234,5"], "comma"), (["1.500", ",50"], "comma"), (["1.234.567"], "comma"), (["0,500"], "comma"),
    (["1234,500"], "comma"), (["-12,3456"], "comma"), (["$ 1.500", "$ 7,5"], "comma"),
    (["1,234.5"], "point"), (["1.500", "2.25"], "point"), (["1,234,567"], "point"), (["1.250", "0.750"], "point"), ([".125"], "point"),
    (["1234.500"], "point"), (["12.0"], "point"), (["€1,500", "€7.5"], "point")])
def test_a_number_that_only_one_mark_can_write_proves_it_whatever_is_usual(cells: list[str], mark: Mark):
    for delimiter, usual in ((",", None), (";", None), (",", "comma"), (";", "point")):
        assert found(cells, delimiter, usual) == (mark, "proof")  # type: ignore[arg-type]  # mypy: text


@pytest.mark.parametrize(("cell", "delimiter", "usual", "expected"), [
    ("1.500", ";", None, ("comma", "usual")), ("1.500", ",", "comma", ("comma", "usual")), ("$ 258.999", ",", None, ("comma", "usual")),
    ("1,500", ",", None, ("point", "usual")), ("1,500", ";", "point", ("point", "usual")), ("-32.000", "\t", "comma", ("comma", "usual")),
    ("1.500", ",", None, ("point", "unclear")), ("1.500", ";", "point", ("point", "unclear")), ("$3.459", ",", "point", ("point", "unclear")),
    ("1,500", ";", None, ("comma", "unclear")), ("1,500", ",", "comma", ("comma", "unclear"))])
def test_three_digits_behind_a_mark_are_thousands_only_where_another_mark_stands_before_decimals(
        cell: str, delimiter: str, usual: Mark | None, expected: tuple[str, str]):
    assert found([cell, "7"], delimiter, usual) == expected


def test_a_mark_that_is_said_holds_and_without_marks_there_is_nothing_to_tell():
    assert found(["1.500"], ";", "comma", said="point") == ("point", "said")
    assert found(["12", "abc", "v1.2", "01.02.2024"], ";") == ("point", "none")


def test_unclear_numbers_are_named_by_column_as_they_stand():
    columns = {"price": pl.Series(["32.000", "$ 258.999", "32.000", "7", "1.500", "9.000"]), "n": pl.Series(["1", "2"])}
    assert decimal_mark(columns, ",", Convention(usual="point")).examples == {"price": ("32.000", "$ 258.999", "1.500")}


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
