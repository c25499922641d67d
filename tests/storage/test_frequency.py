"""The frequency rule, on each shape of data that it tells apart."""

import datetime as dt

import pytest

from storage.frequency import choose_frequency, period_start, summed_period

MONTHS = [dt.date(2023, m, 1) for m in range(1, 13)]


def days(first: dt.date, step: int, count: int) -> list[dt.date]:
    return [first + dt.timedelta(days=step * i) for i in range(count)]


def ends(starts: list[dt.date]) -> list[dt.date]:
    return [d - dt.timedelta(days=1) for d in starts]


@pytest.mark.parametrize(("dates", "expected"), [
    (MONTHS, "month"), (ends(MONTHS), "month"),
    (MONTHS[::3], "quarter"), (ends(MONTHS[::3]), "quarter"),
    (days(dt.date(2024, 1, 1), 7, 60), "week"), (days(dt.date(2024, 1, 7), 7, 60), "week"),
    (days(dt.date(2024, 1, 2), 7, 60), None),  # Tuesdays are neither the first nor the last day of a week
    (days(dt.date(2024, 1, 1), 1, 60), None),
    ([dt.date(2024, 1, 1)], None), ([], None),
    (MONTHS + ends(MONTHS), None),  # first and last days mixed are sums of nothing
    ([dt.date(2023, 1, 1), dt.date(2024, 1, 1)], "quarter"),  # the coarsest that fits
    ([dt.date(2024, 2, 29), dt.date(2023, 2, 28)], "month"),
])
def test_sums_of_a_period_are_told_by_their_dates(dates: list[dt.date], expected: str | None):
    assert summed_period(dates) == expected


def test_items_that_sell_nearly_every_day_are_daily():
    assert choose_frequency(days(dt.date(2024, 1, 1), 1, 90), 0.9) == ("day", False)


def test_dated_sale_lines_are_summed_by_month():
    assert choose_frequency(days(dt.date(2024, 1, 1), 1, 90), 0.1) == ("month", False)


def test_period_sums_win_over_the_daily_share():
    assert choose_frequency(MONTHS, 1.0) == ("month", True)


def test_period_starts_are_mondays_and_first_days():
    day = dt.date(2024, 5, 16)
    assert [period_start(day, f) for f in ("day", "week", "month", "quarter")] == [
        day, dt.date(2024, 5, 13), dt.date(2024, 5, 1), dt.date(2024, 4, 1)]
