"""Rows of sales that are hardly right: dated after the day of their upload, or of a quantity far beyond all others.

A few late dates are mistyped, and would stretch the history to where nothing was sold; many are data that lie ahead on purpose.
A quantity may be a bar code in the wrong column.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

import polars as pl

from jobs.periods import period_end
from storage.frequency import summed_period

SHOWN = 60  # characters of an item
FEW = 0.01  # of the rows; a single one is few however many there are
HUGE = 1000  # times the next largest quantity
FIRST_ZONE = timezone(timedelta(hours=14))  # where a day begins first


@dataclass(frozen=True, slots=True)
class Later:
    """Rows dated after the upload: how many, and the first one's number in the file, item and date."""

    count: int
    row: int
    item: str
    date: date
    left_out: bool

    def sentence(self) -> str:
        """For people."""
        rows = "1 row" if self.count == 1 else f"{self.count:,} rows"
        first = f"The first is row {self.row} (item {self.item[:SHOWN]}, {self.date})"
        if self.left_out:
            return f"Left out: {rows} dated after the day of the upload. {first}: is the year right? Mend it and upload again."
        return (f"Dated after the day of the upload: {rows}. They are kept, since they are more than {100 * FEW:g} % of all. "
                f"{first}: unless that is meant, mend the dates and upload again.")


@dataclass(frozen=True, slots=True)
class Huge:
    """The row of the largest quantity, where that is far beyond all others: its number in the file and its item."""

    row: int
    item: str
    quantity: float

    def sentence(self) -> str:
        """For people."""
        return (f"The quantity in row {self.row} (item {self.item[:SHOWN]}) is {self.quantity:.15g}, more than {HUGE:,} times "
                "the next largest: it counts as it is. If it is wrong, mend it and upload again.")


def upload_day(uploaded_ms: int) -> date:
    """The latest day that it was anywhere at that moment (epoch ms), so that nobody's sales of today are later."""
    return datetime.fromtimestamp(uploaded_ms / 1000, FIRST_ZONE).date()


def find_later(dates: pl.Series, items: pl.Series, used: pl.Series, first_row: int, day: date) -> tuple[Later | None, pl.Series]:
    """What is dated after `day` among the rows that are `used`, if anything is, and which rows are to be used then.

    dates, items, used: of shape (rows,). first_row: the number in the file of the first of them. Sums of periods may bear the
    last day of the period under way.
    """
    late = used & (dates > day)
    if late.any():
        summed = summed_period(dates.filter(used & ~late).unique())
        late = used & (dates > (period_end(day, summed) if summed else day))
    first, count = late.arg_max(), int(late.sum())
    if not count or first is None:
        return None, used
    left_out = count <= max(1, FEW * int(used.sum()))
    return Later(count, first + first_row, items[first], dates[first], left_out), used & ~late if left_out else used


def find_huge(quantities: pl.Series, items: pl.Series, used: pl.Series, first_row: int) -> Huge | None:
    """The quantity that is more than `HUGE` times the next largest of the rows that are `used`, if there is one; signs aside.

    quantities, items, used: of shape (rows,). first_row: the number in the file of the first of them.
    """
    sizes = pl.select(pl.when(used).then(quantities.abs())).to_series()
    largest, where = sizes.drop_nulls().top_k(2).sort(descending=True), sizes.arg_max()
    if where is None or largest.len() < 2 or not largest[0] > HUGE * largest[1] > 0:
        return None
    return Huge(where + first_row, items[where], quantities[where])
