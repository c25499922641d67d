"""XLSX workbooks: bounded before they are opened, and the sheet with the wanted columns written out as CSV."""

import contextlib
import csv
import datetime as dt
import itertools
import re
import zipfile
from pathlib import Path
from typing import Any

import python_calamine

from jobs.errors import DatasetUnusable, FieldError, InputError
from storage.columns import REQUIRED, assign, how_to_name, listed
from storage.heading import SEARCHED, Wanted, cells, check_header

LARGEST_CELL = 32_767  # Excel's own limit, in characters
MAX_PARTS = 10_000
MAX_SHEETS = 100
NAMED = 5  # sheets in a message
NUMBER_FORMAT = re.compile(r"<(?:\w+:)?numFmt\s[^>]*>")
FORMAT_ID = re.compile(r'numFmtId="(\d+)"')
FILLED = re.compile(r'formatCode="0{2,}"')
ZEROS_LOST = ("The workbook has a number format that shows zeros in front (00000): a code that is the number 123 in it is shown "
              "as 00123 and was read as 123. Where the zeros belong to the codes, write them as text.")


def workbook_to_csv(path: Path, target: Path, wanted: Wanted, *, max_bytes: int, max_rows: int) -> tuple[str, ...]:
    """Write the sheet that names the wanted columns, or the only one with data, to `target`; gives notes, sentences.

    UTF-8, commas, one record a row, blank rows kept. Dates become ISO text, whole numbers lose their `.0`. Raises
    DatasetUnusable for a ZIP that is no workbook, for one that holds more than `max_bytes`, for one without data, and where
    several sheets or none of several name the columns; OSError for a disk that fails.
    """
    _bound(path, max_bytes)
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        sheets = [book.get_sheet_by_index(i) for i in range(min(len(book.sheet_names), MAX_SHEETS))]
        filled = [sheet for sheet in sheets if sheet.start is not None]
        sheet = _choose(filled, wanted)
        if sheet.total_height > max_rows:  # the number of its last row, from 0
            raise DatasetUnusable(f"The sheet has more than {max_rows:,} rows (MAX_ROWS); send it in parts.")
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            code = _item_column(sheet, wanted)
            for row in sheet.iter_rows():
                writer.writerow([_text(cell) if place == code else _amount(cell) for place, cell in enumerate(row)])
    except (python_calamine.CalamineError, zipfile.BadZipFile, ValueError) as e:
        raise DatasetUnusable("The workbook is damaged or protected by a password; save it again as .xlsx or .csv.") from e
    others = [other.name for other in filled if other is not sheet]
    read = (f"The sheet {sheet.name!r} was read; left out: {listed(others)}.",) if others else ()
    return (*read, ZEROS_LOST) if _shows_zeros(path) else read


def _shows_zeros(path: Path) -> bool:
    """Whether a cell format of the workbook fills numbers up with zeros, such as 00000."""
    with zipfile.ZipFile(path) as archive:
        try:
            styles = archive.read("xl/styles.xml").decode("utf-8", "replace")
        except KeyError:
            return False
    ids = {number[1] for tag in NUMBER_FORMAT.findall(styles) if FILLED.search(tag) and (number := FORMAT_ID.search(tag))}
    used = styles.partition("cellXfs")[2].partition("cellXfs>")[0]
    return bool(ids & set(FORMAT_ID.findall(used)))


def _choose(sheets: list[python_calamine.CalamineSheet], wanted: Wanted) -> python_calamine.CalamineSheet:
    """The only sheet, or the one that names the columns. Raises DatasetUnusable with the sheets if there is none such."""
    if not sheets:
        raise DatasetUnusable("The workbook holds no data.")
    if len(sheets) == 1:
        return sheets[0]
    tops = [_top(sheet) for sheet in sheets]
    named = [sheet for sheet, top in zip(sheets, tops, strict=True) if any(wanted.named_in(record) for record in top)]
    if len(named) > 1:
        names = listed([sheet.name for sheet in named])
        raise DatasetUnusable(f"The sheets {names} each name the columns of {wanted.type_}, and one is read: put all rows on one "
                              "sheet, or save the one that counts as a file of its own.")
    if not named:
        seen = "; ".join(f"{sheet.name[:60]!r} has {listed(_names(top, wanted), 10)}"
                         for sheet, top in zip(sheets[:NAMED], tops, strict=False))
        absent = REQUIRED[wanted.type_]
        raise DatasetUnusable(f"No sheet has a row that names columns for {', '.join(absent)}: {seen}. {how_to_name(absent)}",
                              fields=tuple(FieldError(f"file.{name}", f"no sheet has a column for {name}") for name in absent))
    return named[0]


def _top(sheet: python_calamine.CalamineSheet) -> list[list[str]]:
    """The first rows that are not blank."""
    rows = ([_text(cell) for cell in row] for row in sheet.iter_rows())
    return list(itertools.islice((row for row in rows if cells(row)), SEARCHED))


def _names(top: list[list[str]], wanted: Wanted) -> list[str]:
    """What may be the names of a sheet's columns."""
    return [cell for cell in top[wanted.heading_of(top)] if cell.strip()] if top else []


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


def _item_column(sheet: python_calamine.CalamineSheet, wanted: Wanted) -> int | None:
    """The place of the column that holds the items, if a row names it."""
    top = _top(sheet)
    names = [name.strip() for name in top[wanted.heading_of(top)]]
    with contextlib.suppress(InputError):
        return names.index(assign(wanted.type_, check_header(names), wanted.mapping).canonical["item"])
    return None


def _amount(cell: Any) -> str:
    """A cell as text, a number with three decimals with a zero more: text such as `1.125` may mean thousands, it does not."""
    text = _text(cell)
    return f"{text}0" if isinstance(cell, float) and text[-4:-3] == "." else text


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)[:LARGEST_CELL]
