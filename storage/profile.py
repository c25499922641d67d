"""What is in a table, and what was done or will be done about it, in numbers and in sentences."""

from typing import Any

import polars as pl

from jobs.forecasting.stock_codes import code_sample
from jobs.periods import DAYS, EVERY, MONTHS, ORDER, Frequency
from storage.columns import DatedType
from storage.csv_file import CsvFile
from storage.frequency import choose_frequency
from storage.table import Table, TableFile

LEAST_LIFE = 14  # days
MOST_PERIODS = 200  # of the units by period
MISSING = {
    "unknown": "it is taken as unknown, not as 0. Where an item has no other row in a period, its own value of a season before "
               "stands in (else of a season after, else the last one known).",
    "zero": "it is taken as nothing sold, since many rows have none and no row says 0.",
    None: "",
}
ADVERB = {"day": "daily", "week": "weekly", "month": "monthly", "quarter": "quarterly"}


def profile_table(table: Table, type_: DatedType, file: TableFile) -> dict[str, Any]:
    """The profile of a table, ready for JSON. `notes` says each finding and its treatment in a sentence, `dated_later` first.

    Rows whose quantity is unknown are counted as that and as nothing else. `warnings` of sales are for what is found beside the
    data set before (see replaced.py).
    """
    frame = table.frame.filter(pl.col("quantity").is_not_null()) if type_ == "sales" else table.frame
    first, last = frame.select(pl.col("date").min().alias("a"), pl.col("date").max().alias("b")).row(0)
    span = (pl.col("date").max() - pl.col("date").min()).dt.total_days() + 1
    by_item = frame.lazy().group_by("item").agg(pl.col("date").n_unique().alias("days"), span.alias("span"))
    days = by_item.collect(engine="streaming")
    common = {
        "rows": frame.height, "series": days.height, "first_date": first.isoformat(), "last_date": last.isoformat(),
        "columns": frame.columns, "regressor_candidates": table.regressors, "ignored_columns": table.ignored,
        "mapping": table.roles.canonical, "date_format": table.dates.format, "date_ambiguous": table.dates.ambiguous,
        "decimal_mark": table.mark.mark, "delimiter": file.delimiter if isinstance(file, CsvFile) else None,
        "blank_rows": table.blank_rows, "duplicates": frame.height - int(days["days"].sum()),
    }
    if type_ == "future":
        twice = f"{_lines(common['duplicates'])} repeat an item and date; the last one of each counts."
        return {**common, "notes": [*file.notes, *_reading_notes(table)] + ([twice] if common["duplicates"] else [])}
    found = {**common, **_sales(frame, table.frame, _daily_share(days)), "missing_quantities": table.missing_quantities,
             "missing_read_as": table.missing_read_as, "dated_later": table.later.count if table.later else 0,
             "dated_later_left_out": table.later is not None and table.later.left_out,
             "sample": {"codes": code_sample(table.frame["item"].unique())}}
    doubtful = [row.sentence() for row in (table.later, table.huge) if row]
    return {**found, "notes": [*doubtful, *_sales_notes(found), *file.notes, *_reading_notes(table)], "warnings": []}


def _daily_share(items: pl.DataFrame) -> float:
    """The share of the days of its life (`span`) on which the middle item sells (`days`).

    Items of less than two weeks are asked only where there are no others: each one that sold a single time sells daily.
    """
    lived = items.filter(pl.col("span") >= LEAST_LIFE)
    asked = items if lived.is_empty() else lived
    return float(asked.select((pl.col("days") / pl.col("span")).median()).item())


def _sales(frame: pl.DataFrame, written: pl.DataFrame, daily_share: float) -> dict[str, Any]:
    """What is found in the rows with a quantity; a period with a row of an unknown one, in all that is `written`, is no gap."""
    frequency, period_sums = choose_frequency(frame["date"].unique().to_list(), daily_share)
    gaps, gappy = _gaps(written, frequency)
    quantity = frame["quantity"]
    return {
        "frequency": frequency, "period_sums": period_sums, "gaps": gaps, "series_with_gaps": gappy,
        "negative_quantities": int((quantity < 0).sum()), "zero_quantities": int((quantity == 0).sum()),
        "units_total": float(quantity.sum()), "units_by_period": _units_by_period(frame, frequency),
    }


