"""Periods start and end where a calendar says, and holidays are known for all time."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.errors import InputError
from jobs.forecasting.periods import ORDER, PERIODS, next_periods, period_end, period_start, public_holidays, with_calendar

DAYS = st.dates(date(1990, 1, 1), date(2040, 12, 31))


@given(DAYS, st.sampled_from(ORDER))
def test_a_period_holds_its_day_and_the_next_one_starts_right_after(day, frequency):
    start, end = period_start(day, frequency), period_end(day, frequency)
    assert start <= day <= end
    assert next_periods(day, frequency, 1) == [date.fromordinal(end.toordinal() + 1)]


@given(DAYS, st.sampled_from(ORDER))
def test_periods_start_where_polars_truncates_to(day, frequency):
    assert pl.Series([day]).dt.truncate(PERIODS[frequency].every)[0] == period_start(day, frequency)


@given(DAYS, st.sampled_from(ORDER), st.integers(1, 30))
def test_following_periods_are_those_that_polars_would_give(day, frequency, count):
    starts = next_periods(day, frequency, count)
    expected = pl.date_range(starts[0], starts[-1], PERIODS[frequency].every, eager=True).to_list()
    assert starts == expected


def test_colombian_holidays_hold_independence_day():
    assert date(2026, 7, 20) in public_holidays("CO", range(2026, 2027))


def test_an_unknown_country_is_refused_with_what_to_do():
    with pytest.raises(InputError, match="leave `country` out"):
        public_holidays("XX", range(2026, 2027))


def test_daily_data_are_told_which_days_are_holidays():
    frame = pl.DataFrame({"ds": [date(2026, 7, 19), date(2026, 7, 20), date(2026, 7, 20)]})
    assert with_calendar(frame, "day", "CO")["calendar_holiday"].to_list() == [0.0, 1.0, 1.0]


def test_months_are_told_their_working_days_without_holidays():
    # given February 2026: 20 weekdays, none of them a holiday in Colombia; January 2026: 22, of which two are
    frame = pl.DataFrame({"ds": [date(2026, 1, 1), date(2026, 2, 1)]})
    assert with_calendar(frame, "month", "CO")["calendar_working_days"].to_list() == [20.0, 20.0]


def test_without_a_country_nothing_is_added():
    frame = pl.DataFrame({"ds": [date(2026, 1, 1)]})
    assert with_calendar(frame, "month", None).columns == ["ds"]
