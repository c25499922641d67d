"""From sale lines to demand: one row per item (`unique_id`) and period (`ds`) with the units sold (`y`), without gaps."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from jobs.errors import DataError, FieldError, InputError
from jobs.forecasting.kinds import DataReport
from jobs.forecasting.periods import PERIODS
from jobs.periods import EVERY, ORDER, Frequency, next_periods, period_end, period_start

# A weekday counts as one on which the company usually sells if it has at least this share of the best weekday's dates.
USUAL_WEEKDAY = 0.5
# Lines may begin as late in a period as nine of ten selling days follow one another.
USUAL_GAP = 0.9
# A regressor is known on sales only if the share of unsold periods with a value is less than this part of the share of sold ones.
SELDOM = 0.5


@dataclass(frozen=True, slots=True)
class Demand:
    """The demand of a company, ready for models.

    frame: sorted by unique_id (String), ds (Date, start of the period); y (Float64, units, >= 0) and one Float64 column per
    regressor (`x_<name>`); each item without gaps from its first line, or the company's first whole period, to its last one.
    unknown: unique_id and ds of the rows whose y stands in for a quantity that is not known. report: what was done. sold_until:
    the last day that the lines tell of, which may lie in a period that is not over and not in the frame.
    """

    frame: pl.DataFrame
    unknown: pl.DataFrame
    frequency: Frequency
    regressors: tuple[str, ...]
    report: DataReport
    sold_until: date

    @property
    def periods(self) -> list[date]:
        """Starts of all periods, first to last."""
        first = self.report.first_period
        return [first, *next_periods(first, self.frequency, self.report.periods - 1)]


def build_demand(
    path: Path, *, frequency: Frequency, found: Frequency, period_sums: bool, regressors: tuple[str, ...] = (),
    start: date | None = None, end: date | None = None,
) -> Demand:
    """Sum sale lines by item and period.

    path: Parquet with `date`, `item`, `quantity` and the regressors. found: the data's own frequency. period_sums: whether each
    line is already the sum of such a period, so that the first and last are whole. start, end: days to use, both inclusive.
    A quantity that is missing (null) is unknown: it adds nothing to others of its item and period, and where there are no others
    the period is filled by `fill_unknown`. Returns (negative) are set against their period, which never falls below 0.
    Raises InputError for a regressor or frequency that cannot be, DataError if no sales are left.
    """
    if period_sums and ORDER.index(frequency) < ORDER.index(found):
        message = f"The sales come as sums by {found}; they cannot be cut into periods of one {frequency}."
        raise InputError(message, fields=(FieldError("params.frequency", message),))
    _check_regressors(path, regressors)
    table = pl.scan_parquet(path).select("date", "item", "quantity", *regressors)
    known = pl.col("quantity").is_not_null()
    written = _between(table, start, end)
    lines = written.filter(known)
    if lines.is_empty():
        message = f"No sales lie between {start or 'the beginning'} and {end or 'the end'}; widen `start` and `end`."
        raise DataError(message, fields=(FieldError("params.start" if start else "params.end", message),))
    first_day, last_day = _ends(table.filter(known).select("date").collect())
    covered = period_end(_ends(lines)[1], found) if period_sums else min(last_day, end or last_day)
    last, unfinished = _last_period(lines, covered, frequency, period_sums=period_sums)
    cut = start if start and start > first_day else None
    first, begun = _first_period(lines, cut, last, frequency, period_sums=period_sums)
    sums = _sum_lines(written.filter(pl.col("date").is_between(first, period_end(last, frequency))), frequency, regressors)
    grid = _grid(written, first, last, frequency)
    frame = grid.join(sums, on=["unique_id", "ds"], how="left", maintain_order="left")
    columns = tuple(column_of(name) for name in regressors)
    on_sales_only = tuple(name for name in regressors if _known_on_sales_only(frame, column_of(name)))
    frame, filled = fill_regressors(frame, columns)
    report = _report(written, frame, last, dropped=(begun, unfinished), filled=filled, on_sales_only=on_sales_only)
    gap = pl.col("lines").is_null()
    unknown = frame.filter(pl.col("lines") == 0).select("unique_id", "ds")
    frame = frame.with_columns(y=pl.when(gap).then(0.0).otherwise(pl.col("y").clip(lower_bound=0.0)))
    frame = fill_unknown(frame, PERIODS[frequency].season).select("unique_id", "ds", "y", *columns)
    if frame["y"].sum() <= 0:
        message = "Nothing was sold in the whole time; there is no demand to learn."
        raise DataError(message, fields=(FieldError("params.dataset", message),))
    return Demand(frame, unknown, frequency, regressors, report, covered)


def column_of(regressor: str) -> str:
    """Name of a regressor inside, where it must not be mistaken for a feature such as `month` or `lag1`."""
    return f"x_{regressor}"


def fill_unknown(frame: pl.DataFrame, season: int) -> pl.DataFrame:
    """Fill null y with the item's own value of a season before, else of one after, else the last known, else the next, else 0.

    A value that was sold once, and no mean of several, so that demand stays as lumpy and as whole as it is.
    frame: sorted by unique_id, ds, without gaps. season: in periods.
    """
    place = (pl.int_range(pl.len()).over("unique_id") % season).alias("place")
    filled = pl.col("y").forward_fill().backward_fill()
    return (frame.with_columns(place).with_columns(filled.over("unique_id", "place"))
            .with_columns(filled.over("unique_id").fill_null(0.0)).drop("place"))


def fill_regressors(frame: pl.DataFrame, columns: tuple[str, ...]) -> tuple[pl.DataFrame, int]:
    """Fill missing values with the item's own value before, else its first one after, else the others' mean then, else 0.

    The own value comes first since most regressors are known only where there is a line: any other value in the gaps, such as
    the mean of the items that did sell, would tell a model which periods had no sale, and a forecast has no such hint.
    frame: sorted by unique_id, ds. Returns the frame and how many values were filled.
    """
    missing = sum(frame[c].null_count() for c in columns)
    if not missing:
        return frame, 0
    own = [pl.col(c).forward_fill().backward_fill().over("unique_id") for c in columns]
    others = [pl.col(c).fill_null(pl.col(c).mean().over("ds")).fill_null(0.0) for c in columns]
    return frame.with_columns(own).with_columns(others), missing


def period_means(path: Path, frequency: Frequency, regressors: tuple[str, ...]) -> pl.DataFrame:
    """The regressors of a `future` data set by item and period: unique_id, ds and the mean of each (null where none is given).

    Raises InputError naming a column that is missing or not numeric.
    """
    _check_regressors(path, regressors, field="params.future")
    table = pl.scan_parquet(path).select("date", "item", *regressors)
    return table.group_by(*_keys(frequency)).agg(_means(regressors)).sort("unique_id", "ds").collect()


def _check_regressors(path: Path, regressors: tuple[str, ...], field: str = "params.regressors") -> None:
    schema = pl.read_parquet_schema(path)
    for name in regressors:
        if name in ("date", "item", "quantity"):
            message = f"{name!r} cannot be a regressor."
        elif name not in schema:
            message = f"The data set has no column {name!r}; it has {', '.join(sorted(schema))}."
        elif not (schema[name].is_numeric() or schema[name] == pl.Boolean):
            message = f"The column {name!r} is not numeric, so it cannot be a regressor."
        else:
            continue
        raise InputError(message, fields=(FieldError(field, message),))


def _between(table: pl.LazyFrame, start: date | None, end: date | None) -> pl.DataFrame:
    if start:
        table = table.filter(pl.col("date") >= start)
    if end:
        table = table.filter(pl.col("date") <= end)
    return table.collect()


def _ends(lines: pl.DataFrame) -> tuple[date, date]:
    """The first and the last day."""
    oldest, newest = lines["date"].min(), lines["date"].max()
    assert isinstance(oldest, date)
    assert isinstance(newest, date)
    return oldest, newest


def _first_period(
    lines: pl.DataFrame, cut: date | None, last: date, frequency: Frequency, *, period_sums: bool,
) -> tuple[date, date | None]:
    """Start of the first whole period, and of the one before it that is dropped, if any.

    cut: the day before which lines were left out, None if none were. A period of dated lines is whole if the company usually
    sells on none of its days before the lines begin; or, where nothing was cut off, if they begin no later in it than selling
    days usually lie apart (a shop that opens the year on the 2nd). Sums are whole, and so is `last`.
    """
    oldest, _ = _ends(lines)
    first = period_start(oldest, frequency)
    if period_sums or first >= last:
        return first, None
    opened = cut or oldest
    before = {date.fromordinal(n).isoweekday() for n in range(first.toordinal(), opened.toordinal())}
    late = (opened - first).days > (0 if cut else _usual_gap(lines))
    if late and before & _usual_weekdays(lines):
        return next_periods(first, frequency, 1)[0], first
    return first, None


def _usual_gap(lines: pl.DataFrame) -> float:
    """Days within which nine of ten selling days of the company follow one another; 0 for a single day."""
    gap = lines.select(pl.col("date").unique().sort().diff().dt.total_days().quantile(USUAL_GAP)).item()
    return float(gap or 0)


def _last_period(lines: pl.DataFrame, covered: date, frequency: Frequency, *, period_sums: bool) -> tuple[date, date | None]:
    """Start of the last whole period, and of the unfinished one that is dropped, if any.

    covered: last day that the lines tell of. A period of dated lines is whole once no day is left in it on which the company
    usually sells.
    """
    last = period_start(_ends(lines)[1], frequency)
    end = period_end(last, frequency)
    left = {date.fromordinal(n).isoweekday() for n in range(covered.toordinal() + 1, end.toordinal() + 1)}
    if not left & (set(range(1, 8)) if period_sums else _usual_weekdays(lines)):
        return last, None
    if lines.filter(pl.col("date") < last).is_empty():
        raise DataError(f"All sales lie in the {frequency} that starts on {last} and is not over yet; send earlier sales too.")
    return period_start(last - timedelta(days=1), frequency), last


def _usual_weekdays(lines: pl.DataFrame) -> set[int]:
    """ISO weekdays (1 Monday … 7 Sunday) on which the company usually sells."""
    days = lines.select(pl.col("date").unique()).group_by(pl.col("date").dt.weekday().alias("weekday")).len()
    return set(days.filter(pl.col("len") >= USUAL_WEEKDAY * pl.col("len").max())["weekday"])


def _known_on_sales_only(frame: pl.DataFrame, column: str) -> bool:
    """Whether a regressor, not filled yet, varies within an item and is seldom known where nothing was sold.

    One that never varies is filled with the one value it has, so it tells nothing.
    """
    if not (frame.group_by("unique_id").agg(pl.col(column).drop_nulls().n_unique())[column] > 1).any():
        return False
    known, sold = pl.col(column).is_not_null(), pl.col("y").fill_null(0.0) > 0
    with_sale, without = frame.select(known.filter(sold).mean().alias("a"), known.filter(~sold).mean().alias("b")).row(0)
    return with_sale is not None and without is not None and without < SELDOM * with_sale


def _sum_lines(lines: pl.DataFrame, frequency: Frequency, regressors: tuple[str, ...]) -> pl.DataFrame:
    """Per item and period: y and the number of lines that tell it, null and 0 where no quantity is known; the regressors."""
    known = pl.col("quantity").count()
    sums = pl.when(known > 0).then(pl.col("quantity").sum()).alias("y"), known.alias("lines")
    return lines.group_by(*_keys(frequency)).agg(*sums, *_means(regressors))


def _keys(frequency: Frequency) -> tuple[pl.Expr, pl.Expr]:
    return pl.col("item").alias("unique_id"), pl.col("date").dt.truncate(EVERY[frequency]).alias("ds")


def _means(regressors: tuple[str, ...]) -> list[pl.Expr]:
    return [pl.col(c).cast(pl.Float64).fill_nan(None).mean().alias(column_of(c)) for c in regressors]


def _grid(lines: pl.DataFrame, first: date, last: date, frequency: Frequency) -> pl.DataFrame:
    """Every item in every period from its first line with a quantity, at least `first`, to `last`; else in `last` alone."""
    every = EVERY[frequency]
    told = pl.col("date").filter(pl.col("quantity").is_not_null())
    firsts = lines.group_by(pl.col("item").alias("unique_id")).agg(told.min().dt.truncate(every).alias("first"))
    starts = firsts.with_columns(pl.col("first").fill_null(last).clip(first, last))
    return (starts.with_columns(pl.date_ranges("first", pl.lit(last), every).alias("ds")).explode("ds")
            .select("unique_id", "ds").sort("unique_id", "ds"))


def _report(
    lines: pl.DataFrame, frame: pl.DataFrame, last: date, *, dropped: tuple[date | None, date | None], filled: int,
    on_sales_only: tuple[str, ...],
) -> DataReport:
    first = frame["ds"].min()
    assert isinstance(first, date)
    counted = int(frame["lines"].sum() or 0)
    with_lines = int((frame["lines"] > 0).sum())
    return DataReport(
        lines=lines.height, first_period=first, last_period=last, periods=frame["ds"].n_unique(),
        lines_summed=counted - with_lines, gaps_filled=frame["lines"].null_count(),
        missing_quantities=lines["quantity"].null_count(), periods_unknown=int((frame["lines"] == 0).sum()),
        returns_netted=int((lines["quantity"] < 0).sum()),
        periods_clipped=int((frame["y"] < 0).sum()), regressors_filled=filled,
        incomplete_first_period_dropped=dropped[0], incomplete_period_dropped=dropped[1], regressors_on_sales_only=on_sales_only,
    )
