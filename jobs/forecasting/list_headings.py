"""A buy list as people read it in a spreadsheet: headings and words in their language. The CSV keeps the names of the API."""

import polars as pl

from jobs.forecasting.buy_words import Language
from jobs.forecasting.list_words import HEADINGS, SHEETS, WORDS
from jobs.forecasting.spreadsheet import as_workbook


def book_of(sheets: dict[str, pl.DataFrame], language: Language) -> bytes:
    """An XLSX file of sheets by their English names, in `language`."""
    if language == "en":
        return as_workbook(sheets)
    worded = {SHEETS[name]: _in_words(table) for name, table in sheets.items()}
    return as_workbook(worded, lambda name: HEADINGS.get(name, name))


def _in_words(table: pl.DataFrame) -> pl.DataFrame:
    """`table` with exceptions, confidences and the names of totals in Spanish."""
    there = set(table.columns)
    lists = [pl.col("exceptions").list.eval(pl.element().replace(WORDS))] if "exceptions" in there else []
    words = [pl.col(name).replace(spoken) for name, spoken in (("confidence", WORDS), ("total", HEADINGS)) if name in there]
    return table.with_columns(*lists, *words)
