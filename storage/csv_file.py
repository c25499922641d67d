"""A CSV file with its delimiter, header and columns, read a few columns at a time so that memory stays bounded."""

import csv
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from jobs.errors import DatasetUnusable, FieldError
from storage.heading import SEARCHED, Wanted, cells, check_header

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_CHARACTERS = 1 << 20
SAMPLE_RECORDS = 100
BLANK_RECORDS = 1_000  # that may stand above the header


class CsvFile:
    """A table of text. `header` has the names as they stand in the file, `rows` counts the records below it,
    and `first_row` is the number that the first of them has in the file (the first line is row 1). `notes`: sentences.
    """

    def __init__(self, path: Path, folder: Path, lines: int, delimiter: str | None = None, *, wanted: Wanted | None = None,
                 notes: tuple[str, ...] = ()) -> None:
        """Find out the header, and the delimiter if it is not known; `lines` counts the physical lines.

        wanted: tells the header from titles above it; without it the first record is the header. notes: of what was done before.
        Raises DatasetUnusable when there is no usable header.
        """
        self._path, self._folder, self.notes = path, folder, notes
        self.delimiter = delimiter or _sniff(path, wanted)
        first = _first_records(path, self.delimiter, SEARCHED if wanted else 1)
        titles = wanted.heading_of([found.cells for found in first]) if wanted else 0
        record, self._header_lines, above = first[titles].cells, first[titles].lines, first[titles].above
        self.header = check_header(record)
        self.first_row = above + 2
        if titles:
            self.notes += (f"Row {above + 1} names the columns; what stands above it was left out.",)
        self.rows = lines - self._header_lines
        if self._header_lines != 1 or not self._regular():
            self._rewrite()

    def columns(self, names: Sequence[str]) -> list[pl.Series]:
        """Some columns as text of shape (rows,); empty cells are null. Raises DatasetUnusable, naming bad rows."""
        frame = self._scan().select(f"c{self.header.index(name)}" for name in names).collect(engine="streaming")
        if frame.height != self.rows:
            raise DatasetUnusable("The file cannot be read as CSV; save it anew from your spreadsheet.")
        return frame.get_columns()

    def _scan(self) -> pl.LazyFrame:
        return pl.scan_csv(self._path, has_header=False, skip_lines=self._header_lines, separator=self.delimiter, glob=False,
                           schema={f"c{i}": pl.String for i in range(len(self.header))}, raise_if_empty=False)

    def _regular(self) -> bool:
        """Whether each line is one record with no more cells than the header.

        Polars looks for cells too many only where it reads all columns, and takes a stray quote for the start of a cell
        over many lines: then there are fewer records than lines.
        """
        try:
            counts = self._scan().select(pl.len().alias("records"), pl.all().null_count()).collect(engine="streaming")
            return bool(counts["records"].item() == self.rows)
        except pl.exceptions.PolarsError:
            return False

    def _rewrite(self) -> None:
        """The slow, exact way: through Python's csv, into a file that Polars reads as it is meant."""
        target = self._folder / "rewritten.csv"
        width, count = len(self.header), -1
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=self.delimiter, lineterminator="\n")
            for count, record in enumerate(self._records()):
                if len(record) > width and any(record[width:]):
                    number = self.first_row + count
                    raise DatasetUnusable(f"Row {number} has {len(record)} cells, and the header {width}; see to its quotes and "
                                          "delimiters.", fields=(FieldError(f"file.row {number}", "more cells than the header"),))
                padded = (record + [""] * width)[:width]
                writer.writerow(padded)
        self._path, self._header_lines, self.rows = target, 0, count + 1

    def _records(self) -> Iterator[list[str]]:
        """The records below the header, exactly as Python's csv reads them."""
        csv.field_size_limit(SAMPLE_CHARACTERS)
        number = self.first_row
        with self._path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=self.delimiter, strict=True)
            try:
                for record in itertools.islice(reader, self.first_row - 1, None):
                    yield record
                    number += 1
            except csv.Error:
                raise DatasetUnusable(
                    f"Row {number} has a quote that is never closed, or text after a closing quote; write a quote inside a "
                    "quoted cell twice.", fields=(FieldError(f"file.row {number}", "quotes do not match"),)) from None


def _sample(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return file.read(SAMPLE_CHARACTERS).split("\n")[:SAMPLE_RECORDS]


def _sniff(path: Path, wanted: Wanted | None) -> str:
    """The delimiter with which a record names the wanted columns.

    Of several or none: the one that gives most of the first records the header's number of cells, and the most cells.
    """
    lines = [line for line in _sample(path) if line.strip()]

    def fitness(delimiter: str) -> tuple[bool, float, int]:
        try:
            records = list(csv.reader(lines, delimiter=delimiter))
        except csv.Error:
            return False, 0.0, 0
        widths = [len(record) for record in records]
        first = widths[0] if widths else 0
        named = wanted is not None and any(wanted.named_in(record) for record in records[:SEARCHED])
        return named, (sum(w == first for w in widths) / len(widths) if first > 1 else 0.0), first

    return max(DELIMITERS, key=fitness)


class _Record(NamedTuple):
    """A record, the physical lines up to its end, and the records before it."""

    cells: list[str]
    lines: int
    above: int


def _first_records(path: Path, delimiter: str, count: int) -> list[_Record]:
    """The first records that are not blank: `count` of them, or fewer. Raises DatasetUnusable if there is none."""
    csv.field_size_limit(SAMPLE_CHARACTERS)
    found: list[_Record] = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        try:
            for above, record in enumerate(itertools.islice(reader, BLANK_RECORDS)):
                if cells(record):
                    found.append(_Record(record, reader.line_num, above))
                if len(found) == count:
                    break
        except csv.Error:
            if not found:
                raise DatasetUnusable("The first row of the file cannot be read as a header; see to its quotes.") from None
    if not found:
        raise DatasetUnusable("The file has no header; its first row must name the columns.")
    return found
