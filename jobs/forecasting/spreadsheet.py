"""Tables as files for spreadsheets: CSV and XLSX, in which no text of a customer's can act as a formula."""

import re
import unicodedata
from collections.abc import Callable, Sequence

import polars as pl

from jobs.forecasting.workbook import write_workbook
from jobs.formulas import FORMULA

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
    """Tables as sheets of one XLSX file, by name; see `write_workbook`."""
    return write_workbook({name: without_formulas(table).to_dict(as_series=False) for name, table in sheets.items()}, headings)


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
