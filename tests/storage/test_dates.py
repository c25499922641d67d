"""Dates in the shapes that files have."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.dates import parse_dates, periods_among

DAY = dt.date(2024, 5, 3)


def read(*cells: str | None) -> list[dt.date | None]:
    return parse_dates(pl.Series(cells, dtype=pl.String)).values.to_list()


@pytest.mark.parametrize("text", [
    "2024-05-03", "2024/05/03", "2024.5.3", "20240503", " 2024-05-03 ", "2024-05-03T23:59:59", "2024-05-03 10:00", "2024-05-03 10:00:00.123",
    "2024-05-03T10:00:00Z", "2024-05-03T23:00:00-05:00", "2024-05-03 10:00:00+0200", "03/05/2024", "3/5/2024", "03-05-24", "03.05.2024 14:30",
    "45415", "45415.75",
])
def test_every_known_way_of_writing_a_day_is_read(text: str):
    assert read(text, "13/05/2024")[0] == DAY


def test_headings_that_are_days_or_months_are_told_from_names_and_codes():
    periods = ["2024-01", "2024-05-03", "03/05/2024", "enero 2024", "May-2024", "Jan-98", "sept. 24", "ene", "Diciembre"]
    assert periods_among(["item", *periods, "21029", "45415", "mayor", "market", "", "12"]) == periods


@pytest.mark.parametrize("text", ["", "  ", "yesterday", "2024-02-30", "31/02/2024", "2024-13-01", "00/00/0000", "1899-12-31", "9999-01-01",
                                  "12345678901", "12", "2024-05-03x", "NaN", "32/01/2024", "99999"])
def test_what_is_no_day_becomes_null(text: str):
    assert read(text, "13/05/2024")[0] is None


def test_one_value_above_twelve_decides_for_the_whole_column():
    assert read("03/04/2024", "25/04/2024") == [dt.date(2024, 4, 3), dt.date(2024, 4, 25)]
    assert read("03/04/2024", "04/25/2024") == [dt.date(2024, 3, 4), dt.date(2024, 4, 25)]


def test_a_column_without_proof_is_day_first_and_says_so():
    column = parse_dates(pl.Series(["03/04/2024", "05/06/2024"]))
    assert column.values.to_list() == [dt.date(2024, 4, 3), dt.date(2024, 6, 5)]
    assert (column.ambiguous, column.format) == (True, "DD/MM/YYYY")


def test_months_of_american_sums_are_recognised():
    column = parse_dates(pl.Series(["1/1/2024", "2/1/2024", "3/1/2024"]))
    assert column.values.to_list() == [dt.date(2024, m, 1) for m in (1, 2, 3)]
    assert column.ambiguous


def test_days_that_read_the_same_both_ways_are_not_ambiguous():
    assert not parse_dates(pl.Series(["01/01/2024", "02/02/2024"])).ambiguous


def test_contradictory_orders_leave_the_minority_null():
    assert read("25/04/2024", "26/04/2024", "04/27/2024") == [dt.date(2024, 4, 25), dt.date(2024, 4, 26), None]


def test_a_month_stands_for_its_first_day():
    assert read("2024-05") == [dt.date(2024, 5, 1)]


@pytest.mark.parametrize("text", ["may-2024", "May 2024", "mayo 2024", "2024-may", "MAYO de 2024", "may. 2024"])
def test_a_month_by_its_name_in_english_or_spanish_stands_for_its_first_day(text: str):
    assert read(text) == [dt.date(2024, 5, 1)]


@pytest.mark.parametrize(("text", "month"), [("ene-2024", 1), ("Jan 2024", 1), ("enero 2024", 1), ("2024-ene", 1), ("sept 2024", 9), ("dic-2024", 12)])
def test_short_names_of_months_are_read(text: str, month: int):
    assert read(text) == [dt.date(2024, month, 1)]


@pytest.mark.parametrize("text", ["may", "mayonesa 2024", "2024 may 2024", "foo-2024"])
def test_a_name_without_one_year_or_that_is_no_month_is_no_day(text: str):
    assert read(text) == [None]


def test_time_zones_keep_the_written_day_and_are_reported():
    column = parse_dates(pl.Series(["2024-05-03T23:30:00-05:00"]))
    assert column.values.to_list() == [DAY]
    assert column.zoned
    stamps = pl.Series([dt.datetime(2024, 5, 4, 3, tzinfo=dt.UTC)]).dt.convert_time_zone("America/Bogota")
    assert parse_dates(stamps).values.to_list() == [DAY]
    assert parse_dates(stamps).zoned


def test_typed_dates_and_serial_numbers_are_read():
    assert parse_dates(pl.Series([DAY])).values.to_list() == [DAY]
    assert parse_dates(pl.Series([DAY]).cast(pl.Datetime)).values.to_list() == [DAY]
    assert parse_dates(pl.Series([45415.0])).values.to_list() == [DAY]
    assert parse_dates(pl.Series([None], dtype=pl.Null)).values.to_list() == [None]


def test_the_order_of_the_rows_is_kept_with_repeats():
    cells = ["2024-05-03", None, "2024-05-02", "2024-05-03", "x"]
    assert read(*cells) == [DAY, None, dt.date(2024, 5, 2), DAY, None]


@given(st.lists(st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)), min_size=1, max_size=30))
def test_iso_dates_survive_whatever_they_are(dates: list[dt.date]):
    assert read(*[d.isoformat() for d in dates]) == dates


@given(st.lists(st.text(max_size=20), max_size=20))
def test_any_text_is_read_without_an_error(cells: list[str]):
    assert len(read(*cells)) == len(cells)
