"""What kind of item each one is: its weight in money (ABC), how evenly it sells (XYZ), whether it is new or dead.

Sources: ABC by Pareto's 80 and 95 % of the yearly usage value, Silver, Pyke & Thomas (2017), section 2.3; XYZ by the coefficient
of variation of monthly demand, limits 0.5 and 1, Scholz-Reiter et al., Int. J. Industrial and Systems Engineering (2012).
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from jobs.periods import Frequency

Array = NDArray[Any]
DAYS_PER_PERIOD: dict[Frequency, float] = {"day": 1.0, "week": 7.0, "month": 30.4, "quarter": 91.2}
# Demand is compared over blocks of about a month: days of a week, or weeks with a holiday, say little about an item.
BLOCK: dict[Frequency, int] = {"day": 30, "week": 4, "month": 1, "quarter": 1}
BLOCKS = 12
YEAR: dict[Frequency, int] = {"day": 365, "week": 52, "month": 12, "quarter": 4}
NEW: dict[Frequency, int] = {"day": 90, "week": 13, "month": 3, "quarter": 1}
A_SHARE, B_SHARE = 0.80, 0.95
X_VARIATION, Y_VARIATION = 0.5, 1.0
LEAST_SALES = 3
# What the yearly value is counted in.
Basis = Literal["cost", "price", "units"]


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What an item's history tells; every array of shape (items,), sorted by item.

    periods: from its first line to the end. sales: periods with a sale. last_sale: start of the last one, or None. last_known:
    start of the last period whose quantity is not blank, or None. year_units: sold in the last year. variation: coefficient of
    variation, infinite where nothing was sold. whole: sold in whole units only. new: began within the last three months, later
    than the company. dead: no sale for a year. unknown: every quantity of the last year, or
    of all the time that it is there, is blank.
    """

    items: pl.Series
    periods: Array
    sales: Array
    last_sale: list[date | None]
    last_known: list[date | None]
    year_units: Array
    variation: Array
    whole: Array
    new: Array
    dead: Array
    unknown: Array


def learn_facts(history: pl.DataFrame, frequency: Frequency, unknown: pl.DataFrame) -> ItemFacts:
    """The facts of every item.

    history: unique_id, ds, y, sorted, without gaps, all items ending together. unknown: unique_id, ds of its rows whose y only
    stands in for a blank quantity; it counts as demand, and as no sale.
    """
    year, sold, told = YEAR[frequency], pl.col("y") > 0, ~pl.col("blank")
    back = pl.col("ds").len().over("unique_id") - pl.int_range(pl.len()).over("unique_id") - 1
    panel = history.select("unique_id", "ds", pl.col("y").fill_nan(None).fill_null(0.0)).with_columns(back=back)
    panel = panel.join(unknown.select("unique_id", "ds", blank=True), on=["unique_id", "ds"], how="left", maintain_order="left")
    panel = panel.with_columns(pl.col("blank").fill_null(value=False))
    found = panel.group_by("unique_id").agg(
        periods=pl.len(), sales=(sold & told).sum(), last_sale=pl.col("ds").filter(sold & told).max(),
        last_known=pl.col("ds").filter(told).max(), untold=pl.col("back").filter(told).min(),
        since=pl.col("back").filter(sold).min(), year_units=pl.col("y").filter(pl.col("back") < year).sum(),
        whole=(pl.col("y") == pl.col("y").round()).all()).sort("unique_id")
    periods = found["periods"].to_numpy()
    since, untold = (found[name].fill_null(found["periods"]).to_numpy() for name in ("since", "untold"))
    return ItemFacts(
        items=found["unique_id"], periods=periods, sales=found["sales"].to_numpy(), last_sale=found["last_sale"].to_list(),
        last_known=found["last_known"].to_list(),
        year_units=found["year_units"].to_numpy(), variation=_variation(panel, found["unique_id"], BLOCK[frequency]),
        whole=found["whole"].to_numpy(), new=(periods <= NEW[frequency]) & (periods < periods.max()), dead=since >= year,
        unknown=(untold >= year) | found["last_known"].is_null().to_numpy())


def _variation(panel: pl.DataFrame, items: pl.Series, length: int) -> Array:
    """Standard deviation over mean of the demand in the last (at most BLOCKS) whole blocks, shape (items,)."""
    blocks = (panel.filter(pl.col("back") < BLOCKS * length).group_by("unique_id", pl.col("back") // length)
              .agg(pl.col("y").sum(), n=pl.len()).filter(pl.col("n") == length))
    spread = blocks.group_by("unique_id").agg(v=pl.col("y").std(ddof=0) / pl.col("y").mean())
    joined = pl.DataFrame({"unique_id": items}).join(spread, on="unique_id", how="left", maintain_order="left")
    return joined["v"].fill_nan(None).fill_null(np.inf).to_numpy()


def yearly_value(units: Array, unit_cost: Array, unit_price: Array) -> tuple[Array, Basis]:
    """What was sold in a year is worth, shape (items,), and in what: at cost; at price where no item has a cost; else in units.

    An item without one takes the median of the others. unit_cost, unit_price: money, NaN where unknown.
    """
    worths: tuple[tuple[Array, Basis], ...] = ((unit_cost, "cost"), (unit_price, "price"))
    for worth, basis in worths:
        known = np.isfinite(worth)
        if known.any():
            return np.asarray(units * np.where(known, worth, np.median(worth[known]))), basis
    return units, "units"


def abc(value: Array) -> Array:
    """A, B or C by yearly value, shape (items,): the items that make up the first 80 %, the next 15 %, the rest.

    value: as `yearly_value` gives, >= 0. An item belongs to the class in which its share begins; 0 is always C.
    """
    order = np.argsort(-value, kind="stable")
    before = np.cumsum(value[order]) - value[order]
    total = max(float(value.sum()), 1e-300)
    names = np.select([before < A_SHARE * total, before < B_SHARE * total], ["A", "B"], "C")
    classes = np.empty(len(value), dtype=names.dtype)
    classes[order] = np.where(value[order] > 0, names, "C")
    return classes


def xyz(variation: Array) -> Array:
    """X (even), Y or Z (erratic) by the coefficient of variation, shape (items,)."""
    return np.select([variation <= X_VARIATION, variation <= Y_VARIATION], ["X", "Y"], "Z")


def confidence(facts: ItemFacts, frequency: Frequency) -> Array:
    """How far a forecast can be relied on, shape (items,).

    low: new, dead, unknown, or fewer than three periods with a sale. high: X or Y over a year or more. Else medium.
    """
    low = facts.new | facts.dead | facts.unknown | (facts.sales < LEAST_SALES)
    high = (facts.variation <= Y_VARIATION) & (facts.periods >= YEAR[frequency])
    return np.select([low, high], ["low", "high"], "medium")
