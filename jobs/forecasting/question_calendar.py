"""Days and calendar periods as questions name them: weeks from Monday, half months, months, quarters, half years, years."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Unit = Literal["day", "week", "fortnight", "month", "bimester", "quarter", "half", "year"]

MONTHS_IN: dict[Unit, int] = {"month": 1, "bimester": 2, "quarter": 3, "half": 6, "year": 12}
DAYS_IN: dict[Unit, int] = {"day": 1, "week": 7, "fortnight": 14}
FIRST_YEAR, LAST_YEAR = 1990, 2099
FAR = 1200  # more units than this is no period that anyone plans for


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `start` to `end`, both included; `unit` is the calendar period that it is, or None."""

    start: date
    end: date
    unit: Unit | None = None

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days + 1


def month_start(day: date, months: int) -> date:
    """The first of the month that lies `months` after that of `day`. Raises OverflowError outside of the calendar."""
    ordinal = day.year * 12 + day.month - 1 + months
    if not FIRST_YEAR * 12 <= ordinal < (LAST_YEAR + 1) * 12:
        raise OverflowError(f"{ordinal // 12} lies outside of {FIRST_YEAR} to {LAST_YEAR}")
    return date(ordinal // 12, ordinal % 12 + 1, 1)


def unit_span(day: date, unit: Unit, offset: int = 0, count: int = 1) -> Span:
    """`count` whole calendar units, the first of them `offset` after the one that holds `day`. Raises OverflowError."""
    if abs(offset) > FAR * 31 or count > FAR:
        raise OverflowError(f"{count} units are too many")
    if unit == "fortnight":
        return _half_months(day, offset, count)
    if unit in MONTHS_IN:
        size = MONTHS_IN[unit]
        first = month_start(day, -((day.month - 1) % size) + offset * size)
        return Span(first, month_start(first, count * size) - timedelta(days=1), unit if count == 1 else None)
    size = DAYS_IN[unit]
    first = day - timedelta(days=day.weekday() if unit == "week" else 0) + timedelta(days=offset * size)
    return Span(first, first + timedelta(days=count * size - 1), unit if count == 1 else None)


def _half_months(day: date, offset: int, count: int) -> Span:
    """Half months: from the 1st to the 15th, and from the 16th to the month's last day."""
    def start(ordinal: int) -> date:
        return month_start(day, ordinal // 2).replace(day=16 if ordinal % 2 else 1)

    first = (day.day > 15) + offset
    return Span(start(first), start(first + count) - timedelta(days=1), "fortnight" if count == 1 else None)


def shifted(day: date, months: int) -> date:
    """The same day `months` later; the month's last day stays a last day, and a day that is missing becomes the last one."""
    first = month_start(day, months)
    last = calendar.monthrange(first.year, first.month)[1]
    is_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return first.replace(day=last if is_last else min(day.day, last))


def year_before(span: Span, years: int = 1) -> Span:
    """The same period `years` earlier: that month, quarter or year; the ISO week of that number; else the same days."""
    if span.unit == "week":
        start = span.start - timedelta(weeks=52 * years)
        return Span(start, start + timedelta(days=6), "week")
    return Span(shifted(span.start, -12 * years), shifted(span.end, -12 * years), span.unit)


def before(span: Span) -> Span:
    """The period of the same length right before `span`: the calendar unit before it, else as many days or months."""
    if span.unit:
        return unit_span(span.start, span.unit, -1)
    if span.start.day == 1 and (span.end + timedelta(days=1)).day == 1:
        months = (span.end.year - span.start.year) * 12 + span.end.month - span.start.month + 1
        return Span(month_start(span.start, -months), span.start - timedelta(days=1))
    return Span(span.start - timedelta(days=span.days), span.start - timedelta(days=1))


def elapsed_end(of: Span, until: date, other: Span) -> date:
    """The last day of `other` that is as far from its start as `until` is from the start of `of`.

    Periods that begin on the first of a month are matched by month and day (a month's last day with a last day), others by the
    number of days.
    """
    if until >= of.end:
        return other.end
    if of.start.day == 1 and other.start.day == 1:
        months = (until.year - of.start.year) * 12 + until.month - of.start.month
        offset = (other.start.year - of.start.year) * 12 + other.start.month - of.start.month
        within = (other.end.year - other.start.year) * 12 + other.end.month - other.start.month
        return min(other.end, shifted(until, offset)) if months <= within else other.end
    return min(other.end, other.start + (until - of.start))
