"""From a file's columns to the canonical table: every cell that cannot be used is named by its row, nothing is guessed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

import polars as pl

from jobs.errors import DatasetUnusable, FieldError, InputError
from storage.columns import NUMBERS, OPTIONAL, REQUIRED, SYNONYMS, DatedType, Roles, TableType, assign, folded, known, listed
from storage.convention import CHARACTERS, NO_CONVENTION, Convention
from storage.dates import DateColumn, parse_dates, periods_among
from storage.doubtful_rows import Huge, Later, find_huge, find_later
from storage.numerals import DecimalMark, NumberColumn, decimal_mark, number_like, parse_numbers

EXAMPLES = 20
LONGEST_TEXT = 1_000
LONGEST_ITEM = 200
MANY_MISSING = 0.3
MANY_PERIODS = 3
CELLS_AT_ONCE = 10_000_000

Missing = Literal["unknown", "zero"]
_NAMES = {name: {folded(synonym) for synonym in synonyms} for name, synonyms in SYNONYMS.items()}


class TableFile(Protocol):
    """A file with named columns; `first_row` is the number in the file of the first record below the header.

    notes: how it was read, in sentences.
    """

    header: list[str]
    rows: int
    first_row: int
    delimiter: str
    notes: tuple[str, ...]

    def columns(self, names: Sequence[str]) -> list[pl.Series]:
        """Some columns, each of shape (rows,). Raises DatasetUnusable."""
        ...


@dataclass(slots=True)
class Table:
    """A canonical table (`frame`) and what was met on the way to it. Counts are rows.

    unproved: what is to be said of the decimal mark of a regressor, by its name.
    """

    frame: pl.DataFrame
    roles: Roles
    dates: DateColumn
    mark: DecimalMark
    blank_rows: int = 0
    later: Later | None = None
    huge: Huge | None = None
    missing_quantities: int = 0
    missing_read_as: Missing | None = None
    regressors: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    unproved: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Faults:
    """Bad cells, by row; the first ones are told, all are counted."""

    first_row: int
    count: int = 0
    examples: list[tuple[int, str, str]] = field(default_factory=list)

    def add(self, bad: pl.Series, column: pl.Series, name: str, reason: str) -> None:
        """Note the cells of `column` where `bad`; `reason` is completed by the cell's text."""
        where = bad.arg_true()
        self.count += where.len()
        for i in where.head(EXAMPLES):
            cell = column[i]
            shown = "an empty cell" if cell is None or not str(cell).strip() else repr(str(cell)[:60])
            self.examples.append((int(i) + self.first_row, name, f"{shown} {reason}"))

    def add_items(self, items: pl.Series, absent: pl.Series) -> None:
        """Note the rows that have no item where `absent`, and items that are too long."""
        self.add(absent, items, "item", "is not an item")
        too_long = (items.str.len_chars() > LONGEST_ITEM).fill_null(value=False)
        self.add(too_long, items, "item", f"is longer than {LONGEST_ITEM} characters")

    def raise_if_any(self) -> None:
        """Raises DatasetUnusable with the first twenty."""
        if not self.count:
            return
        first = sorted(self.examples)[:EXAMPLES]
        fields = tuple(FieldError(f"file.row {row}.{name}", message) for row, name, message in first)
        row, name, message = first[0]
        cells = "1 cell" if self.count == 1 else f"{self.count:,} cells"
        raise DatasetUnusable(f"{cells} of the file cannot be used, the first one in row {row}: {name}: {message}. "
                              "Correct or remove these rows and upload again.", fields=fields)


def build_table(file: TableFile, type_: DatedType, mapping: Mapping[str, str], max_rows: int,
                convention: Convention = NO_CONVENTION, day: date | None = None) -> Table:
    """The canonical table of a file: `date` Date, `item` String as uploaded, the numbers Float64.

    Rows that are blank are left out and counted. Sales rows without a quantity are counted, too: they are kept with null where
    it is unknown, and left out where it means that nothing was sold. day: of the upload; a few sales that are dated later are
    left out, too, and without it none are. Raises DatasetUnusable naming rows and columns.
    """
    roles = find_roles(file, type_, mapping, max_rows)
    table, kept = _core(file, type_, roles, convention, day if type_ == "sales" else None)
    for name in OPTIONAL[type_]:
        if name in roles.canonical and name not in NUMBERS:
            (column,) = file.columns([roles.canonical[name]])
            text = column.filter(kept).cast(pl.String, strict=False).str.slice(0, LONGEST_TEXT)
            table.frame = table.frame.with_columns(text.alias(name))
    _add_others(table, file, kept, type_, convention)
    usable = table.frame.height - (table.missing_quantities if table.missing_read_as == "unknown" else 0)
    if usable < 2:
        raise DatasetUnusable(f"The file has {usable} usable rows (a date, an item"
                              f"{' and a quantity' if type_ == 'sales' else ''} in each); at least two are needed.")
    if type_ == "future":
        table.regressors = [name for name in NUMBERS if name in table.frame.columns] + table.regressors
    if type_ == "future" and not table.regressors:
        raise DatasetUnusable("The file has no numeric column beside date and item; future data hold the regressors of a model.")
    order = [name for name in known(type_) if name in table.frame.columns] + table.regressors
    table.frame = table.frame.select(list(dict.fromkeys(order)))
    return table


