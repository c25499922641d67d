"""Dates as files write them: ISO, day-first and month-first (decided over the whole column), Excel serial numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

TIME = r"(?:[T ]\s*\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[AaPp]\.?\s?[Mm]\.?)?\s*(?:Z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?$"
ISO = r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + TIME
COMPACT = r"^(\d{4})(\d{2})(\d{2})$"
MONTH = r"^(\d{4})[-/](\d{1,2})$"
PARTS = r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})" + TIME
NAMED = r"^(?:(\d{4})[-/. ]+)?([A-Za-zÁÉÍÓÚáéíóú]{3,10})\.?(?:(?:[-/. ]+| de )(\d{4}))?$"
MONTH_HEADING = re.compile(r"([A-Za-z]{3,10})\.?(?:[-/. ']*\d{2})?")
SERIAL = r"^(\d{5})(?:\.\d+)?$"
ZONED = r":\d{2}.*(?:Z|UTC|[+-]\d{2}:?\d{2})$"

# English and Spanish; a name may be cut after three letters or more.
MONTH_NAMES = ("january enero", "february febrero", "march marzo", "april abril", "may mayo", "june junio", "july julio",
               "august agosto", "september septiembre setiembre", "october octubre", "november noviembre", "december diciembre")
MONTH_NUMBERS = {name[:length]: str(number) for number, names in enumerate(MONTH_NAMES, 1) for name in names.split()
                 for length in range(3, len(name) + 1)}

EXCEL_EPOCH = pl.date(1899, 12, 30)
FIRST_YEAR, LAST_YEAR = 1900, 2100
FIRST_SERIAL, LAST_SERIAL = 20_000, 80_000  # 1954 to 2119: other numbers are not dates


@dataclass(frozen=True, slots=True)
class DateColumn:
    """A column of dates, shape (rows,): null where the cell holds none. `format` is for people.

    `ambiguous`: day and month could be told apart by convention only.  `zoned`: times had a zone, whose own date was kept.
    """

    values: pl.Series
    format: str
    ambiguous: bool
    zoned: bool


def parse_dates(column: pl.Series) -> DateColumn:
    """Dates of a column of text, dates, datetimes or Excel serials; times are cut off, in the zone they are written in."""
    if column.dtype == pl.Date:
        return DateColumn(_in_range(column), "date", False, False)
    if isinstance(column.dtype, pl.Datetime):
        return DateColumn(_in_range(column.dt.date()), "datetime", False, column.dtype.time_zone is not None)
    if column.dtype.is_float():
        column = column.cast(pl.Int64, strict=False)
    texts = column.cast(pl.String, strict=False)
    unique = pl.DataFrame({"raw": texts.unique().drop_nulls()})
    unique = unique.with_columns(pl.col("raw").str.strip_chars().alias("s"))
    day_first, ambiguous = _order(unique)
    parsed = unique.with_columns(_candidates(day_first))
    names = parsed.columns[2:]
    used = [name for name in names if parsed[name].is_not_null().any()]
    values = parsed.select("raw", pl.coalesce(names).alias("date"))
    joined = texts.to_frame("raw").join(values, on="raw", how="left", maintain_order="left")["date"]
    zoned = bool(unique["s"].str.contains(ZONED).any())
    return DateColumn(_in_range(joined), " and ".join(used) or "unknown", ambiguous, zoned)


def periods_among(headings: Sequence[str]) -> list[str]:
    """Those names of columns that are days or months: `2024-01`, `enero 2024`, `Jan-98`, `ene`. Mere digits may be codes."""
    months = [MONTH_HEADING.fullmatch(heading.strip()) for heading in headings]
    dated = parse_dates(pl.Series(headings, dtype=pl.String)).values.is_not_null()
    return [heading for heading, month, day in zip(headings, months, dated, strict=True)
            if (day and not heading.strip().isdigit()) or (month and month[1].lower() in MONTH_NUMBERS)]


def _order(unique: pl.DataFrame) -> tuple[bool, bool]:
    """Whether the day comes first in dates such as 03/04/2024, and whether that was only a guess.

    The larger number of proofs (a part above 12) decides. Without any, the part that is always 1 is the day (sums of
    months); else day first, as most of the world writes it.
    """
    parts = unique["s"].str.extract_groups(PARTS).struct.unnest().drop_nulls("1")
    if parts.is_empty():
        return True, False
    first, second = parts["1"].cast(pl.Int32), parts["2"].cast(pl.Int32)
    proofs: tuple[Any, Any] = ((first > 12).sum(), (second > 12).sum())
    if proofs != (0, 0):
        return proofs[0] >= proofs[1], False
    only_second_is_one = bool((second == 1).all()) and first.n_unique() > 1
    return not only_second_is_one, bool((first != second).any())


def _candidates(day_first: bool) -> list[pl.Expr]:
    parts = _groups(PARTS)
    year = parts[2].cast(pl.Int32)
    full_year = pl.when(year >= 100).then(year).when(year < 69).then(year + 2000).otherwise(year + 1900)
    day, month = (parts[0], parts[1]) if day_first else (parts[1], parts[0])
    iso, compact, months = _groups(ISO), _groups(COMPACT), _groups(MONTH)
    named = _groups(NAMED)
    month_number = named[1].str.to_lowercase().replace_strict(MONTH_NUMBERS, default=None, return_dtype=pl.String)
    one_year = pl.when(named[0].is_null() | named[2].is_null()).then(pl.coalesce(named[0], named[2]))
    serial = pl.col("s").str.extract(SERIAL, 1).cast(pl.Int32)
    in_range = serial.is_between(FIRST_SERIAL, LAST_SERIAL)
    return [
        _date(iso[0], iso[1], iso[2]).alias("YYYY-MM-DD"), _date(compact[0], compact[1], compact[2]).alias("YYYYMMDD"),
        _date(months[0], months[1], pl.lit("1")).alias("YYYY-MM"),
        _date(one_year, month_number, pl.lit("1")).alias("month name"),
        _date(full_year, month, day).alias("DD/MM/YYYY" if day_first else "MM/DD/YYYY"),
        pl.when(in_range).then(EXCEL_EPOCH + pl.duration(days=serial)).otherwise(None).alias("Excel serial"),
    ]


def _groups(pattern: str) -> list[pl.Expr]:
    return [pl.col("s").str.extract(pattern, i) for i in range(1, re.compile(pattern).groups + 1)]


def _date(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    """The date, or null for one that the calendar does not have (31 February)."""
    padded = [part.cast(pl.String).str.zfill(width) for part, width in ((year, 4), (month, 2), (day, 2))]
    return pl.concat_str(padded, separator="-").str.to_date("%Y-%m-%d", strict=False)


def _in_range(dates: pl.Series) -> pl.Series:
    years = dates.dt.year().is_between(FIRST_YEAR, LAST_YEAR)
    return dates.to_frame("d").select(pl.when(years).then(pl.col("d")).otherwise(None)).to_series()
