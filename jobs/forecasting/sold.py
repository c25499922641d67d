"""What was sold, to be asked about: lines summed by item and day, net of returns, and the articles that they name."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from jobs.context import Dataset, ModelVersion
from jobs.forecasting.package import Card
from jobs.forecasting.question_calendar import Span
from jobs.forecasting.question_items import Article, Catalog
from jobs.periods import ORDER, Frequency, period_end, period_start

# What a process keeps of the data sets asked about last, so that a second question is quick.
KEPT, KEPT_ROWS = 4, 3_000_000


@dataclass(frozen=True)
class Sold:
    """Sales to ask about.

    frame: item, date, units (net of returns), revenue (money, null where the lines have no price). catalog: every article sold.
    first, last: days that the lines cover. sums: the period that each line is the sum of, None for dated lines. blanks: item and
    date of each line whose quantity is blank, so that it is not known.
    """

    frame: pl.DataFrame
    catalog: Catalog
    first: date
    last: date
    sums: Frequency | None
    blanks: pl.DataFrame

    def lines_in(self, span: Span, items: pl.Series) -> tuple[pl.Series, int, int]:
        """The items with blank quantities only in those days, how many days of items are known, how many lines are blank."""
        within = pl.col("date").is_between(span.start, span.end) & pl.col("item").is_in(items.implode())
        known, blank = self.frame.filter(within), self.blanks.filter(within)
        unknown = blank.filter(~pl.col("item").is_in(known["item"].unique().implode()))["item"].unique()
        return unknown, known.height, blank.height

    def between(self, span: Span) -> pl.DataFrame:
        """item, units and revenue of those days; items that sold nothing then are left out."""
        days = self.frame.filter(pl.col("date").is_between(span.start, span.end))
        priced = pl.when(pl.col("revenue").is_not_null().any()).then(pl.col("revenue").sum())
        return days.group_by("item").agg(pl.col("units").sum(), priced.alias("revenue"))

    def cuts(self, span: Span) -> bool:
        """Whether the span begins or ends in the middle of a line that is the sum of a longer period."""
        if self.sums is None:
            return False
        return span.start != period_start(span.start, self.sums) or span.end != period_end(span.end, self.sums)

    def begun(self, until: date) -> set[str]:
        """The items that had a line by that day."""
        return set(self.frame.filter(pl.col("date") <= until)["item"].unique())


_kept: OrderedDict[tuple[str, str, str], Sold] = OrderedDict()


def load_sold(dataset: Dataset) -> Sold | None:
    """The sales of a data set; None if it has no line. A few of them stay in memory."""
    key = (dataset.id, dataset.sha256, str(dataset.path))
    if key in _kept:
        _kept.move_to_end(key)
        return _kept[key]
    found = dataset.profile.get("frequency")
    sums = found if dataset.profile.get("period_sums") and found in ORDER else None
    made = _read(dataset.path, sums)
    if made is not None and made.frame.height <= KEPT_ROWS:
        _kept[key] = made
        if len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made


def _read(path: Path, sums: Frequency | None) -> Sold | None:
    schema = pl.read_parquet_schema(path)
    priced = pl.col("quantity") * pl.col("unit_price") if "unit_price" in schema else pl.lit(None, dtype=pl.Float64)
    has_price = priced.is_not_null().any()
    lines = pl.scan_parquet(path).filter(pl.col("quantity").is_not_null())
    frame = lines.group_by("item", "date").agg(
        units=pl.col("quantity").sum(), revenue=pl.when(has_price).then(priced.sum())).sort("item", "date").collect()
    if frame.is_empty():
        return None
    named = [pl.col(name).drop_nulls().last() if name in schema else pl.lit(None, dtype=pl.String).alias(name)
             for name in ("item_name", "category")]
    by_item = pl.scan_parquet(path).sort("date", maintain_order=True).group_by("item")
    articles = by_item.agg(*named, pl.col("quantity").sum()).sort("item").collect()
    first, last = frame["date"].min(), frame["date"].max()
    assert isinstance(first, date)
    assert isinstance(last, date)
    catalog = Catalog([Article(*row) for row in articles.iter_rows()])
    blanks = pl.scan_parquet(path).filter(pl.col("quantity").is_null()).select("item", "date").collect()
    return Sold(frame, catalog, first, period_end(last, sums) if sums else last, sums, blanks)


def sold_of_model(found: ModelVersion, card: Card) -> Sold:
    """The sales that a model's history has, where its data set is gone: sums by period, never below 0, without prices."""
    history = pl.read_parquet(found.files["history.parquet"])
    names = pl.read_parquet(found.files["items.parquet"])
    frame = history.select("unique_id", "ds", "y").filter(pl.col("y").is_not_nan() & pl.col("y").is_not_null())
    frame = frame.rename({"unique_id": "item", "ds": "date", "y": "units"}).with_columns(revenue=pl.lit(None, dtype=pl.Float64))
    named = names["item_name"].to_list() if "item_name" in names.columns else [None] * names.height
    units = dict(frame.group_by("item").agg(pl.col("units").sum()).iter_rows())
    rows = zip(names["unique_id"], named, strict=True)
    catalog = Catalog([Article(code, name, sold=units.get(code, 0.0)) for code, name in rows])
    return Sold(frame, catalog, card.first_period, period_end(card.last_period, card.frequency),
                None if card.frequency == "day" else card.frequency, frame.clear().select("item", "date"))
