"""Holidays are known for all time, by day and by longer period."""

from datetime import date

import polars as pl
import pytest

from jobs.errors import InputError
from jobs.forecasting.periods import public_holidays, with_calendar


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
