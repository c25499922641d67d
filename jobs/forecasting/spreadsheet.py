"""Tables as files for spreadsheets: CSV and XLSX, in which no text of a customer's can act as a formula."""

import io
import re
import unicodedata
from collections.abc import Callable, Sequence

import polars as pl
import xlsxwriter

from jobs.formulas import FORMULA

WIDEST = 60
WHOLE, DECIMALS, PERCENT = "#,##0", "#,##0.00", "0.0%"
SHARES = ("service_level",)
FILTER_WIDTH = 4  # the button of a filter, and a little air
LONGEST_NAME = 40


def without_formulas(table: pl.DataFrame) -> pl.DataFrame:
    """`table` with a ' before every text, or part of one, that a spreadsheet would take for a formula; lists become text."""
    joined = table.with_columns(pl.selectors.list().list.join(", "))
    text = pl.selectors.string()
    return joined.with_columns(text.str.replace_all(FORMULA, "${1}'${2}"))


def as_csv(table: pl.DataFrame) -> bytes:
    """The table as CSV in UTF-8, with a header, safe to open."""
    return without_formulas(table).write_csv().encode()


def as_workbook(sheets: dict[str, pl.DataFrame], headings: Callable[[str], str] = str) -> bytes:
    """Tables as sheets of one XLSX file, by name: first row fixed and with a filter, text stays text, numbers stay numbers.

    A column of numbers shows thousands, and decimals where one of them has any; shares between 0 and 1 (`SHARES`) are percent.
    headings: gives what is written above a column.
    """
    buffer = io.BytesIO()
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, plain) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        formats = {code: book.add_format({"num_format": code}) for code in (WHOLE, DECIMALS, PERCENT)}
        for name, table in sheets.items():
            sheet, safe = book.add_worksheet(name), without_formulas(table)
            sheet.freeze_panes(1, 0)
            if safe.height:
                sheet.autofilter(0, 0, safe.height, safe.width - 1)
            for column, called in enumerate(safe.columns):
                values, header = safe[called], headings(called)
                sheet.write_string(0, column, header, bold)
                text = values.dtype == pl.String
                shown = None if text else formats[_format(called, values)]
                sheet.set_column(column, column, _width(header, values), shown)
                write = sheet.write_string if text else sheet.write_number
                for row, value in enumerate(values.to_list()):
                    if value is not None:
                        write(row + 1, column, value, shown)
    return buffer.getvalue()


def _format(name: str, values: pl.Series) -> str:
    """The number format of a column."""
    if name in SHARES:
        return PERCENT
    numbers = values.cast(pl.Float64)
    return WHOLE if (numbers == numbers.round()).all() else DECIMALS


def _width(header: str, values: pl.Series) -> int:
    longest = values.cast(pl.String).str.len_chars().max() if values.len() else 0
    return min(WIDEST, max(len(header) + FILTER_WIDTH, int(str(longest or 0)) + 2))


def file_names(texts: Sequence[str]) -> list[str]:
    """A different file name of letters, digits, - and _ for each text, in its order: `Ñandú S.A.` → `Nandu-S-A`."""
    names: list[str] = []
    for text in texts:
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
        base = re.sub(r"[^A-Za-z0-9_]+", "-", plain).strip("-")[:LONGEST_NAME] or "supplier"
        name, number = base, 1
        while name.lower() in (known.lower() for known in names):
            number += 1
            name = f"{base}-{number}"
        names.append(name)
    return names
