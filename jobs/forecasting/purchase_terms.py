"""What is known of each item besides its demand: stock, terms of buying, cost and price, from the stock table and the sales."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from jobs.context import Dataset, JobContext
from jobs.errors import NotFound
from jobs.forecasting.item_classes import ItemFacts
from jobs.forecasting.package import Card
from jobs.forecasting.source import typed_dataset
from jobs.forecasting.stock_codes import StrangeCodes, strange_codes

Array = NDArray[Any]
LEAST_UNIT = 0.01
KNOWN = ("item_name", "category", "unit_cost", "unit_price")
STOCK_NUMBERS = ("on_hand", "on_order", "lead_time_days", "service_level", "unit_cost", "minimum_order_quantity", "pack_size")


@dataclass(frozen=True, slots=True)
class PurchaseTerms:
    """Every array of shape (items,), in the order of the items.

    on_hand, on_order: units, multiples of 0.01. minimum: smallest order, units, 0 where there is none. pack: units in a pack.
    unit: the smallest part that is sold, 1 or 0.01. unit_cost, unit_price: money, above 0, NaN where unknown. names, categories,
    suppliers: text or None. stock_known: there is a stock table at all. not_in_stock, default_lead_times, default_service_levels:
    how many items have none there. unknown: items of the stock table that the model does not know. strange: see stock_codes.py.
    """

    on_hand: Array
    on_order: Array
    lead_time_days: Array
    cycle_service_level: Array
    minimum: Array
    pack: Array
    unit: Array
    unit_cost: Array
    unit_price: Array
    names: pl.Series
    categories: pl.Series
    suppliers: pl.Series
    stock_known: bool
    not_in_stock: int
    default_lead_times: int
    default_service_levels: int
    unknown: tuple[str, ...]
    strange: StrangeCodes | None


def find_stock(ctx: JobContext, stock: str | None, card: Card) -> Dataset | None:
    """The stock data set of that id, else the last one uploaded for the model's company, else None.

    Raises NotFound, InputError if the data set of that id does not hold stock.
    """
    chosen = stock or (ctx.latest_dataset(card.company, "stock") if card.company else None)
    return typed_dataset(ctx, chosen, "stock", "params.stock") if chosen else None


def last_known(ctx: JobContext, card: Card) -> pl.DataFrame:
    """item and the last known item_name, category, unit_cost and unit_price of each, from the sales that the model learned from.

    No rows where those sales are gone.
    """
    kinds = {name: pl.Float64 if name.startswith("unit_") else pl.String for name in KNOWN}
    try:
        path = ctx.dataset(str(card.data["dataset"])).path
    except NotFound:
        return pl.DataFrame(schema={"item": pl.String, **kinds})
    there = [name for name in KNOWN if name in pl.read_parquet_schema(path)]
    if not there:
        return pl.DataFrame(schema={"item": pl.String, **kinds})
    lines = pl.scan_parquet(path).select("date", "item", *there).sort("date", maintain_order=True)
    found = lines.group_by("item").agg(_usable(name).last() for name in there).collect()
    return found.with_columns(pl.lit(None, dtype=kinds[name]).alias(name) for name in KNOWN if name not in there)


def _usable(name: str) -> pl.Expr:
    return pl.col(name).filter(pl.col(name) > 0) if name.startswith("unit_") else pl.col(name).drop_nulls()


def purchase_terms(
    facts: ItemFacts, stock: Dataset | None, known: pl.DataFrame, lead_time_days: float, cycle_service_level: float,
) -> PurchaseTerms:
    """The terms of every item; `lead_time_days` and `cycle_service_level` where the stock table has none."""
    table = _stock_table(stock)
    items = pl.DataFrame({"item": facts.items})
    sold = items.join(known, on="item", how="left", maintain_order="left")
    had = items.join(table, on="item", how="left", maintain_order="left")
    unit = np.where(facts.whole, 1.0, LEAST_UNIT)
    cost = had["unit_cost"].fill_null(sold["unit_cost"])

    def given(name: str, default: float) -> Array:
        return had[name].fill_null(default).to_numpy()

    return PurchaseTerms(
        on_hand=_cents(given("on_hand", 0.0)), on_order=_cents(given("on_order", 0.0)),
        lead_time_days=given("lead_time_days", lead_time_days), cycle_service_level=given("service_level", cycle_service_level),
        minimum=_cents(given("minimum_order_quantity", 0.0)),
        pack=np.maximum(_cents(had["pack_size"].fill_null(pl.Series(unit)).to_numpy()), LEAST_UNIT), unit=unit,
        unit_cost=cost.fill_null(np.nan).to_numpy(), unit_price=sold["unit_price"].fill_null(np.nan).to_numpy(),
        names=sold["item_name"], categories=sold["category"], suppliers=had["supplier"], stock_known=stock is not None,
        not_in_stock=had["on_hand"].null_count(), default_lead_times=had["lead_time_days"].null_count(),
        default_service_levels=had["service_level"].null_count(),
        unknown=tuple(table.join(items, on="item", how="anti", maintain_order="left")["item"]),
        strange=strange_codes(table["item"], facts.items))


def _stock_table(stock: Dataset | None) -> pl.DataFrame:
    """The stock table with all of its columns, null where it does not have one."""
    kinds = {"item": pl.String, "supplier": pl.String} | dict.fromkeys(STOCK_NUMBERS, pl.Float64)
    if stock is None:
        return pl.DataFrame(schema=kinds)
    table = pl.read_parquet(stock.path)
    return table.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in kinds.items() if name not in table.columns)


def _cents(units: Array) -> Array:
    """Units in whole hundredths, so that sums of them add up as shown."""
    return np.asarray(np.rint(units * 100) / 100)
