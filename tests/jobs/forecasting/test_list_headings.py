"""A list in Spanish: every column has a heading, and those of a stock file are the ones that an upload knows."""

import io

import polars as pl
from python_calamine import CalamineWorkbook

from jobs.forecasting.kinds import ListTotals, Recommendation
from jobs.forecasting.list_headings import HEADINGS, SHEETS, WORDS, book_of
from jobs.forecasting.recommend import ORDER_COLUMNS


def read(content):
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_each_column_of_a_list_of_an_order_and_of_the_totals_has_a_spanish_heading():
    columns = {field.alias or name for name, field in Recommendation.model_fields.items()}
    assert columns | set(ORDER_COLUMNS) | set(ListTotals.model_fields) <= set(HEADINGS)
    assert len(set(HEADINGS.values())) == len(HEADINGS)


def test_words_are_translated_where_they_are_words_of_the_list_only():
    table = pl.DataFrame({"item": ["new"], "confidence": ["high"], "exceptions": [["stockout", "new"]]})
    assert read(book_of({"Buy list": table}, "es")) == {"Lista de compras": [
        ["artículo código", "confianza", "excepciones"], ["new", "alta", "se agota, nuevo"]]}
    assert read(book_of({"Buy list": table}, "en"))["Buy list"][1] == ["new", "high", "stockout, new"]


def test_every_exception_and_confidence_has_a_word():
    fields = Recommendation.model_json_schema()["properties"]
    assert {*fields["exceptions"]["items"]["enum"], *fields["confidence"]["enum"]} == set(WORDS)
    assert len(set(SHEETS.values())) == len(SHEETS)
