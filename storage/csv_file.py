"""A CSV file with its delimiter, header and columns, read a few columns at a time so that memory stays bounded."""

import csv
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from jobs.errors import DatasetUnusable, FieldError

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_CHARACTERS = 1 << 20
SAMPLE_RECORDS = 100
MAX_COLUMNS = 1_000
MAX_NAME = 200


class CsvFile:
    """A table of text. `header` has the names as they stand in the file, `rows` counts the records below it,
    and `first_row` is the number that the first of them has in the file (the first line is row 1).
    """

    def __init__(self, path: Path, folder: Path, lines: int, delimiter: str | None = None) -> None:
        """Find out the header, and the delimiter if it is not known; `lines` counts the physical lines.

        Raises DatasetUnusable when there is no usable header.
        """
        self._path, self._folder = path, folder
        self.delimiter = delimiter or _sniff(path)
        record, self._header_lines, blank = _first_record(path, self.delimiter)
        self.header = check_header(record)
        self.first_row = blank + 2
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


def check_header(record: Sequence[str]) -> list[str]:
    """The names of a header, stripped. Raises DatasetUnusable when they cannot be one."""
    header = [name.strip() for name in record]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise DatasetUnusable("The file has no header; its first row must name the columns.")
    if len(header) > MAX_COLUMNS:
        raise DatasetUnusable(f"The file has {len(header):,} columns; {MAX_COLUMNS:,} are the most.")
    if any(len(name) > MAX_NAME for name in header):
        raise DatasetUnusable(f"The header has a name of more than {MAX_NAME} characters; is it really the header?")
    twice = sorted({repr(name[:60]) for name in header if name and header.count(name) > 1})
    if twice:
        raise DatasetUnusable(f"The header names {', '.join(twice[:10])} more than once; rename one of them.")
    if all(not name or name[0].isdigit() or name[0] in "+-." for name in header):
        raise DatasetUnusable("The first row looks like data, not like a header; its first row must name the columns.")
    return header


def _sample(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return file.read(SAMPLE_CHARACTERS).split("\n")[:SAMPLE_RECORDS]


def _sniff(path: Path) -> str:
    """The delimiter that gives most of the first records the header's number of cells, and the most cells."""
    lines = [line for line in _sample(path) if line.strip()]

    def fitness(delimiter: str) -> tuple[float, int]:
        try:
            widths = [len(record) for record in csv.reader(lines, delimiter=delimiter)]
        except csv.Error:
            return 0.0, 0
        first = widths[0] if widths else 0
        return (sum(w == first for w in widths) / len(widths) if first > 1 else 0.0), first

    return max(DELIMITERS, key=fitness)


def _first_record(path: Path, delimiter: str) -> tuple[list[str], int, int]:
    """The first record that is not blank, the physical lines up to its end, and the records before it."""
    csv.field_size_limit(SAMPLE_CHARACTERS)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        try:
            for blank, record in enumerate(itertools.islice(reader, 1000)):
                if any(cell.strip() for cell in record):
                    return record, reader.line_num, blank
        except csv.Error:
            raise DatasetUnusable("The first row of the file cannot be read as a header; see to its quotes.") from None
    raise DatasetUnusable("The file has no header; its first row must name the columns.")
