"""What a buy list adds up to, and which of its lines order more than a year's sales."""

import polars as pl

from jobs.forecasting import inventory
from jobs.forecasting.buy_words import CAUSES, Cause
from jobs.forecasting.item_classes import YEAR, ItemFacts
from jobs.forecasting.kinds import ListTotals
from jobs.periods import Frequency

DAYS_PER_MONTH = 30.4


def with_missing(table: pl.DataFrame) -> pl.DataFrame:
    """`table`, as `BuyList` has it, with `missing` (level - position) and `wanted` (the order before a budget), units."""
    level, minimum, pack = (table[name].to_numpy() for name in ("order_up_to_level", "minimum_order_quantity", "pack_size"))
    position = (table["on_hand"] + table["on_order"]).to_numpy()
    wanted = inventory.order_quantity(level, position, minimum, pack)
    dead = pl.col("exceptions").list.contains("dead")
    return table.with_columns(missing=pl.Series(level - position), wanted=pl.Series(wanted)).with_columns(
        wanted=pl.when(dead).then(0.0).otherwise("wanted"))


def list_totals(table: pl.DataFrame, review_period_days: float) -> ListTotals:
    """The sum of the lines of `table` that buy something; it adds up to a hundredth of a unit."""
    bought = with_missing(table).filter(pl.col("quantity") > 0)
    months = (pl.col("lead_time_days") + review_period_days) / DAYS_PER_MONTH
    sums = bought.select(
        *(pl.col(name).sum() for name in ("forecast", "safety_stock", "on_hand", "on_order", "quantity", "investment")),
        rounding=(pl.col("wanted") - pl.col("missing")).sum(), cut=(pl.col("wanted") - pl.col("quantity")).sum(),
        rate=(pl.col("forecast") / months).sum(),
    ).row(0, named=True)
    rate, there = sums.pop("rate"), sums["on_hand"] + sums["on_order"] + sums["quantity"]
    costless = table["unit_cost"].is_null().all()
    rounded = {name: round(value, 2) for name, value in sums.items()}
    return ListTotals(**rounded | {
        "investment": None if costless else rounded["investment"],
        "months_of_cover": round(there / rate, 1) if rate > 0 else None})


def cut_by_budget(table: pl.DataFrame) -> int:
    """How many lines buy less than is missing, as only a budget does."""
    return with_missing(table).filter(pl.col("quantity") < pl.col("wanted")).height


def emptied_by_budget(table: pl.DataFrame) -> list[str]:
    """Names of the items that run out and of which nothing is bought although it is missing and its cost is known, in order."""
    bare = with_missing(table).filter(pl.col("exceptions").list.contains("stockout"), pl.col("quantity") == 0,
                                      pl.col("wanted") > 0, pl.col("unit_cost").is_not_null())
    return bare.select(pl.coalesce("item_name", "item")).to_series().to_list()


def year_orders(table: pl.DataFrame, facts: ItemFacts, frequency: Frequency) -> dict[Cause, list[str]]:
    """Names of the items that are known for a year and of which more is ordered than was sold in it, in the table's order.

    By what makes an order so large, the first of these that suffices: `smallest`, the supplier's minimum or pack; `safety`, the
    safety stock; `expected`, the forecast with what is owed.
    """
    sold = pl.DataFrame({"item": facts.items, "year": facts.year_units, "periods": facts.periods})
    known = with_missing(table).join(sold.filter(pl.col("periods") >= YEAR[frequency]), on="item", maintain_order="left")
    more = known.filter((pl.col("quantity") > 0) & (pl.col("quantity") > pl.col("year")))
    bare = pl.col("missing") - pl.col("safety_stock")
    cause = (pl.when(pl.col("missing") <= pl.col("year")).then(pl.lit("smallest"))
             .when(bare <= pl.col("year")).then(pl.lit("safety")).otherwise(pl.lit("expected")))
    named = more.select(cause=cause, name=pl.coalesce("item_name", "item"))
    return {of: names for of in CAUSES if (names := named.filter(pl.col("cause") == of)["name"].to_list())}
