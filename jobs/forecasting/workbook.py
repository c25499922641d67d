"""Columns as an XLSX file, in which no text of a customer's can act as a formula."""

import io
from collections.abc import Callable, Mapping, Sequence

import xlsxwriter

from jobs.formulas import harmless

WIDEST = 60
WHOLE, DECIMALS, PERCENT = "#,##0", "#,##0.00", "0.0%"
SHARES = ("service_level",)
FILTER_WIDTH = 4  # the button of a filter, and a little air

Cell = str | float | None
Columns = Mapping[str, Sequence[Cell]]


def write_workbook(sheets: Mapping[str, Columns], headings: Callable[[str], str] = str) -> bytes:
    """Sheets of one XLSX file, by name: first row fixed and with a filter, text stays text, numbers stay numbers.

    A column of numbers shows thousands, and decimals where one of them has any; shares between 0 and 1 (`SHARES`) are percent.
    headings: gives what is written above a column.
    """
    buffer = io.BytesIO()
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, plain) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        formats = {code: book.add_format({"num_format": code}) for code in (WHOLE, DECIMALS, PERCENT)}
        for name, columns in sheets.items():
            sheet, height = book.add_worksheet(name), max(map(len, columns.values()), default=0)
            sheet.freeze_panes(1, 0)
            if height:
                sheet.autofilter(0, 0, height, len(columns) - 1)
            for column, (called, values) in enumerate(columns.items()):
                header = headings(called)
                sheet.write_string(0, column, header, bold)
                code = _format(called, values)
                sheet.set_column(column, column, _width(header, values), formats.get(code or ""))
                for row, value in enumerate(values):
                    if isinstance(value, str):
                        sheet.write_string(row + 1, column, harmless(value))
                    elif value is not None:
                        sheet.write_number(row + 1, column, value, formats.get(code or ""))
    return buffer.getvalue()


def _format(name: str, values: Sequence[Cell]) -> str | None:
    """The number format of a column; None for text."""
    numbers = [value for value in values if isinstance(value, int | float)]
    if any(isinstance(value, str) for value in values):
        return None
    if name in SHARES:
        return PERCENT
    return WHOLE if all(value == round(value) for value in numbers) else DECIMALS


def _width(header: str, values: Sequence[Cell]) -> int:
    longest = max((len(str(value)) for value in values if value is not None), default=0)
    return min(WIDEST, max(len(header) + FILTER_WIDTH, longest + 2))
