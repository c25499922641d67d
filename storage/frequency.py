"""The frequency of a table of sales, by the rule of the HTTP contract. Pure: dates in, a word out."""

import datetime as dt
from collections.abc import Callable, Iterable

from jobs.periods import Frequency, period_start

DAILY_SHARE = 0.6  # of the days between its first and last sale on which the median item sells: open 5 days a week is 0.71

_DAY = dt.timedelta(days=1)


def summed_period(dates: Iterable[dt.date]) -> Frequency | None:
    """The period that the rows are already sums of: all dates are first days, or all are last days, of one.

    The coarsest that fits of quarter, month, week (Monday to Sunday); None if none does, or for a single date.
    """
    distinct = set(dates)
    if len(distinct) < 2:
        return None
    coarse: tuple[Frequency, ...] = ("quarter", "month", "week")
    for frequency in coarse:
        if _all(distinct, lambda d, f=frequency: period_start(d, f) == d):  # type: ignore[misc]
            return frequency
        if _all(distinct, lambda d, f=frequency: period_start(d + _DAY, f) == d + _DAY):  # type: ignore[misc]
            return frequency
    return None


def choose_frequency(dates: Iterable[dt.date], median_daily_share: float) -> tuple[Frequency, bool]:
    """The frequency of a table, and whether its rows are already sums of that period.

    median_daily_share: over items, the median of (days with a row) / (days from the first row to the last).
    """
    summed = summed_period(dates)
    if summed is not None:
        return summed, True
    return ("day", False) if median_daily_share >= DAILY_SHARE else ("month", False)


def _all(dates: set[dt.date], holds: Callable[[dt.date], bool]) -> bool:
    return all(holds(d) for d in dates)
