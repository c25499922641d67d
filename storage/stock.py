"""Stock tables: what a company has and has ordered, item by item, and on which terms it buys.

A cell that is no number makes the file unusable, as in every table. A number that cannot be (a service level of 3, a negative
lead time) is left out, so that the default holds, and the profile says which rows have one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from jobs.errors import DatasetUnusable, FieldError
from jobs.forecasting.stock_codes import code_sample
from storage.columns import SYNONYMS, Roles, folded, known
from storage.convention import NO_CONVENTION, Convention
from storage.csv_file import CsvFile
from storage.numerals import DecimalMark, parse_numbers
from storage.table import EXAMPLES, Faults, TableFile, find_roles, is_blank, item_text, settled_mark

TEXT = ("item", "supplier")
LONGEST_SUPPLIER = 200
LARGEST = 1e12  # units, or money for one unit
LONGEST_LEAD_TIME_DAYS = 730
_DATES = {folded(name) for name in SYNONYMS["date"]}
LEAST_PERCENT = 50  # a service level from here to below 100 is meant in percent


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd: in which column, how many rows have it, the file's numbers of the first ones, what was done about it."""

    column: str
    problem: str
    count: int
    rows: tuple[int, ...]
    treatment: str

    def sentence(self) -> str:
        """For people."""
        shown = ", ".join(str(row) for row in self.rows) + (" …" if self.count > len(self.rows) else "")
        counted = "1 row has" if self.count == 1 else f"{self.count:,} rows have"
        return f"{self.column}: {counted} {self.problem} ({'row' if self.count == 1 else 'rows'} {shown}); {self.treatment}."


@dataclass(slots=True)
class Stock:
    """A stock table: `frame` has one row for each item, `item` String, `supplier` String, the numbers Float64."""

    frame: pl.DataFrame
    roles: Roles
    mark: DecimalMark
    rows: int = 0
    blank_rows: int = 0
    findings: list[Finding] = field(default_factory=list)


def build_stock(file: TableFile, mapping: Mapping[str, str], max_rows: int, convention: Convention = NO_CONVENTION) -> Stock:
    """The stock table of a file. Rows of one item are taken together: units add up, of the terms the last ones given hold.

    Raises DatasetUnusable naming rows and columns.
    """
    roles = find_roles(file, "stock", mapping, max_rows)
    present = [name for name in known("stock") if name in roles.canonical]
    raw = dict(zip(present, file.columns([roles.canonical[name] for name in present]), strict=True))
    numeric = [name for name in present if name not in TEXT]
    mark = settled_mark(file, roles, {name: raw[name] for name in numeric}, convention)
    numbers = {name: parse_numbers(raw[name], mark.mark) for name in numeric}
    items = item_text(raw["item"])
    blank_row = is_blank(items)
    for number in numbers.values():
        blank_row &= number.blank
    faults = Faults(file.first_row)
    faults.add_items(items, is_blank(items) & ~blank_row)
    for name, number in numbers.items():
        faults.add(number.bad & ~blank_row, raw[name], name, "is not a finite number")
        too_large = (number.values.abs() > LARGEST).fill_null(value=False)
        faults.add(too_large, raw[name], name, f"is beyond {LARGEST:,.0f}")
    faults.raise_if_any()
    columns = [items.alias("item"), *(number.values.alias(name) for name, number in numbers.items())]
    if "supplier" in raw:
        columns.append(raw["supplier"].cast(pl.String, strict=False).alias("supplier"))
    rows = pl.DataFrame(columns).with_columns(row=pl.int_range(pl.len()) + file.first_row).filter(~blank_row)
    if rows.is_empty() or rows["on_hand"].null_count() == rows.height:
        raise DatasetUnusable("No row of the file has an item and how much of it is on hand.")
    if "on_hand" not in mapping:
        _require_no_sales(rows, roles)
    stock = Stock(rows, roles, mark, rows.height, int(blank_row.sum()))
    _clean(stock)
    _join_items(stock)
    return stock


def _require_no_sales(rows: pl.DataFrame, roles: Roles) -> None:
    """Raises DatasetUnusable for rows by date whose items mostly come again: their sum would be no stock."""
    dated = next((name for name in roles.others if folded(name) in _DATES), None)
    again = rows.height - rows["item"].n_unique()
    if dated is not None and again > rows.height / 2:
        raise DatasetUnusable(
            f"These look like sales: there is a column {dated!r}, and {again:,} of {rows.height:,} rows have an item that "
            "another row has too. Upload them with the type sales; of stock, keep one row for each item, as it is today.",
            fields=(FieldError("type", "sales, not stock"),))


