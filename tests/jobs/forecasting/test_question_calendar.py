"""Calendar periods, checked day by day against what a calendar says."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.forecasting.question_calendar import Span, before, elapsed_end, shifted, unit_span, year_before

DAYS = st.dates(date(2015, 1, 1), date(2075, 12, 31))
TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(("unit", "offset", "count", "start", "end"), [
    ("week", 0, 1, "2026-11-23", "2026-11-29"), ("week", 1, 1, "2026-11-30", "2026-12-06"), ("month", 1, 1, "2026-12-01", "2026-12-31"),
    ("month", 1, 3, "2026-12-01", "2027-02-28"), ("quarter", 1, 1, "2027-01-01", "2027-03-31"), ("quarter", -1, 1, "2026-07-01", "2026-09-30"),
    ("half", 0, 1, "2026-07-01", "2026-12-31"), ("year", -1, 1, "2025-01-01", "2025-12-31"), ("fortnight", 0, 1, "2026-11-16", "2026-11-30"),
    ("fortnight", 1, 1, "2026-12-01", "2026-12-15"), ("fortnight", -1, 1, "2026-11-01", "2026-11-15"), ("bimester", 0, 1, "2026-11-01", "2026-12-31"),
    ("day", -1, 1, "2026-11-25", "2026-11-25")])
def test_units_are_whole_calendar_periods(unit, offset, count, start, end):
    span = unit_span(TODAY, unit, offset, count)

    assert (str(span.start), str(span.end)) == (start, end)


@given(DAYS, st.sampled_from(["day", "week", "fortnight", "month", "bimester", "quarter", "half", "year"]), st.integers(-20, 20))
def test_units_follow_one_another_without_gap_and_hold_their_day(day, unit, offset):
    span = unit_span(day, unit, offset)

    assert unit_span(day, unit, offset + 1).start == span.end + timedelta(days=1)
    assert before(unit_span(day, unit, offset + 1)) == span
    assert unit_span(day, unit).start <= day <= unit_span(day, unit).end


def test_a_period_outside_of_the_calendar_is_an_overflow():
    for offset in (99_999, -99_999):
        with pytest.raises(OverflowError):
            unit_span(TODAY, "month", offset)


def test_the_last_day_of_a_month_stays_one():
    assert shifted(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert shifted(date(2025, 2, 28), -12) == date(2024, 2, 29)
    assert shifted(date(2026, 3, 30), -1) == date(2026, 2, 28)


def test_a_year_before_a_week_is_the_same_week_and_before_a_month_the_same_month():
    assert year_before(unit_span(TODAY, "week")).start == date(2025, 11, 24)
    assert year_before(unit_span(date(2024, 2, 5), "month")).end == date(2023, 2, 28)


def test_what_lies_before_days_of_no_unit_is_as_long():
    assert before(Span(date(2026, 11, 5), date(2026, 11, 14))) == Span(date(2026, 10, 26), date(2026, 11, 4))
    assert before(Span(date(2026, 9, 1), date(2026, 11, 30))) == Span(date(2026, 6, 1), date(2026, 8, 31))


@pytest.mark.parametrize(("running", "until", "other", "end"), [
    (unit_span(TODAY, "month"), date(2026, 11, 26), unit_span(TODAY, "month", -1), date(2026, 10, 26)),
    (unit_span(TODAY, "year"), date(2026, 2, 28), unit_span(TODAY, "year", -2), date(2024, 2, 29)),
    (unit_span(TODAY, "quarter"), date(2026, 11, 30), unit_span(TODAY, "quarter", -1), date(2026, 8, 31)),
    (unit_span(TODAY, "week"), date(2026, 11, 24), unit_span(TODAY, "week", -1), date(2026, 11, 17)),
    (unit_span(TODAY, "month"), date(2026, 11, 30), unit_span(TODAY, "month", -1), date(2026, 10, 31))])
def test_equal_parts_end_as_far_from_their_start(running, until, other, end):
    assert elapsed_end(running, until, other) == end
