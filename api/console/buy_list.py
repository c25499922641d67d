"""A buy list as a page shows it: the rows of the job's `recommendations.csv`, filtered, in an order, and with edits."""

import csv
import io
import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, cast, get_args

from jobs.errors import FieldError, InputError, NotFound
from jobs.forecasting.kinds import Recommendation
from jobs.formulas import as_written
from jobs.record import Artifact, Job
from storage.object_store import ObjectStore

FILE = "recommendations.csv"
COLUMNS = tuple(field.alias or name for name, field in Recommendation.model_fields.items())
NUMBERS = frozenset(field.alias or name for name, field in Recommendation.model_fields.items()
                    if float in (field.annotation, *get_args(field.annotation)))
EXCEPTIONS: tuple[str, ...] = get_args(get_args(Recommendation.model_fields["exceptions"].annotation)[0])
Show = Literal["act", "order", "changed", "all", "stockout", "no_cost", "unknown", "new", "overstock", "dead"]
SHOWS: tuple[Show, ...] = get_args(Show)
SORTS = ("item_name", "quantity", "investment", "forecast", "on_hand", "days_of_stock", "supplier", "class", "change")
CONFIDENCES = ("low", "medium", "high")
KEPT_LISTS = 4  # of a process; a list of 2,700 articles takes some 5 MB
MOST_UNITS = 1_000_000_000

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """What of a list is shown: which rows, with which words in them, by which column (`-` before it: the largest first).

    sort "": the order of the job, exceptions first. start: rows before it were shown already.
    """

    show: Show = "act"
    find: str = ""
    sort: str = ""
    start: int = 0

    def query(self) -> dict[str, str]:
        """The view in an address; what is as usual is left out."""
        said = {"show": "" if self.show == "act" else self.show, "find": self.find, "sort": self.sort}
        return {name: value for name, value in said.items() if value}


def make_view(given: Mapping[str, str]) -> View:
    """The view that an address asks for; what it does not know counts as not said."""
    show: Show = next((known for known in SHOWS if known == given.get("show")), "act")
    sort, start = given.get("sort", ""), given.get("start", "")
    return View(show, given.get("find", "").strip()[:200], sort if sort.removeprefix("-") in SORTS else "",
                int(start) if start.isascii() and start.isdecimal() and len(start) < 10 else 0)


def list_rows(objects: ObjectStore, job: Job) -> tuple[Row, ...]:
    """Every row of a list, in the job's order; keys as in `Recommendation`. Raises NotFound where its file is gone."""
    return _read(cast(Hashable, objects), _file(job).key)


def filtered(rows: Iterable[Row], view: View) -> list[Row]:
    """The rows that the view shows, in its order, none left out for `start`."""
    words = view.find.casefold().split()
    found = [row for row in rows if _shown(row, view.show) and _has(row, words)]
    name = view.sort.removeprefix("-")
    if not name:
        return found
    known = [row for row in found if row[name] is not None]
    known.sort(key=lambda row: _key(row[name]), reverse=view.sort.startswith("-"))
    return known + [row for row in found if row[name] is None]


def counts(rows: Iterable[Row]) -> dict[Show, int]:
    """How many rows each filter shows."""
    every = tuple(rows)
    return {show: sum(_shown(row, show) for row in every) for show in SHOWS}


def figures(rows: Iterable[Row]) -> dict[str, tuple[float, float | None, str | None]]:
    """Item → the advised quantity, what a unit costs and its supplier (None: not known), for totals with edited quantities."""
    return {row["item"]: (row["quantity"], row["unit_cost"], row["supplier"]) for row in rows}


def edited(rows: Iterable[Row], edits: Mapping[str, Any]) -> list[Row]:
    """The rows with a person's quantities, each with the advised one as `advised_quantity`.

    Raises InputError for a quantity that is none, or part of a unit where packs hold whole ones. An item that is not in the
    list is left out, as the list knows nothing of it.
    """
    for item, quantity in edits.items():
        whole = isinstance(quantity, int | float) and not isinstance(quantity, bool)
        if not whole or not math.isfinite(quantity) or not 0 <= quantity <= MOST_UNITS:
            raise _unusable(f"The quantity of {item[:100]!r} has to be a number from 0 to {MOST_UNITS:,}.")
    made = []
    for row in rows:
        quantity = edits.get(row["item"], row["quantity"])
        if row["item"] in edits and (row["pack_size"] or 0.0) % 1 == 0 and quantity % 1:
            raise _unusable(f"{row['item'][:100]!r} is sold in whole units, so its quantity has to be a whole number.")
        money = row["investment"] if quantity == row["quantity"] else round(quantity * (row["unit_cost"] or 0.0), 2)
        made.append({**row, "quantity": quantity, "investment": money, "advised_quantity": row["quantity"]})
    return made


def plain(value: Any) -> str:
    """A number without thousands marks, and without a point and zeros that say nothing; nothing for None."""
    return "" if value is None else f"{Decimal(str(value)).normalize():f}"


def _unusable(message: str) -> InputError:
    return InputError(message, fields=(FieldError("edits", message),))


def _key(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _shown(row: Row, show: Show) -> bool:
    if show == "act":  # as `to_act_on` of jobs/forecasting/buy_list.py has it, which counts them in the result's `rows_total`
        gone = "dead" in row["exceptions"] and row["on_hand"] == 0 and row["on_order"] == 0
        return row["quantity"] > 0 or (bool(row["exceptions"]) and not gone)
    if show == "order":
        return bool(row["quantity"] > 0)
    if show == "changed":
        return row["change"] is not None
    return show == "all" or show in row["exceptions"]


def _has(row: Row, words: list[str]) -> bool:
    if not words:
        return True
    text = " ".join(row[name] or "" for name in ("item", "item_name", "supplier", "category")).casefold()
    return all(word in text for word in words)


def _file(job: Job) -> Artifact:
    found = next((artifact for artifact in job.artifacts if artifact.name == FILE), None)
    if found is None:
        raise NotFound("This list has no rows: its file was removed. Make a new list.")
    return found


@lru_cache(maxsize=KEPT_LISTS)
def _read(objects: Hashable, key: str) -> tuple[Row, ...]:
    reader = csv.DictReader(io.StringIO(cast(ObjectStore, objects).read(key).decode(), newline=""))
    return tuple(_row(line) for line in reader)


def _row(line: Mapping[str, str]) -> Row:
    row: Row = {}
    for name in COLUMNS:
        text = line.get(name) or ""
        if name == "exceptions":
            row[name] = [word for word in text.split(", ") if word]
        elif not text:
            row[name] = None
        else:
            row[name] = float(text) if name in NUMBERS else as_written(text)
    return row