def profile_stock(stock: Stock, file: TableFile) -> dict[str, Any]:
    """The profile of a stock table, ready for JSON; `notes` says each finding and its treatment in a sentence."""
    frame, counted = stock.frame, {(f.column, f.problem): f.count for f in stock.findings}
    notes = [*file.notes, *(f.sentence() for f in stock.findings)]
    unproved = stock.mark.note()
    if unproved:
        notes.append(unproved)
    ignored = [name for name in stock.roles.others if name]
    if ignored:
        shown = ", ".join(name[:60] for name in ignored[:20])
        notes.append(f"{len(ignored)} columns are none that stock has, and were left out: {shown}.")
    return {
        "rows": stock.rows, "series": frame.height, "columns": frame.columns, "mapping": stock.roles.canonical,
        "ignored_columns": ignored, "decimal_mark": stock.mark.mark,
        "delimiter": file.delimiter if isinstance(file, CsvFile) else None, "blank_rows": stock.blank_rows,
        "duplicates": counted.get(("item", REPEATED), 0), "negative_stock": counted.get(("on_hand", NEGATIVE), 0),
        "units_on_hand": float(frame["on_hand"].sum()),
        "units_on_order": float(frame["on_order"].sum()) if "on_order" in frame.columns else 0.0,
        "suppliers": frame["supplier"].drop_nulls().n_unique() if "supplier" in frame.columns else 0,
        "sample": {"codes": code_sample(frame["item"])},
        "findings": [{"column": f.column, "problem": f.problem, "count": f.count, "rows": list(f.rows), "treatment": f.treatment}
                     for f in stock.findings],
        "notes": notes,
    }


REPEATED = "an item that an earlier row has too"
NEGATIVE = "fewer than 0 units"
_DEFAULT = "they are left out and the default holds"

# column, what is wrong, where, what it becomes, what that means. In this order: a percentage is read before it is judged.
RULES: tuple[tuple[str, str, pl.Expr, pl.Expr, str], ...] = (
    ("on_hand", "no number", pl.col("on_hand").is_null(), pl.lit(0.0), "they count as 0"),
    ("on_hand", NEGATIVE, pl.col("on_hand") < 0, pl.col("on_hand"), "they count as owed to customers, and are bought on top"),
    ("on_order", NEGATIVE, pl.col("on_order") < 0, pl.lit(0.0), "they count as 0"),
    ("service_level", "a value in percent", pl.col("service_level").is_between(LEAST_PERCENT, 100, closed="left"),
     (pl.col("service_level") / 100).round(9), "it was divided by 100"),
    ("service_level", "a value that does not lie between 0 and 1",
     ~pl.col("service_level").is_between(0, 1, closed="none"), pl.lit(None), _DEFAULT),
    ("lead_time_days", f"a value that does not lie between 0 and {LONGEST_LEAD_TIME_DAYS} days",
     ~pl.col("lead_time_days").is_between(0, LONGEST_LEAD_TIME_DAYS), pl.lit(None), _DEFAULT),
    ("unit_cost", "a cost that is not above 0", pl.col("unit_cost") <= 0, pl.lit(None), "they are left out"),
    ("minimum_order_quantity", NEGATIVE, pl.col("minimum_order_quantity") < 0, pl.lit(None), "they are left out"),
    ("pack_size", "a size that is not above 0", pl.col("pack_size") <= 0, pl.lit(None), "they are left out"),
)


def _clean(stock: Stock) -> None:
    """Replace what cannot be, noting the rows."""
    if "supplier" in stock.frame.columns:
        text = pl.col("supplier").str.strip_chars().str.slice(0, LONGEST_SUPPLIER)
        stock.frame = stock.frame.with_columns(supplier=pl.when(text == "").then(None).otherwise(text))
    for column, problem, where, instead, treatment in RULES:
        if column in stock.frame.columns:
            _note(stock, column, problem, where, treatment)
            stock.frame = stock.frame.with_columns(pl.when(where).then(instead).otherwise(pl.col(column)).alias(column))


def _join_items(stock: Stock) -> None:
    """One row for each item, in the order in which they first came."""
    names = [name for name in stock.frame.columns if name not in ("item", "row")]
    _note(stock, "item", REPEATED, ~pl.col("item").is_first_distinct(),
          "their units are added up, of the terms the last ones hold")
    joined = [pl.col(name).sum() if name in ("on_hand", "on_order") else pl.col(name).drop_nulls().last() for name in names]
    stock.frame = stock.frame.group_by("item", maintain_order=True).agg(joined)
    order = [name for name in known("stock") if name in stock.frame.columns]
    stock.frame = stock.frame.select(order)


def _note(stock: Stock, column: str, problem: str, where: pl.Expr, treatment: str) -> None:
    rows = stock.frame.filter(where)["row"]
    if not rows.is_empty():
        stock.findings.append(Finding(column, problem, rows.len(), tuple(rows.head(EXAMPLES)), treatment))
