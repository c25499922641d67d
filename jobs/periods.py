"""The periods that sales are summed by: how long they are, where they start and where they end."""

from datetime import date, timedelta
from typing import Literal

Frequency = Literal["day", "week", "month", "quarter"]

# The lengths as polars writes them, shortest first; and in days or in months, whichever is always the same.
EVERY: dict[Frequency, str] = {"day": "1d", "week": "1w", "month": "1mo", "quarter": "1q"}
DAYS: dict[Frequency, int] = {"day": 1, "week": 7}
MONTHS: dict[Frequency, int] = {"month": 1, "quarter": 3}
ORDER: tuple[Frequency, ...] = tuple(EVERY)


def period_start(day: date, frequency: Frequency) -> date:
    """First day of the period that holds `day`; weeks start on Monday."""
    if frequency == "day":
        return day
    if frequency == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(month=day.month - (day.month - 1) % MONTHS[frequency], day=1)


def period_end(day: date, frequency: Frequency) -> date:
    """Last day of the period that holds `day`."""
    return next_periods(day, frequency, 1)[0] - timedelta(days=1)


def periods_between(first: date, day: date, frequency: Frequency) -> float:
    """Periods from the beginning of one, `first`, to the beginning of `day`, at or after it; a day is a part of its period."""
    start = period_start(day, frequency)
    if frequency in DAYS:
        whole = (start - first).days // DAYS[frequency]
    else:
        whole = ((start.year - first.year) * 12 + start.month - first.month) // MONTHS[frequency]
    return whole + (day - start).days / ((period_end(day, frequency) - start).days + 1)


def next_periods(day: date, frequency: Frequency, count: int) -> list[date]:
    """Starts of the `count` periods after the one that holds `day`."""
    start = period_start(day, frequency)
    if frequency in DAYS:
        return [start + timedelta(days=DAYS[frequency] * (i + 1)) for i in range(count)]
    ordinals = (start.year * 12 + start.month - 1 + MONTHS[frequency] * (i + 1) for i in range(count))
    return [date(n // 12, n % 12 + 1, 1) for n in ordinals]
