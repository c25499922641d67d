"""Periods and calendars: where a period starts and ends, and which of its days are holidays."""

from dataclasses import dataclass
from datetime import date, timedelta

import holidays
import polars as pl

from jobs.errors import FieldError, InputError
from jobs.forecasting.kinds import Frequency


@dataclass(frozen=True, slots=True)
class Period:
    """What a frequency means in each library, and the usual numbers that go with it.

    every: the length as polars writes it.  season: periods in the season that naive forecasts repeat.
    year: periods in a year.  horizon: periods forecast by default.  least: periods of history needed before the first
    backtest cutoff.  pandas: the length as pandas writes it.
    """

    every: str
    season: int
    year: int
    horizon: int
    least: int
    pandas: str


PERIODS: dict[Frequency, Period] = {
    "day": Period("1d", 7, 365, 90, 14, "D"),
    "week": Period("1w", 52, 52, 13, 8, "W-MON"),
    "month": Period("1mo", 12, 12, 3, 6, "MS"),
    "quarter": Period("1q", 4, 4, 1, 4, "QS"),
}
ORDER: tuple[Frequency, ...] = ("day", "week", "month", "quarter")


def period_start(day: date, frequency: Frequency) -> date:
    """First day of the period that holds `day`; weeks start on Monday."""
    if frequency == "day":
        return day
    if frequency == "week":
        return day - timedelta(days=day.weekday())
    month = day.month if frequency == "month" else 3 * ((day.month - 1) // 3) + 1
    return date(day.year, month, 1)


def period_end(day: date, frequency: Frequency) -> date:
    """Last day of the period that holds `day`."""
    return next_periods(day, frequency, 1)[0] - timedelta(days=1)


def next_periods(day: date, frequency: Frequency, count: int) -> list[date]:
    """Starts of the `count` periods after the one that holds `day`."""
    start = period_start(day, frequency)
    if frequency in ("day", "week"):
        step = timedelta(days=1 if frequency == "day" else 7)
        return [start + step * (i + 1) for i in range(count)]
    months = 1 if frequency == "month" else 3
    ordinals = (start.year * 12 + start.month - 1 + months * (i + 1) for i in range(count))
    return [date(n // 12, n % 12 + 1, 1) for n in ordinals]


def has_holidays(country: str) -> bool:
    """Whether the public holidays of a country (ISO 3166-1, two letters) are known."""
    return country in holidays.list_supported_countries()


def public_holidays(country: str, years: range) -> set[date]:
    """The public holidays of a country (ISO 3166-1, two letters). Raises InputError if its calendar is not known."""
    try:
        return set(holidays.country_holidays(country, years=years))
    except NotImplementedError:
        message = f"No calendar of holidays is known for the country {country!r}; leave `country` out to do without."
        raise InputError(message, fields=(FieldError("params.country", message),)) from None


def calendar_column(frequency: Frequency) -> str:
    """Name of the column that `with_calendar` adds."""
    return "calendar_holiday" if frequency == "day" else "calendar_working_days"


def with_calendar(frame: pl.DataFrame, frequency: Frequency, country: str | None) -> pl.DataFrame:
    """`frame` with one column more, known for all time to come; unchanged without a country.

    frame: has `ds` (Date, starts of periods). Daily data get `calendar_holiday` (1.0 on a public holiday), longer periods
    `calendar_working_days` (Monday to Friday, public holidays left out). Raises InputError for an unknown country.
    """
    if country is None or frame.is_empty():
        return frame
    starts = frame["ds"].unique().sort()
    first, last = starts[0], period_end(starts[-1], frequency)
    free = public_holidays(country, range(first.year, last.year + 1))
    name = calendar_column(frequency)
    days = pl.DataFrame({"day": pl.date_range(first, last, "1d", eager=True)})
    holiday = pl.col("day").is_in(sorted(free))
    value = holiday if frequency == "day" else (pl.col("day").dt.weekday() <= 5) & ~holiday
    column = (days.with_columns(ds=pl.col("day").dt.truncate(PERIODS[frequency].every), value=value.cast(pl.Float64))
              .group_by("ds").agg(pl.col("value").sum().alias(name)))
    return frame.join(column, on="ds", how="left", maintain_order="left")
