"""Numbers as files write them: with a decimal point or a decimal comma, thousands marks, currency signs, blanks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from storage.convention import CHARACTERS, NO_CONVENTION, Convention, Mark

Evidence = Literal["said", "proof", "usual", "unclear", "none"]

BLANKS = ("", "NA", "N/A", "n/a", "#N/A", "null", "NULL", "None", "-")
STRIPPED = " \t\u00a0\u202f$€"
SIGNED = r"[$€]"
NUMBER_LIKE = r"^[+-]?(\d{1,3}([.,]\d{3})+|\d*)([.,]\d*)?$"
COMMA_NUMBER = r"^[+-]?(\d{1,3}(\.\d{3})+|\d+)?(,\d*)?$"
POINT_NUMBER = r"^[+-]?(\d{1,3}(,\d{3})+)(\.\d*)?$"
UNCLEAR = {"point": r"^[+-]?[1-9]\d{0,2}\.\d{3}$", "comma": r"^[+-]?[1-9]\d{0,2},\d{3}$"}
LARGEST = 1e15  # doubles count units exactly up to here
EXAMPLES = 3


def _proof(decimal: str, other: str) -> str:
    """What only a decimal mark can be: no three digits behind it, no thousands before it, or the other mark in thousands."""
    return (rf"^[+-]?\d*{decimal}(\d{{1,2}}|\d{{4,}})$|{other}\d{{3}}{decimal}\d|^[+-]?(0\d*|\d{{4,}})?{decimal}\d{{3}}$"
            rf"|^[+-]?\d{{1,3}}({other}\d{{3}}){{2,}}$")


PROOF: dict[Mark, str] = {"comma": _proof(",", r"\."), "point": _proof(r"\.", ",")}


@dataclass(frozen=True, slots=True)
class DecimalMark:
    """The decimal mark of a file, and how sure that is.

    evidence: `proof` by its numbers; `said` by its sender; `usual`: all its marks have three digits behind them and are no
    decimal marks where it comes from; `unclear`: they may be either. examples: such numbers as they stand, by column.
    """

    mark: Mark
    evidence: Evidence
    examples: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def note(self) -> str | None:
        """What is to be said of a mark that no number proves: a sentence for people."""
        if self.evidence not in ("usual", "unclear"):
            return None
        example = next(texts[0] for texts in self.examples.values())
        other: Mark = "point" if self.mark == "comma" else "comma"
        kind, sign = ("a thousands mark", other) if self.evidence == "usual" else ("the decimal mark", self.mark)
        fix = CHARACTERS[other]
        return (f"The {sign} in numbers such as {example!r} was read as {kind}; no number in the file proves it. If it is not, "
                f"upload the file again with the decimal mark {fix!r} (`decimal`, --decimal-mark {fix}).")


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A column of numbers, all of shape (rows,).

    `values` is null where `blank` (nothing was written) or `bad` (no finite number, or one beyond ±1e15).
    """

    values: pl.Series
    blank: pl.Series
    bad: pl.Series


def decimal_mark(columns: Mapping[str, pl.Series], delimiter: str, convention: Convention = NO_CONVENTION) -> DecimalMark:
    """The mark that the number columns of a file use, by name: the one said, else the one that a number proves.

    `1.500` alone proves nothing: it is fifteen hundred where a comma stands before decimals, by the company's country, else by
    the delimiter `;` or by a currency sign (money has no three decimals); elsewhere it is `unclear`, and so is `1,500` mirrored.
    """
    if convention.said:
        return DecimalMark(convention.said, "said")
    unclear: dict[str, tuple[Mark, tuple[str, ...], bool]] = {}
    for name, column in columns.items():
        if column.dtype != pl.String:
            continue
        cells = column.filter(column.str.contains("[.,]"))
        texts = cells.str.strip_chars(STRIPPED)
        proven = next((mark for mark, pattern in PROOF.items() if texts.str.contains(pattern).any()), None)
        if proven:
            return DecimalMark(proven, "proof")
        for mark in PROOF:
            found = cells.filter(texts.str.contains(UNCLEAR[mark]))
            if found.len():
                shown = tuple(found.unique(maintain_order=True).head(EXAMPLES).str.strip_chars())
                unclear[name] = mark, shown, bool(found.str.contains(SIGNED).any())
    if not unclear:
        return DecimalMark("point", "none")
    usual: Mark = convention.usual or ("comma" if delimiter == ";" or ("point", True) in {(m, s) for m, _, s in unclear.values()}
                                       else "point")
    doubtful = {name: shown for name, (mark, shown, _) in unclear.items() if mark == usual}
    if doubtful:
        return DecimalMark(usual, "unclear", doubtful)
    return DecimalMark(usual, "usual", {name: shown for name, (_, shown, _) in unclear.items()})


def number_like(column: pl.Series) -> bool:
    """Whether a column of text holds numbers and blanks only, whatever their marks."""
    texts = column.str.strip_chars(STRIPPED).drop_nulls()
    return bool((texts.str.contains(NUMBER_LIKE) | texts.is_in(list(BLANKS))).all())


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
