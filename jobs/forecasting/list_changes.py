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


@dataclass(frozen=True, slots=True)
class Kept:
    """The last list: its job, when it was made (RFC 3339), and the columns of CAUSES by item, with `quantity`."""

    job: str
    made_at: str
    table: pl.DataFrame


def pack_list(table: pl.DataFrame, job: str, made_at: str) -> bytes:
    """What the next list has to know of this one, as bytes."""
    buffer = io.BytesIO()
    header = json.dumps({"job": job, "made_at": made_at}).encode()
    table.select("item", "quantity", *CAUSES).write_parquet(buffer)
    return header + b"\n" + buffer.getvalue()


def unpack_list(content: bytes) -> Kept:
    """The reverse of `pack_list`."""
    header, _, body = content.partition(b"\n")
    said = json.loads(header)
    return Kept(said["job"], said["made_at"], pl.read_parquet(io.BytesIO(body)))


def with_changes(table: pl.DataFrame, last: Kept | None, language: Language) -> pl.DataFrame:
    """`table` with `change` (the quantity less that of the last list, 0 for a new line's absence) and `change_reason`.

    Both are null where the quantity is the same, and everywhere without a last list. The reason names each figure that is another
    one now: "forecast 100 → 120, on hand 60 → 40".
    """
    if last is None:
        return table.with_columns(change=pl.lit(None, dtype=pl.Float64), change_reason=pl.lit(None, dtype=pl.String))
    before = last.table.rename({name: f"{name}_before" for name in ("quantity", *CAUSES)})
    joined = table.join(before, on="item", how="left", maintain_order="left")
    change = (pl.col("quantity") - pl.col("quantity_before").fill_null(0.0)).round(2)
    joined = joined.with_columns(change=pl.when(change != 0).then(change))
    changed = joined.select("item", "change", "quantity_before", *CAUSES, *(f"{name}_before" for name in CAUSES))
    reasons = [_why(row, language) if row["change"] is not None else None for row in changed.iter_rows(named=True)]
    return table.with_columns(joined["change"], pl.Series("change_reason", reasons, dtype=pl.String))


def _why(row: dict[str, Any], language: Language) -> str:
    spanish = language == "es"
    if row["quantity_before"] is None:
        return "no estaba en la lista anterior" if spanish else "not on the last list"
    other = [f"{words[spanish]} {_figure(row[f'{name}_before'], spanish)} → {_figure(row[name], spanish)}"
             for name, words in CAUSES.items() if row[name] != row[f"{name}_before"]]
    return ", ".join(other) or OTHER[spanish]


def _figure(value: float | None, spanish: bool) -> str:
    text = "?" if value is None else f"{value:.2f}".rstrip("0").rstrip(".").replace("-", "−")
    return text.replace(".", ",") if spanish else text
