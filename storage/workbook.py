"""XLSX workbooks: bounded before they are opened, and their first sheet with data written out as CSV."""

import csv
import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import python_calamine

from jobs.errors import DatasetUnusable

LARGEST_CELL = 32_767  # Excel's own limit, in characters
MAX_PARTS = 10_000


def workbook_to_csv(path: Path, target: Path, *, max_bytes: int, max_rows: int) -> Path:
    """Write the first sheet that holds data to `target`: UTF-8, commas, one record a row, blank rows kept.

    Dates become ISO text and whole numbers lose their `.0`. Raises DatasetUnusable for a ZIP that is no workbook,
    for one that holds more than `max_bytes`, and for one without data; OSError for a disk that fails.
    """
    _bound(path, max_bytes)
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        sheets = [book.get_sheet_by_index(i) for i in range(min(len(book.sheet_names), 100))]
        sheet = next((s for s in sheets if s.start is not None), None)
        if sheet is None:
            raise DatasetUnusable("The workbook holds no data.")
        if sheet.total_height > max_rows:  # the number of its last row, from 0
            raise DatasetUnusable(f"The sheet has more than {max_rows:,} rows (MAX_ROWS); send it in parts.")
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            for row in sheet.iter_rows():
                writer.writerow([_text(cell) for cell in row])
    except (python_calamine.CalamineError, zipfile.BadZipFile, ValueError) as e:
        raise DatasetUnusable("The workbook is damaged or protected by a password; save it again as .xlsx or .csv.") from e
    return target


def _bound(path: Path, max_bytes: int) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise DatasetUnusable("The file is a damaged ZIP or workbook; save it again as .xlsx or .csv.") from None
    if not any(part.filename.startswith("xl/") for part in parts):
        raise DatasetUnusable("The file is a ZIP archive, not an Excel workbook; send CSV, CSV.gz, XLSX or Parquet.")
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > max_bytes:
        raise DatasetUnusable(f"The workbook grows beyond {max_bytes >> 20} MiB when it is opened; send it as CSV.")


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)[:LARGEST_CELL]
