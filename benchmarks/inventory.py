"""What our order-up-to levels are worth in a simulated warehouse, beside what buyers do by hand: `make bench-inventory`.

Car parts (2,509 complete series of 51 months, four of five of them zeros). Every month: the order of the month before arrives,
the next one is placed (L = 1, R = 1), the month's real demand comes, and what is not there is lost. The model is trained once, on
the first 36 months; the last 12 months are scored. Fill rate is units served over units asked for, stock is what is left at the
end of a month, all items together. Policies that order up to a level start with it, the others with two months of the last year's
average, rounded up. NORIA_TEST_DATA names the folder of carparts.csv.
"""

import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.stats import norm

from deploy.environment import ROOT
from jobs.context import ModelVersion
from jobs.forecasting import train
from jobs.forecasting.inventory import level_of, mean_over, order_quantity
from jobs.forecasting.kinds import TrainParams
from jobs.forecasting.lumpiness import lumpiness
from jobs.forecasting.outlook import FILE
from jobs.forecasting.package import read_card
from jobs.forecasting.predict import forecast_means
from jobs.forecasting.sums import SumSpread
from jobs.memory_context import MemoryContext
from jobs.settings import load_settings

Array = NDArray[Any]
DATA = Path(os.environ.get("NORIA_TEST_DATA") or ROOT.parent / "shared" / "data")
Policy = Callable[[int, Array], Array]  # (month, position) -> units to order, shape (items,)
TRAINED, SCORED = 36, 12
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.94, 0.945, 0.95, 0.96, 0.97, 0.98, 0.99, 0.995, 0.998)
FACTORS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
SCORES = (0.8, 0.9, 0.95, 0.98)
GOAL_FILL, GOAL_STOCK = 0.925, 9_500
OURS, TWELVE_MONTHS = "our order-up-to level", "12-month mean + z sd"
THREE_MONTHS, LAST_MONTH = "order the 3-month average", "order last month's sales"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one policy at one setting did. csl: share of months with demand that were served in full."""

    policy: str
    setting: float
    fill_rate: float
    csl: float
    mean_stock: float


def read_demand(path: Path) -> tuple[list[str], Array]:
    """The complete series: their codes, and units of shape (items, 51)."""
    wide = pl.read_csv(path, infer_schema_length=None, null_values=["NA", ""]).drop_nulls()
    return wide["Part"].cast(pl.String).to_list(), wide.drop("Part").to_numpy().astype(np.float64)


def simulate(demand: Array, policy: Policy, name: str, setting: float, *, at_level: bool) -> Outcome:
    """Run the warehouse. at_level: it starts with the policy's level, else with two months of the last year's mean."""
    months = demand.shape[1]
    on_hand = np.ceil(2 * demand[:, TRAINED - 12:TRAINED].mean(axis=1))
    if at_level:
        on_hand = policy(TRAINED, np.zeros(len(demand)))
    coming = np.zeros(len(demand))
    asked, served, whole, sold_months, stock = 0.0, 0.0, 0, 0, []
    for month in range(TRAINED, months):
        on_hand = on_hand + coming
        coming = policy(month, on_hand)
        sold = np.minimum(on_hand, demand[:, month])
        on_hand = on_hand - sold
        if month >= months - SCORED:
            asked, served = asked + demand[:, month].sum(), served + sold.sum()
            wanted = demand[:, month] > 0
            whole, sold_months = whole + int((wanted & (sold == demand[:, month])).sum()), sold_months + int(wanted.sum())
            stock.append(float(on_hand.sum()))
    return Outcome(name, setting, float(served / asked), whole / sold_months, float(np.mean(stock)))


def month_start(month: int) -> date:
    """The series begin in January 1998."""
    return date(1998 + month // 12, month % 12 + 1, 1)


def trained_model(items: list[str], demand: Array, folder: Path) -> tuple[MemoryContext, ModelVersion]:
    """A model of the first 36 months, made by the training job itself."""
    long = long_form(items, demand[:, :TRAINED]).rename({"unique_id": "item", "ds": "date", "y": "quantity"})
    long.write_parquet(folder / "carparts.parquet")
    ctx = MemoryContext(scratch=folder)
    ctx.add_dataset(folder / "carparts.parquet", dataset_id="carparts", profile={"frequency": "month", "period_sums": True})
    train.run(TrainParams(dataset="carparts"), ctx)
    return ctx, ctx.model_version("carparts")


def long_form(items: list[str], demand: Array) -> pl.DataFrame:
    """unique_id, ds, y, sorted."""
    months = [month_start(m) for m in range(demand.shape[1])]
    columns = {"unique_id": np.repeat(items, len(months)), "ds": months * len(items), "y": demand.ravel()}
    return pl.DataFrame(columns).sort("unique_id", "ds")


def our_demand(ctx: MemoryContext, found: ModelVersion, items: list[str], demand: Array) -> dict[int, tuple[Array, Array]]:
    """The forecast of the two months that begin with each month, and the items' lumpiness, by what was known before it.

    Shape (items,) each.
    """
    card, known_of = read_card(found), {}
    # the forecast that the training kept is that of the first month only
    found = replace(found, files={name: path for name, path in found.files.items() if name != FILE})
    for month in range(TRAINED, demand.shape[1]):
        history = long_form(items, demand[:, :month])
        known = card.model_copy(update={"last_period": month_start(month - 1)})
        made = forecast_means(found, known, history, 2, ctx, asked=history["unique_id"].unique(), future=None)
        expected = mean_over(made["mean"].to_numpy().reshape(-1, 2), np.full(len(items), 2.0))
        place = np.argsort(np.argsort(items))  # from sorted back to the file's order
        known_of[month] = expected[place], lumpiness(history)[place]
    return known_of


def outcomes(demand: Array, known: dict[int, tuple[Array, Array]], spread: SumSpread) -> list[Outcome]:
    """Every policy at every setting."""
    ones = np.ones(len(demand))

    def ours(level: float) -> Policy:
        def order(month: int, position: Array) -> Array:
            mean, lumps = known[month]
            up_to = level_of(partial(spread.quantile, lumpiness=lumps), mean, 2 * ones, level * ones, ones)
            return order_quantity(up_to, position, 0 * ones, ones)
        return order

    def by_deviation(z: float) -> Policy:
        def order(month: int, position: Array) -> Array:
            past = demand[:, month - 12:month]
            level = np.ceil(2 * past.mean(axis=1) + z * past.std(axis=1, ddof=1) * np.sqrt(2))
            return np.maximum(level - position, 0.0)
        return order

    def by_hand(months: int, factor: float) -> Policy:
        return lambda month, _: np.ceil(factor * demand[:, month - months:month].mean(axis=1))

    return [*(simulate(demand, ours(level), OURS, level, at_level=True) for level in LEVELS),
            *(simulate(demand, by_deviation(float(norm.ppf(p))), TWELVE_MONTHS, p, at_level=True) for p in SCORES),
            *(simulate(demand, by_hand(3, factor), THREE_MONTHS, factor, at_level=False) for factor in FACTORS),
            simulate(demand, by_hand(1, 1.0), LAST_MONTH, 1.0, at_level=False)]


def curve(found: list[Outcome], policy: str) -> tuple[Array, Array]:
    """Mean stock and fill rate of a policy, by rising stock."""
    points = sorted((o.mean_stock, o.fill_rate) for o in found if o.policy == policy)
    return np.array([p[0] for p in points]), np.array([p[1] for p in points])


def above(found: list[Outcome], policy: str) -> list[float]:
    """Fill rate of ours less that of another policy, at each of its points that our curve reaches."""
    stock, fill = curve(found, OURS)
    other_stock, other_fill = curve(found, policy)
    within = (other_stock >= stock[0]) & (other_stock <= stock[-1])
    return [float(d) for d in np.interp(other_stock[within], stock, fill) - other_fill[within]]


def draw(found: list[Outcome], target: Path) -> None:
    """The curves as a PNG."""
    figure = Figure(figsize=(7.5, 5), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for policy, style in ((OURS, "o-"), (TWELVE_MONTHS, "s--"), (THREE_MONTHS, "^--"), (LAST_MONTH, "x")):
        axes.plot(*curve(found, policy), style, label=policy, markersize=4)
    axes.plot([GOAL_STOCK], [GOAL_FILL], "*", color="black", markersize=12, label=f"goal: {GOAL_FILL} with {GOAL_STOCK:,} units")
    axes.set(xlabel="mean stock, units", ylabel="fill rate", title="Car parts, monthly review, one month to delivery, lost sales")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    figure.savefig(target)


def main() -> bool:
    """Print the table and keep it with its picture in NORIA_HOME/bench; gives whether the goals are met."""
    settings = load_settings()
    folder = settings.home / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    items, demand = read_demand(DATA / "carparts.csv")
    with tempfile.TemporaryDirectory() as scratch:
        ctx, model = trained_model(items, demand, Path(scratch))
        card = read_card(model)
        found = outcomes(demand, our_demand(ctx, model, items, demand), card.sums)
    print(f"{len(items)} items; {card.chosen} and {card.sums.method}, trained on {TRAINED} months\n")
    print(f"{'policy':28} {'setting':>8} {'fill rate':>10} {'CSL':>7} {'mean stock':>11}")
    for o in found:
        print(f"{o.policy:28} {o.setting:8.3f} {o.fill_rate:10.3f} {o.csl:7.3f} {o.mean_stock:11,.0f}")
    stock, fill = curve(found, OURS)
    reached = float(np.interp(GOAL_STOCK, stock, fill))
    margins = {policy: above(found, policy) for policy in (THREE_MONTHS, TWELVE_MONTHS, LAST_MONTH)}
    print(f"\nwith {GOAL_STOCK:,} units: fill rate {reached:.3f} (goal {GOAL_FILL})")
    for policy, points in margins.items():
        print(f"points of fill rate above `{policy}` at its stock: {', '.join(f'{100 * m:+.1f}' for m in points)}")
    draw(found, folder / "inventory.png")
    report = {"goal_stock": GOAL_STOCK, "fill_rate_at_goal": reached, "above": margins, "outcomes": [asdict(o) for o in found]}
    (folder / "inventory.json").write_text(json.dumps(report, indent=1) + "\n")
    print(f"picture and figures: {folder}")
    return reached >= GOAL_FILL and min(margins[THREE_MONTHS]) > 0
