"""A question that was read, and its answer: what the modules that compute answers take and give."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from jobs.forecasting.ask_book import Lack, Note
from jobs.forecasting.question import Reading
from jobs.forecasting.question_calendar import Span


@dataclass(frozen=True)
class Answer:
    """data: for the result. facts: what the sentences need. table: all rows, as a CSV artifact. lacks: what is missing.

    notes: what has to be known about the numbers, told before them.
    """

    data: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    table: pl.DataFrame | None = None
    lacks: tuple[Lack, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was read, on the day `today`; `stock` is the id of a data set or None."""

    reading: Reading
    today: date
    stock: str | None
    language: str

    @property
    def span(self) -> Span | None:
        """The period asked for, if one was."""
        u = self.reading.understood
        return Span(u.start, u.end) if u.start and u.end else None

    @property
    def unsaid(self) -> bool:
        """Whether no time was said: neither a period nor all that is known."""
        return self.span is None and "all_time" not in self.reading.manner

    @property
    def other(self) -> Span | None:
        """The other period of a comparison, if it was said."""
        u = self.reading.understood
        return Span(u.compare_start, u.compare_end) if u.compare_start and u.compare_end else None

    def of_items(self, table: pl.DataFrame) -> pl.DataFrame:
        """The rows of the articles asked for, all of them if none was named."""
        items = self.reading.understood.items
        return table.filter(pl.col("item").is_in(items)) if items else table