def find_roles(file: TableFile, type_: TableType, mapping: Mapping[str, str], max_rows: int) -> Roles:
    """Which column of a file is which. Raises DatasetUnusable for columns that are missing, no rows or too many."""
    if file.rows > max_rows:
        raise DatasetUnusable(f"The file has {file.rows:,} rows; {max_rows:,} are the most (MAX_ROWS). Send it in parts.")
    try:
        roles = assign(type_, file.header, mapping)
    except InputError as e:
        wide = _wide(file.header, type_)
        if type_ == "sales" and not mapping and not wide:
            _require_no_stock(file.header)
        raise DatasetUnusable(e.message + wide, fields=e.fields, columns=tuple(file.header)) from None
    if file.rows < 1:
        raise DatasetUnusable("The file has a header and no rows below it.")
    return roles


def _require_no_stock(header: Sequence[str]) -> None:
    """Raises DatasetUnusable for columns that say what is on hand and none that is called as what was sold.

    It has the columns to choose from where one has a name that says nothing, which may hold the sales after all.
    """
    on_hand = next((column for column in header if folded(column) in _NAMES["on_hand"] - _NAMES["quantity"]), None)
    if on_hand is not None and not any(folded(column) in _NAMES["quantity"] for column in header):
        unnamed = any(folded(column) not in set().union(*_NAMES.values()) for column in header)
        raise DatasetUnusable(
            f"These look like stock: there is a column {on_hand!r}, and none of what was sold. Upload them with the type stock; "
            "of sales, send a row for each sale, with its date and quantity.",
            fields=(FieldError("type", "stock, not sales"),), columns=tuple(header) if unnamed else ())


def settled_mark(file: TableFile, roles: Roles, numbers: Mapping[str, pl.Series], convention: Convention) -> DecimalMark:
    """The decimal mark of a file by its canonical number columns; where these prove none, by its other ones.

    Raises DatasetUnusable with columns and numbers where `1.500` may be fifteen hundred as well as one and a half.
    """
    mark = decimal_mark(numbers, file.delimiter, convention)
    if mark.evidence not in ("usual", "unclear"):
        return mark
    for batch in _batches([name for name in roles.others if name], file.rows):
        texts = (column for column in file.columns(batch) if column.dtype == pl.String and number_like(column))
        elsewhere = (decimal_mark({"": column}, file.delimiter) for column in texts)
        proven = next((found for found in elsewhere if found.evidence == "proof"), None)
        if proven:
            return proven
    if mark.evidence == "unclear":
        raise _either(mark, roles)
    return mark


def _either(mark: DecimalMark, roles: Roles) -> DatasetUnusable:
    """The refusal of numbers that may be thousands or have three decimals."""
    shown = {name: ", ".join(repr(text[:60]) for text in texts) for name, texts in mark.examples.items()}
    named = "; ".join(f"{name} (column {roles.canonical[name][:60]!r}): {texts}" for name, texts in shown.items())
    word, this, other = mark.mark, CHARACTERS[mark.mark], CHARACTERS["comma" if mark.mark == "point" else "point"]
    message = (f"The {word} in these numbers may mark thousands or decimals, and nothing in the file tells which: {named}. Say "
               f"which mark stands before decimals: `decimal`, or for `noria upload`: --decimal-mark {other} if the {word} marks "
               f"thousands, --decimal-mark {this} if it marks decimals.")
    return DatasetUnusable(message, fields=tuple(
        FieldError(f"file.{name}", f"{texts}: thousands or decimals?") for name, texts in shown.items()))


def _wide(header: Sequence[str], type_: TableType) -> str:
    """What to do with a table that has a column for each period; nothing for one that has not, and for stock."""
    periods = periods_among(header)
    if len(periods) < MANY_PERIODS or type_ == "stock":
        return ""
    return (f" {len(periods)} of the columns are periods, such as {listed(periods[:2])}: send one row per item and period, "
            f"with the columns {', '.join(REQUIRED[type_])} (spreadsheets call it unpivot).")


