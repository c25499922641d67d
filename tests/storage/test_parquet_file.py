"""Parquet files."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from jobs.errors import DatasetUnusable
from storage.parquet_file import ParquetFile


def test_columns_keep_their_types_and_nested_ones_become_null(tmp_path: Path):
    pl.DataFrame({"date": [dt.date(2024, 1, 1)], "item": pl.Series(["007"], dtype=pl.Categorical), "price": [Decimal("1.50")],
                  "nested": [[1, 2]], "n": [3]}).write_parquet(tmp_path / "p")
    file = ParquetFile(tmp_path / "p")
    date, item, price, nested, n = file.columns(["date", "item", "price", "nested", "n"])
    assert (file.rows, date.to_list(), item.to_list(), price.to_list(), nested.to_list(), n.to_list()) == (
        1, [dt.date(2024, 1, 1)], ["007"], [1.5], [None], [3])


def test_a_damaged_file_raises_an_error_of_polars(tmp_path: Path):
    (tmp_path / "p").write_bytes(b"PAR1" + b"junk" * 100 + b"PAR1")
    with pytest.raises(pl.exceptions.PolarsError):
        ParquetFile(tmp_path / "p")


def test_too_many_columns_are_refused(tmp_path: Path):
    pl.DataFrame({f"c{i}": [1] for i in range(1001)}).write_parquet(tmp_path / "p")
    with pytest.raises(DatasetUnusable, match="1,001 columns"):
        ParquetFile(tmp_path / "p")