def _units_by_period(frame: pl.DataFrame, frequency: Frequency) -> dict[str, Any]:
    """Units of each period that has a row, by its first day: of the data's own frequency, else of the first that has few enough.

    Of a history that has too many quarters still, the last ones.
    """
    for longer in ORDER[ORDER.index(frequency):]:
        sums = frame.group_by(pl.col("date").dt.truncate(EVERY[longer])).agg(pl.col("quantity").sum()).sort("date")
        if sums.height <= MOST_PERIODS:
            break
    sums = sums.tail(MOST_PERIODS)
    return {"frequency": longer, "starts": sums["date"].dt.to_string("%Y-%m-%d").to_list(),
            "units": sums["quantity"].round_sig_figs(6).to_list()}


def _gaps(frame: pl.DataFrame, frequency: Frequency) -> tuple[int, int]:
    """Periods without a row between the first and the last row of each item, summed; and how many items have any."""
    period = pl.col("date").dt.truncate(EVERY[frequency])
    if frequency in MONTHS:
        ordinal = (period.dt.year() * 12 + period.dt.month()) // MONTHS[frequency]
    else:
        ordinal = period.cast(pl.Int32) // DAYS[frequency]
    by_item = frame.lazy().select("item", ordinal.alias("n")).group_by("item").agg(
        (pl.col("n").max() - pl.col("n").min() + 1 - pl.col("n").n_unique()).alias("gap"))
    totals = by_item.select(pl.col("gap").sum(), (pl.col("gap") > 0).sum().alias("items"))
    total, items = totals.collect(engine="streaming").row(0)
    return int(total), int(items)


def _sales_notes(found: dict[str, Any]) -> list[str]:
    frequency, adverb = found["frequency"], ADVERB[found["frequency"]]
    if found["first_date"] == found["last_date"]:
        notes = ["All rows have one date, which tells no frequency: it takes a history to forecast from."]
    elif found["period_sums"]:
        notes = [f"All dates are the first, or all the last, day of a {frequency}: the rows are {adverb} sums, and stay so."]
    elif frequency == "day":
        notes = ["Most items sell nearly every day: the data are forecast by day."]
    else:
        summed = ("The rows are dated sale lines: they are summed by month; “Forecast by” in Choices (the parameter frequency) "
                  "can say otherwise.")
        notes = [summed]
    if found["duplicates"]:
        notes.append(f"{_lines(found['duplicates'])} repeat the item and date of another; their quantities are added up.")
    if found["gaps"]:
        notes.append(f"{found['gaps']:,} periods ({adverb}) between an item's first and last row have none, in "
                     f"{found['series_with_gaps']:,} items; they count as nothing sold.")
    if found["negative_quantities"]:
        notes.append(f"{_lines(found['negative_quantities'])} have a negative quantity: they are kept as returns.")
    if found["missing_quantities"]:
        notes.append(f"{_lines(found['missing_quantities'])} have no quantity: {MISSING[found['missing_read_as']]}")
    if found["zero_quantities"]:
        notes.append(f"{_lines(found['zero_quantities'])} have the quantity 0 and are kept.")
    return notes


def _reading_notes(table: Table) -> list[str]:
    notes = []
    if table.dates.ambiguous:
        read = "day first" if "DD/MM/YYYY" in table.dates.format else "month first"
        notes.append(f"No date tells whether its day or its month comes first; they were read {read} ({table.dates.format}).")
    if table.dates.zoned:
        notes.append("Times carry a time zone; the date as written in that zone was kept.")
    unproved = table.mark.note()
    if unproved:
        notes.append(unproved)
    elif table.mark.mark == "comma":
        notes.append("Numbers are written with a decimal comma.")
    notes += [f"{name[:60]}: {said}" for name, said in list(table.unproved.items())[:20]]
    if table.blank_rows:
        notes.append(f"{_lines(table.blank_rows)} are blank and were left out.")
    if table.ignored:
        shown = ", ".join(name[:60] for name in table.ignored[:20])
        notes.append(f"{len(table.ignored)} columns hold no numbers and were left out: {shown}.")
    return notes


def _lines(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
