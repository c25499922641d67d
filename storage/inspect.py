"""The parser of foreign tables and detection data sets, a process of its own: `python -m storage.inspect <folder>`.

Reads `<folder>/order.json`, writes `<folder>/table.parquet` (for detection also `images/` and `records.jsonl`) and
`<folder>/answer.json`: a profile, or the reasons why the file cannot be used, or that the disk failed. Bounded in
memory, time and output by the kernel; ends when standard input closes.
"""

import errno
import os
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from jobs.errors import DatasetUnusable, StorageUnavailable
from storage.bounded import carry_out
from storage.columns import TableType, require_type
from storage.convention import NO_CONVENTION, Convention
from storage.csv_file import CsvFile
from storage.detection import inspect_detection
from storage.doubtful_rows import upload_day
from storage.heading import Wanted
from storage.inspection import refusal
from storage.parquet_file import ParquetFile
from storage.profile import profile_table
from storage.raw_file import open_raw, scan
from storage.stock import build_stock, profile_stock
from storage.table import TableFile, build_table
from storage.workbook import workbook_to_csv

NO_ROOM = "There is no room to open the file, or the disk fails; make room in NORIA_HOME and send it again."


def inspect_file(source: Path, folder: Path, *, type_: TableType, mapping: Mapping[str, str], max_rows: int,
                 max_bytes: int, convention: Convention = NO_CONVENTION, day: date | None = None) -> dict[str, Any]:
    """Parse the file at `source`, write `folder`/table.parquet and give the profile. day: of the upload, if that is known.

    Raises DatasetUnusable for what is the file's fault, StorageUnavailable when the disk is full or fails.
    """
    try:
        file = _open(source, folder, Wanted(type_, mapping), max_rows=max_rows, max_bytes=max_bytes)
        frame, profile = _parse(file, type_, mapping, max_rows, convention, day)
    except pl.exceptions.PolarsError:
        raise DatasetUnusable("The file is damaged or not what it says it is; save it anew and upload it again.") from None
    except OSError as e:
        if e.errno == errno.EFBIG:  # past RLIMIT_FSIZE, which no honest file comes near
            raise DatasetUnusable("The file grows too large when it is opened; send it in parts.") from e
        raise StorageUnavailable(NO_ROOM) from e
    try:
        frame.write_parquet(folder / "table.parquet", compression="zstd", statistics=True)
    except (pl.exceptions.PolarsError, OSError) as e:  # Polars tells a full disk as an error of its own
        raise StorageUnavailable(NO_ROOM) from e
    return profile


def _parse(file: TableFile, type_: TableType, mapping: Mapping[str, str], max_rows: int,
           convention: Convention, day: date | None) -> tuple[pl.DataFrame, dict[str, Any]]:
    if type_ == "stock":
        stock = build_stock(file, mapping, max_rows, convention)
        return stock.frame, profile_stock(stock, file)
    table = build_table(file, type_, mapping, max_rows, convention, day)
    return table.frame, profile_table(table, type_, file)


def inspect(order: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Carry out an order: `profile`, or `refused` with the reasons."""
    source, type_, uploaded_ms = Path(order["source"]), require_type(order["type"]), order["uploaded_ms"]
    try:
        if type_ == "detection":
            profile = inspect_detection(source, folder, max_bytes=order["max_bytes"],
                                        max_pixels=int(order["max_image_mp"] * 1_000_000))
        else:
            profile = inspect_file(source, folder, type_=type_, mapping=order["mapping"], max_rows=order["max_rows"],
                                   max_bytes=order["max_bytes"], convention=Convention(**order["convention"]),
                                   day=None if uploaded_ms is None else upload_day(uploaded_ms))
    except DatasetUnusable as e:
        return {"refused": refusal(e)}
    except StorageUnavailable as e:
        return {"unavailable": e.message}
    except pl.exceptions.PanicException:  # as where the allocator itself gives up: the limits were too tight
        os.abort()
    return {"profile": profile}


def _open(source: Path, folder: Path, wanted: Wanted, *, max_rows: int, max_bytes: int) -> TableFile:
    raw = open_raw(source, folder, max_bytes)
    if raw.format == "parquet":
        return ParquetFile(raw.path)
    if raw.format == "workbook":
        sheet = folder / "sheet.csv"
        notes = workbook_to_csv(raw.path, sheet, wanted, max_bytes=max_bytes, max_rows=max_rows)
        return CsvFile(sheet, folder, scan(sheet).lines, delimiter=",", wanted=wanted, notes=notes)
    if raw.lines > max_rows + 1:
        raise DatasetUnusable(f"The file has {raw.lines:,} lines; {max_rows:,} rows are the most (MAX_ROWS). Send it in parts.")
    return CsvFile(raw.path, folder, raw.lines, wanted=wanted)


if __name__ == "__main__":
    carry_out(Path(sys.argv[1]), lambda order: inspect(order, Path(sys.argv[1])))
