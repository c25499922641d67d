"""A Parquet file with its columns, read a few at a time."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from storage.heading import check_header


class ParquetFile:
    """A table with types. Row numbers count as if a header stood in row 1, as in a spreadsheet of the same data."""

    delimiter = ","
    first_row = 2
    notes: tuple[str, ...] = ()

    def __init__(self, path: Path) -> None:
        """Read the footer. Raises DatasetUnusable for column names that cannot be used, PolarsError for a damaged file."""
        self._lazy = pl.scan_parquet(path, glob=False)
        names = self._lazy.collect_schema().names()
        self._names = dict(zip(check_header(names), names, strict=False))
        self.header = list(self._names)
        self.rows = int(self._lazy.select(pl.len()).collect().item())

    def columns(self, names: Sequence[str]) -> list[pl.Series]:
        """Some columns, each of shape (rows,): text, dates, datetimes, numbers or booleans; nested values become null."""
        frame = self._lazy.select(self._names[name] for name in names).collect(engine="streaming")
        return [_plain(column) for column in frame.get_columns()]


def _plain(column: pl.Series) -> pl.Series:
    kind = column.dtype
    if kind == pl.String or kind == pl.Date or kind == pl.Boolean or isinstance(kind, pl.Datetime):
        return column
    if kind.is_decimal():
        return column.cast(pl.Float64)
    if kind.is_numeric():
        return column
    if kind == pl.Categorical or isinstance(kind, pl.Enum):
        return column.cast(pl.String)
    return pl.Series(column.name, [None], dtype=pl.String).new_from_index(0, column.len())
