"""Numbers as files write them: with a decimal point or a decimal comma, thousands marks, currency signs, blanks."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import polars as pl

Mark = Literal["point", "comma"]
Evidence = Literal["proof", "guess", "none"]

BLANKS = ("", "NA", "N/A", "n/a", "#N/A", "null", "NULL", "None", "-")
STRIPPED = " \t\u00a0\u202f$€"
COMMA_PROOF = r"^[+-]?\d*,(\d{1,2}|\d{4,})$|\.\d{3},\d"
POINT_PROOF = r"\d\.(\d{1,2}|\d{4,})$|,\d{3}\.\d"
COMMA_NUMBER = r"^[+-]?(\d{1,3}(\.\d{3})+|\d+)?(,\d*)?$"
POINT_NUMBER = r"^[+-]?(\d{1,3}(,\d{3})+)(\.\d*)?$"
LARGEST = 1e15  # doubles count units exactly up to here


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A column of numbers, all of shape (rows,).

    `values` is null where `blank` (nothing was written) or `bad` (no finite number, or one beyond ±1e15).
    """

    values: pl.Series
    blank: pl.Series
    bad: pl.Series


def decimal_mark(columns: Iterable[pl.Series], delimiter: str) -> tuple[Mark, Evidence]:
    """The mark that a file's number columns use, and how sure that is (`1,234` alone is a guess; no comma: none)."""
    seen = False
    for column in columns:
        if column.dtype != pl.String:
            continue
        texts = column.filter(column.str.contains(",", literal=True)).str.strip_chars(STRIPPED)
        seen = seen or texts.len() > 0
        if texts.str.contains(COMMA_PROOF).any():
            return "comma", "proof"
        if texts.str.contains(POINT_PROOF).any():
            return "point", "proof"
    return ("comma" if delimiter == ";" and seen else "point"), ("guess" if seen else "none")


def parse_numbers(column: pl.Series, mark: Mark) -> NumberColumn:
    """Numbers of a column of text, numbers or booleans (1 and 0)."""
    blank = column.is_null()
    if column.dtype == pl.String and mark == "point":
        # Nearly all cells are plain numbers: only the others are worth a closer look.
        values = column.cast(pl.Float64, strict=False)
        odd = values.is_null() & ~blank
        if odd.any():
            where, texts = odd.arg_true(), column.filter(odd).str.strip_chars(STRIPPED)
            values, blank = values.scatter(where, _read(texts, mark)), blank.scatter(where, texts.is_in(list(BLANKS)))
    elif column.dtype == pl.String:
        texts = column.str.strip_chars(STRIPPED)
        values, blank = _read(texts, mark), blank | texts.is_in(list(BLANKS)).fill_null(value=True)
    else:
        values = column.cast(pl.Float64, strict=False)
    good = (values.abs() <= LARGEST).fill_null(value=False) & ~values.is_nan().fill_null(value=True) & ~blank
    kept = pl.DataFrame({"v": values, "g": good}).select(pl.when("g").then("v").otherwise(None)).to_series()
    return NumberColumn(kept, blank, ~good & ~blank)


def _read(texts: pl.Series, mark: Mark) -> pl.Series:
    words = texts.str.to_lowercase()
    if words.drop_nulls().is_in(["true", "false", ""]).all() and words.drop_nulls().len():
        return (words == "true").cast(pl.Float64)
    s = pl.col("s")
    if mark == "comma":
        pointed = s.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
        plain = pl.when(s.str.contains(COMMA_NUMBER)).then(pointed).otherwise(None)
    elif texts.str.contains(",", literal=True).any():
        ungrouped = s.str.replace_all(",", "", literal=True)
        kept = pl.when(s.str.contains(",", literal=True)).then(None).otherwise(s)
        plain = pl.when(s.str.contains(POINT_NUMBER)).then(ungrouped).otherwise(kept)
    else:
        plain = s
    return texts.to_frame("s").select(plain.cast(pl.Float64, strict=False)).to_series()
