"""Averages over days, weeks or months, and sums by category, of what was sold or will be sold."""

from datetime import date
from typing import Any

import polars as pl

from jobs.forecasting.ask_book import DAY, Amounts, Book, Lack
from jobs.forecasting.asked import Asked
from jobs.forecasting.question_calendar import Span, Unit, unit_span
from jobs.forecasting.question_manner import Manner

PER: dict[Manner, Unit] = {"per_day": "day", "per_week": "week", "per_month": "month"}


def per_of(asked: Asked) -> Unit | None:
    """What an average is wanted over, None if none is."""
    return next((unit for manner, unit in PER.items() if manner in asked.reading.manner), None)


def averaged_span(book: Book, asked: Asked, span: Span, unit: Unit) -> Span | Lack:
    """The days to average over: of a question about the past those that are known; for an average by month whole months only."""
    last = min(asked.today, book.sold.last) if book.sold else asked.today
    end = min(span.end, last) if asked.reading.past and span.start <= last else span.end
    if unit != "month":
        return Span(span.start, end)
    first = span.start if span.start.day == 1 else unit_span(span.start, "month", 1).start
    end = end if (end + DAY).day == 1 else end.replace(day=1) - DAY
    return Span(first, end) if first <= end else Lack("no_whole_month", {"span": span})


def average(made: Amounts, span: Span, unit: Unit) -> dict[str, Any]:
    """per, periods and average (units per day, week or month): the total by how many of these `span` has."""
    total = float(made.table["units"].sum())
    periods = float(_months(span.start, span.end)) if unit == "month" else span.days / (7 if unit == "week" else 1)
    return {"per": unit, "periods": periods, "average": total / periods}


def _months(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month + 1


def by_category(book: Book, table: pl.DataFrame) -> pl.DataFrame:
    """Units and revenue of each category, from those of its articles: item (no code), item_name (the category, null for none).

    A category's revenue is null as soon as what one of its articles sold for is not known.
    """
    articles = book.catalog.articles
    groups = pl.DataFrame({"item": [a.code for a in articles], "category": [a.category for a in articles]},
                          schema={"item": pl.String, "category": pl.String})
    unpriced = (pl.col("revenue").is_null() & (pl.col("sold") != 0)).any()
    return table.join(groups, on="item", how="left").group_by("category").agg(
        pl.len().alias("articles"), pl.col("units", "sold", "forecast").sum(),
        revenue=pl.when(unpriced).then(None).otherwise(pl.col("revenue").sum()),
    ).select(pl.col("category").fill_null("").alias("item"), pl.col("category").alias("item_name"), "units", "sold", "forecast",
             "revenue", "articles")
