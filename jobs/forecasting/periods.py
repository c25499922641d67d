"""What a period means in forecasting: its season, its usual horizon, and which of its days are holidays."""

from dataclasses import dataclass
from datetime import date

import holidays
import polars as pl

from jobs.errors import FieldError, InputError
from jobs.periods import EVERY, Frequency, period_end


@dataclass(frozen=True, slots=True)
class Period:
    """What a frequency means in each library, and the usual numbers that go with it.

    season: periods in the season that naive forecasts repeat.  year: periods in a year.  horizon: periods forecast by default.
    least: periods of history needed before the first backtest cutoff.  pandas: the length as pandas writes it.
    """

    season: int
    year: int
    horizon: int
    least: int
    pandas: str


PERIODS: dict[Frequency, Period] = {
    "day": Period(7, 365, 90, 14, "D"),
    "week": Period(52, 52, 13, 8, "W-MON"),
    "month": Period(12, 12, 3, 6, "MS"),
    "quarter": Period(4, 4, 1, 4, "QS"),
}


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
    column = (days.with_columns(ds=pl.col("day").dt.truncate(EVERY[frequency]), value=value.cast(pl.Float64))
              .group_by("ds").agg(pl.col("value").sum().alias(name)))
    return frame.join(column, on="ds", how="left", maintain_order="left")
