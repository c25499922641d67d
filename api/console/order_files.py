"""What a buyer takes along of a list: its lines as CSV and XLSX, all of them or those of one supplier, in the page's language."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from api.console.buy_list import COLUMNS, Row, plain
from jobs.forecasting.list_words import HEADINGS, SHEETS, WORDS
from jobs.forecasting.workbook import Cell, write_workbook
from jobs.formulas import harmless

Format = Literal["csv", "xlsx"]
FORMATS: Mapping[Format, str] = {
    "csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
LINES = ("item", "item_name", "quantity", "advised_quantity", *COLUMNS[3:])
# What goes to a supplier, as in the job's own orders.
ORDER = ("item", "item_name", "quantity", "pack_size", "packs", "unit_cost", "investment", "lead_time_days")
LEAST_PACK = 0.01  # of units that are measured, not packed
WORDED = ("exceptions", "confidence")


@dataclass(frozen=True, slots=True)
class SupplierPart:
    """What of a list one supplier gets; `supplier` None: the articles without one."""

    supplier: str | None
    articles: int
    units: float
    money: float


def supplier_parts(rows: Iterable[Row]) -> list[SupplierPart]:
    """Every supplier of the rows, the most money first; one of which nothing is bought comes last, with zeros."""
    by_supplier: dict[str | None, list[Row]] = {}
    for row in rows:
        by_supplier.setdefault(row["supplier"], []).append(row)
    parts = [SupplierPart(name, sum(row["quantity"] > 0 for row in theirs), round(sum(row["quantity"] for row in theirs), 2),
                          round(sum(row["investment"] for row in theirs), 2)) for name, theirs in by_supplier.items()]
    return sorted(parts, key=lambda part: (-part.money, -part.articles, part.supplier or ""))


def order_of(rows: Iterable[Row], supplier: str | None) -> list[Row]:
    """The rows of one supplier, each with the number of its packs where it comes in any."""
    theirs = []
    for row in rows:
        if row["supplier"] == supplier:
            pack = row["pack_size"] if row["pack_size"] > LEAST_PACK else None
            theirs.append({**row, "pack_size": pack, "packs": round(row["quantity"] / pack, 2) if pack else None})
    return theirs


def as_file(rows: Sequence[Row], columns: Sequence[str], language: str, format_: Format) -> bytes:
    """The rows as such a file, with headings and words of the language; see `_csv` for its numbers."""
    return (_csv if format_ == "csv" else _xlsx)(rows, columns, language)


def _csv(rows: Sequence[Row], columns: Sequence[str], language: str) -> bytes:
    """In UTF-8 with the mark that spreadsheets know it by; with the comma as decimal mark, semicolons part the cells."""
    comma = language == "es"
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", delimiter=";" if comma else ",")
    writer.writerow(_heading(name, language) for name in columns)
    for row in rows:
        writer.writerow(_written(_said(name, row[name], language), comma=comma) for name in columns)
    return text.getvalue().encode("utf-8-sig")


def _xlsx(rows: Sequence[Row], columns: Sequence[str], language: str) -> bytes:
    table = {name: [_said(name, row[name], language) for row in rows] for name in columns}
    totals = {"total": [_heading(name, language) for name in ("quantity", "investment")],
              "value": [round(sum(row[name] for row in rows), 2) for name in ("quantity", "investment")]}
    sheets = {_sheet(name, language): part for name, part in (("Order", table), ("Totals", totals))}
    return write_workbook(sheets, lambda name: _heading(name, language))


def _heading(name: str, language: str) -> str:
    return HEADINGS[name] if language == "es" else name


def _sheet(name: str, language: str) -> str:
    return SHEETS[name] if language == "es" else name


def _said(name: str, value: Any, language: str) -> Cell:
    """A cell's value; the words that are the list's own in the language."""
    words = WORDS if language == "es" and name in WORDED else {}
    if isinstance(value, list):
        return ", ".join(str(words.get(word, word)) for word in value)
    found: Cell = words.get(value, value)
    return found


def _written(value: Any, *, comma: bool) -> str:
    if isinstance(value, str):
        return harmless(value)
    return plain(value).replace(".", "," if comma else ".")
