"""Periods start and end where a calendar says."""

from datetime import date

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from jobs.periods import DAYS, EVERY, MONTHS, ORDER, next_periods, period_end, period_start

DATES = st.dates(date(1990, 1, 1), date(2040, 12, 31))


@given(DATES, st.sampled_from(ORDER))
def test_a_period_holds_its_day_and_the_next_one_starts_right_after(day, frequency):
    start, end = period_start(day, frequency), period_end(day, frequency)
    assert start <= day <= end
    assert next_periods(day, frequency, 1) == [date.fromordinal(end.toordinal() + 1)]


@given(DATES, st.sampled_from(ORDER))
def test_periods_start_where_polars_truncates_to(day, frequency):
    assert pl.Series([day]).dt.truncate(EVERY[frequency])[0] == period_start(day, frequency)


@given(DATES, st.sampled_from(ORDER), st.integers(1, 30))
def test_following_periods_are_those_that_polars_would_give(day, frequency, count):
    starts = next_periods(day, frequency, count)
    expected = pl.date_range(starts[0], starts[-1], EVERY[frequency], eager=True).to_list()
    assert starts == expected


def test_weeks_start_on_mondays_and_longer_periods_on_the_first():
    # given a Thursday
    day = date(2024, 5, 16)
    assert [period_start(day, frequency) for frequency in ORDER] == [day, date(2024, 5, 13), date(2024, 5, 1), date(2024, 4, 1)]


def test_each_period_is_as_long_as_its_days_or_months_say():
    start = date(2024, 1, 1)
    assert {f: (next_periods(start, f, 1)[0] - start).days for f in DAYS} == DAYS
    assert {f: next_periods(start, f, 1)[0].month - 1 for f in MONTHS} == MONTHS
    assert {*DAYS, *MONTHS} == set(ORDER)
