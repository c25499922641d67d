"""A job's result on the terminal: sentences as text, rows as a table, the rest as JSON. `--json` has all of it as it is."""

import json
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.client import Document

SHOWN_DIGITS = 4
MOST_ROWS, MOST_COLUMNS = 15, 7
# Fields of results that are sentences for people, in the order in which they are shown.
SENTENCES = ("explanation", "warnings", "assumptions")
ROWS, TOTALS = "recommendations", "totals"
# The columns of a buy list, where a line has them; the others are in its files.
BUYING = ("item", "item_name", "quantity", "on_hand", "forecast", "investment", "exceptions")
OF_BOUGHT = "Totals of what is bought; articles of which nothing is bought do not count."


def print_result(out: Console, job: Document) -> None:
    """What came out: sentences, then rows as a table. What is neither an answer nor a list is shown as JSON, long lists cut."""
    result: Document = job["result"]
    for name in SENTENCES:
        said = result.get(name) or ()
        for sentence in [said] if isinstance(said, str) else said:
            out.print(Text(sentence, style="yellow" if name == "warnings" else ""))
    if not any(name in result for name in ("explanation", ROWS)):
        out.print_json(json.dumps(brief({name: value for name, value in result.items() if name not in SENTENCES})))
        return
    data = {name: result[name] for name in (TOTALS, ROWS) if name in result} or result.get("data") or {}
    for name, value in data.items():
        if name == TOTALS:
            out.print(Text(OF_BOUGHT, style="dim"))
        _print_part(out, name, value)
    if ROWS in result:
        files = f"All articles, orders by supplier and pictures: noria artifacts download {job['id']} --to folder"
        out.print(Text(files, style="dim"))


def _print_part(out: Console, name: str, value: Any) -> None:
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        _print_rows(out, value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _print_part(out, key, inner)
    elif value not in (None, []):
        out.print(Text.assemble((f"{name}  ", "dim"), _shown(value)))


def _print_rows(out: Console, rows: list[Document]) -> None:
    """The first rows, with the first columns that any of them has a plain value for; of a buy list, those of `BUYING`."""
    buying = "quantity" in rows[0] and "exceptions" in rows[0]
    columns = [name for name in (BUYING if buying else rows[0])
               if any(row.get(name) is not None and (buying or not isinstance(row[name], list | dict)) for row in rows)]
    table = Table(*(name.replace("_", " ") for name in columns[:MOST_COLUMNS]), box=None, header_style="dim")
    for row in rows[:MOST_ROWS]:
        cells = (row.get(name) for name in columns[:MOST_COLUMNS])
        table.add_row(*(Text(", ".join(cell) if isinstance(cell, list) else _shown(cell)) for cell in cells))
    out.print(table)
    if len(rows) > MOST_ROWS:
        out.print(Text(f"… and {len(rows) - MOST_ROWS:,} more", style="dim"))


def _shown(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def brief(value: Any, longest: int = 5, depth: int = 4) -> Any:
    """The value with long lists and objects nested deeper than `depth` cut; `--json` and the artifacts have it whole."""
    if isinstance(value, dict):
        return {k: brief(v, longest, depth - 1) for k, v in value.items()} if depth else f"… {len(value)} entries"
    if isinstance(value, list):
        rest = [f"… and {len(value) - longest} more"] if len(value) > longest else []
        return [brief(v, longest, depth) for v in value[:longest]] + rest
    return round(value, SHOWN_DIGITS) if isinstance(value, float) else value