def _core(file: TableFile, type_: DatedType, roles: Roles, convention: Convention, day: date | None) -> tuple[Table, pl.Series]:
    """The required columns and the canonical numbers of the rows that count, and the mask of those rows."""
    faults = Faults(file.first_row)
    (raw_date,) = file.columns([roles.canonical["date"]])
    (raw_item,) = file.columns([roles.canonical["item"]])
    present = [name for name in NUMBERS if name in roles.canonical]
    raw_numbers = dict(zip(present, file.columns([roles.canonical[name] for name in present]), strict=True)) if present else {}
    mark = settled_mark(file, roles, raw_numbers, convention)
    dates = parse_dates(raw_date)
    items = item_text(raw_item)
    numbers = {name: parse_numbers(column, mark.mark) for name, column in raw_numbers.items()}

    no_item, no_date = is_blank(items), is_blank(raw_date)
    blank_row = no_item & no_date
    for number in numbers.values():
        blank_row &= number.blank
    faults.add(dates.values.is_null() & ~blank_row, raw_date, "date", "is not a date such as 2024-05-03, 03/05/2024 or May 2024")
    faults.add_items(items, no_item & ~blank_row)
    for name, number in numbers.items():
        faults.add(number.bad & ~blank_row, raw_numbers[name], name, "is not a finite number")
    faults.raise_if_any()

    later, kept = find_later(dates.values, items, ~blank_row, file.first_row, day) if day else (None, ~blank_row)
    huge, missing, read_as = None, 0, None
    if type_ == "sales":
        blank = numbers["quantity"].blank & kept
        missing, read_as = int(blank.sum()), _read_missing(numbers["quantity"].values.filter(kept))
        huge = find_huge(numbers["quantity"].values, items, kept, file.first_row)
        kept &= ~blank if read_as == "zero" else True
    columns = {"date": dates.values, "item": items} | {name: number.values for name, number in numbers.items()}
    frame = pl.DataFrame([column.filter(kept).alias(name) for name, column in columns.items()])
    return Table(frame, roles, dates, mark, int(blank_row.sum()), later, huge, missing, read_as), kept


def _read_missing(quantity: pl.Series) -> Missing | None:
    """What a missing quantity means, None if there is none.

    Who leaves much blank and never writes 0 means 0 by it; else it is not known what was sold.
    """
    missing = quantity.null_count()
    if not missing:
        return None
    return "zero" if missing >= MANY_MISSING * quantity.len() and not (quantity == 0).any() else "unknown"


def _add_others(table: Table, file: TableFile, kept: pl.Series, type_: DatedType, convention: Convention) -> None:
    """Every other column that holds numbers becomes a possible regressor; the rest is named as ignored."""
    names = [name for name in table.roles.others if name]
    sure = table.mark if table.mark.evidence in ("said", "proof") else None
    for batch in _batches(names, file.rows):
        for name, column in zip(batch, file.columns(batch), strict=True):
            used = column.filter(kept)
            mark = sure or decimal_mark({name: used}, file.delimiter, convention)
            number = _as_regressor(used, mark)
            if number is None or name in known(type_) or name in REQUIRED["sales"]:
                table.ignored.append(name)
            else:
                table.regressors.append(name)
                table.unproved |= {name: said} if (said := mark.note()) else {}
                table.frame = table.frame.with_columns(number.values.alias(name))


def _as_regressor(column: pl.Series, mark: DecimalMark) -> NumberColumn | None:
    if column.dtype == pl.Date or isinstance(column.dtype, pl.Datetime):
        return None
    if column.dtype == pl.String and column.head(1000).drop_nulls().len():
        # A look at the first rows spares long text columns the whole work.
        glance = parse_numbers(column.head(1000), mark.mark)
        if glance.bad.any():
            return None
    number = parse_numbers(column, mark.mark)
    return None if number.bad.any() or number.values.null_count() == column.len() else number


def _batches(names: Sequence[str], rows: int) -> Iterator[Sequence[str]]:
    size = max(1, CELLS_AT_ONCE // max(rows, 1))
    for start in range(0, len(names), size):
        yield names[start:start + size]


def item_text(column: pl.Series) -> pl.Series:
    """Items as text, shape (rows,): whole numbers that a file keeps as decimals lose their `.0`."""
    if column.dtype.is_float():
        whole = column.cast(pl.Int64, strict=False)
        if (whole.cast(pl.Float64) == column).all():
            column = whole
    return column.cast(pl.String, strict=False)


def is_blank(column: pl.Series) -> pl.Series:
    """Where a column has no value, or text of nothing but space; shape (rows,)."""
    if column.dtype == pl.String:
        return (column.str.strip_chars() == "").fill_null(value=True)
    return column.is_null()
