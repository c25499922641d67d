"""What changed on a buy list since the last one of the same model, and why."""

import io
import json
from dataclasses import dataclass
from typing import Any

import polars as pl

from jobs.forecasting.buy_words import Language

# What a quantity comes from, and how it is called.
CAUSES: dict[str, tuple[str, str]] = {
    "forecast": ("forecast", "pronóstico"), "safety_stock": ("safety stock", "stock de seguridad"),
    "on_hand": ("on hand", "existencias"), "on_order": ("on order", "en pedido"), "unit_cost": ("unit cost", "costo unitario"),
    "minimum_order_quantity": ("minimum order", "pedido mínimo"), "pack_size": ("pack size", "empaque"),
}
OTHER = ("the terms asked for", "las condiciones pedidas")
BUDGET, NO_BUDGET = ("budget", "presupuesto"), ("none", "ninguno")
DEAD = ("not sold for a year", "sin ventas en un año")


@dataclass(frozen=True, slots=True)
class Kept:
    """The last list: its job, when it was made (RFC 3339), its budget, and the columns of CAUSES by item, with `quantity`."""

    job: str
    made_at: str
    budget: float | None
    table: pl.DataFrame


def pack_list(table: pl.DataFrame, job: str, made_at: str, budget: float | None) -> bytes:
    """What the next list has to know of this one, as bytes."""
    buffer = io.BytesIO()
    header = json.dumps({"job": job, "made_at": made_at, "budget": budget}).encode()
    table.select("item", "quantity", *CAUSES).write_parquet(buffer)
    return header + b"\n" + buffer.getvalue()


def unpack_list(content: bytes) -> Kept:
    """The reverse of `pack_list`."""
    header, _, body = content.partition(b"\n")
    said = json.loads(header)
    return Kept(said["job"], said["made_at"], said.get("budget"), pl.read_parquet(io.BytesIO(body)))


def with_changes(table: pl.DataFrame, last: Kept | None, language: Language, budget: float | None) -> pl.DataFrame:
    """`table` with `change` (the quantity less that of the last list, 0 for a new line's absence) and `change_reason`.

    Both are null where the quantity is the same, and everywhere without a last list. The reason names each figure that is another
    one now: "forecast 100 → 120, on hand 60 → 40", with the budget where one of the lists had less money than the item needs.
    """
    if last is None:
        return table.with_columns(change=pl.lit(None, dtype=pl.Float64), change_reason=pl.lit(None, dtype=pl.String))
    before = last.table.rename({name: f"{name}_before" for name in ("quantity", *CAUSES)})
    joined = table.join(before, on="item", how="left", maintain_order="left")
    change = (pl.col("quantity") - pl.col("quantity_before").fill_null(0.0)).round(2)
    joined = joined.with_columns(change=pl.when(change != 0).then(change))
    figures = (name for cause in CAUSES for name in (cause, f"{cause}_before"))
    changed = joined.select("item", "change", "exceptions", "quantity", "quantity_before", *figures)
    reasons = [_why(row, language == "es", last.budget, budget) if row["change"] is not None else None
               for row in changed.iter_rows(named=True)]
    return table.with_columns(joined["change"], pl.Series("change_reason", reasons, dtype=pl.String))


def _why(row: dict[str, Any], spanish: bool, budget_before: float | None, budget: float | None) -> str:
    if "dead" in row["exceptions"]:
        return DEAD[spanish]
    if row["quantity_before"] is None:
        return "no estaba en la lista anterior" if spanish else "not on the last list"
    other = [f"{words[spanish]} {_figure(row[f'{name}_before'], spanish)} → {_figure(row[name], spanish)}"
             for name, words in CAUSES.items() if row[name] != row[f"{name}_before"]]
    if (budget is not None and _short(row, "")) or (budget_before is not None and _short(row, "_before")):
        shown = (NO_BUDGET[spanish] if money is None else _figure(money, spanish) for money in (budget_before, budget))
        other.append(f"{BUDGET[spanish]} {' → '.join(dict.fromkeys(shown))}")
    return ", ".join(other) or OTHER[spanish]


def _short(row: dict[str, Any], when: str) -> bool:
    """Whether less was bought than was missing, as only a budget does."""
    forecast, safety, on_hand, on_order = (row[name + when] for name in ("forecast", "safety_stock", "on_hand", "on_order"))
    return bool(round(forecast + safety - on_hand - on_order - row[f"quantity{when}"], 2) > 0)


def _figure(value: float | None, spanish: bool) -> str:
    text = "?" if value is None else f"{value:.2f}".rstrip("0").rstrip(".").replace("-", "−")
    return text.replace(".", ",") if spanish else text
