"""A list as a workbook in a language: headings, and the words that are the list's own."""

import io

import polars as pl
from python_calamine import CalamineWorkbook

from jobs.forecasting.list_headings import book_of


def read(content):
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_words_are_translated_where_they_are_words_of_the_list_only():
    table = pl.DataFrame({"item": ["new"], "confidence": ["high"], "exceptions": [["stockout", "new"]]})
    assert read(book_of({"Buy list": table}, "es")) == {"Lista de compras": [
        ["artículo código", "confianza", "excepciones"], ["new", "alta", "se agota, nuevo"]]}
    assert read(book_of({"Buy list": table}, "en"))["Buy list"][1] == ["new", "high", "stockout, new"]
