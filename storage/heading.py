"""The row that names the columns: what it may look like, and where it stands where a title or other sheets come before it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jobs.errors import DatasetUnusable, InputError
from storage.columns import TableType, assign

MAX_COLUMNS = 1_000
MAX_NAME = 200
SEARCHED = 20  # rows with a cell, from the top


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a table is to hold, and the columns of the file that were named for it."""

    type_: TableType
    mapping: Mapping[str, str]

    def named_in(self, record: Sequence[str]) -> bool:
        """Whether a row names all the columns that such a table needs."""
        try:
            assign(self.type_, check_header(record), self.mapping)
        except InputError:
            return False
        return True

    def heading_of(self, records: Sequence[Sequence[str]]) -> int:
        """The place of the row that names the columns; of the first that is no title, half as wide as the widest, if none does.

        records: the first rows, without blank ones; at least one.
        """
        named = (place for place, record in enumerate(records) if self.named_in(record))
        widths = [cells(record) for record in records]
        return next(named, next(place for place, width in enumerate(widths) if 2 * width >= max(widths)))


def cells(record: Iterable[str]) -> int:
    """How many cells of a row are not blank."""
    return sum(1 for cell in record if cell.strip())


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
