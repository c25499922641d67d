"""How good our forecasts are beside those of others, on real data and the same splits: a part of `make bench-forecast`.

Car parts: 2,509 complete series of 51 months, four of five of them zeros, six months ahead. Rossmann: 100 drugstores by day, six
weeks ahead, with promotions, opening days and holidays known. Three cutoffs each, back to back, the last one six months or weeks
before the end. Ours is what `forecasting.train` makes of the history up to a cutoff, so that all its choices come from earlier
backtests, and what `forecasting.predict` says from there. NORIA_TEST_DATA names the folder of carparts.csv.
"""

import io
import json
import os
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.forecast_calibration import calibration_of, sums_of
from benchmarks.forecast_peers import PEERS
from deploy.rossmann import HORIZON_DAYS, REGRESSORS, canonical, fetch
from jobs.forecasting import predict, train
from jobs.forecasting.backtest import plan_folds
from jobs.forecasting.closing import learn_closing
from jobs.forecasting.demand import build_demand
from jobs.forecasting.kinds import PredictParams, TrainParams, TrainResult
from jobs.forecasting.lumpiness import lumpiness
from jobs.forecasting.metrics import bias, mae, r2, rmse, wape
from jobs.forecasting.package import read_card
from jobs.forecasting.periods import with_calendar
from jobs.memory_context import MemoryContext
from jobs.periods import Frequency
from jobs.settings import load_settings

OURS = "Noria"
ROOT = Path(__file__).parents[1]
CACHE = ROOT / "var" / "cache"
DATA = Path(os.environ.get("NORIA_TEST_DATA") or ROOT.parent / "shared" / "data")
THREADS = 2
LEVELS = (80, 95)
CUTOFFS = 3


@dataclass(frozen=True, slots=True)
class Task:
    """A data set to forecast. table: date, item, quantity and the regressors. goals: metric of ours → what it has to be."""

    name: str
    table: pl.DataFrame
    frequency: Frequency
    horizon: int
    regressors: tuple[str, ...]
    country: str | None
    goals: dict[str, tuple[str, float]]


def car_parts() -> Task:
    """The car parts whose months are all known."""
    wide = pl.read_csv(DATA / "carparts.csv", infer_schema_length=None, null_values=["NA", ""]).drop_nulls()
    name = wide.columns[0]
    table = wide.unpivot(index=name, variable_name="month", value_name="quantity").select(
        date=pl.concat_str(pl.lit("01-"), "month").str.to_date("%d-%b-%y"), item=pl.col(name).cast(pl.String),
        quantity=pl.col("quantity").cast(pl.Float64))
    goals = {"RMSE": ("<=", 1.10), "|bias|": ("<=", 0.05), "WAPEh": ("<=", 0.785), "P(y<=q97.5)": (">=", 0.975),
             "pinball .9": ("<=", 1.02), "PIT 3": ("<=", 0.04), "PIT 6": ("<=", 0.04), "P(sum 3<=q80)": (">=", 0.8),
             "P(sum 3<=q95)": (">=", 0.95), "P(sum 6<=q80)": (">=", 0.8), "P(sum 6<=q95)": (">=", 0.95)}
    return Task("car parts", table, "month", 6, (), None, goals)


def rossmann() -> Task:
    """The drugstores."""
    table = canonical(pl.read_csv(fetch(CACHE), try_parse_dates=True))
    goals = {"WAPE": ("<=", 0.080), "R2": (">=", 0.953), "coverage 80": ("+-0.03", 0.8), "coverage 95": ("+-0.03", 0.95)}
    return Task("rossmann", table, "day", HORIZON_DAYS, REGRESSORS, "DE", goals)


def panel_of(task: Task, folder: Path) -> tuple[pl.DataFrame, list[tuple[date, date]]]:
    """The whole panel, and the cutoffs with the last period of each."""
    path = folder / "all.parquet"
    task.table.write_parquet(path)
    demand = build_demand(path, frequency=task.frequency, found=task.frequency, period_sums=task.frequency != "day",
                          regressors=task.regressors)
    folds = plan_folds(demand.periods, task.frequency, task.horizon, CUTOFFS)
    return with_calendar(demand.frame, task.frequency, task.country), [(fold.cutoff, fold.last) for fold in folds]


def ours(task: Task, cutoff: date, last: date, folder: Path) -> tuple[pl.DataFrame, TrainResult, MemoryContext]:
    """unique_id, ds, mean, lo-80 … as `forecasting.predict` gives them, from a training on the lines up to the cutoff."""
    ctx = MemoryContext(scratch=folder / cutoff.isoformat(), threads=THREADS)
    ctx.scratch.mkdir()
    for name, kind, rows in (("sales", "sales", pl.col("date") <= cutoff), ("future", "future", pl.col("date") > cutoff)):
        table = task.table.filter(rows & (pl.col("date") <= last))
        table = table if kind == "sales" else table.drop("quantity")
        table.write_parquet(ctx.scratch / f"{name}.parquet")
        ctx.add_dataset(ctx.scratch / f"{name}.parquet", dataset_id=name, type=kind,
                        profile={"frequency": task.frequency, "period_sums": task.frequency != "day"})
    result = train.run(TrainParams(dataset="sales", horizon=task.horizon, country=task.country, regressors=task.regressors), ctx)
    predict.run(PredictParams(model="sales", levels=LEVELS, future="future" if task.regressors else None), ctx)
    table = pl.read_csv(io.BytesIO(ctx.artifacts["predictions.csv"]), schema_overrides={"item": pl.String}, try_parse_dates=True)
    return table.rename({"item": "unique_id", "date": "ds"}), result, ctx


def errors(rows: pl.DataFrame, column: str) -> dict[str, float]:
    """The metrics of one column of forecasts: pooled over all rows, and of the horizon's total by item."""
    y, y_hat = rows["y"].to_numpy(), rows[column].to_numpy()
    sums = rows.group_by("cutoff", "unique_id", maintain_order=True).agg(pl.col("y").sum(), pl.col(column).sum())
    return {"MAE": mae(y, y_hat), "RMSE": rmse(y, y_hat), "R2": r2(y, y_hat), "WAPE": wape(y, y_hat), "bias": bias(y, y_hat),
            "WAPEh": wape(sums["y"].to_numpy(), sums[column].to_numpy())}


def run_task(task: Task, folder: Path) -> dict[str, Any]:
    """Every method on every cutoff; gives the report of a task."""
    frame, cutoffs = panel_of(task, folder)
    stacked, sums, choices = [], [], []
    for cutoff, last in cutoffs:
        history = frame.filter(pl.col("ds") <= cutoff)
        later = frame.filter(pl.col("ds").is_between(cutoff, last, closed="right"))
        later = later.join(history.select("unique_id").unique(), on="unique_id", how="semi", maintain_order="left")
        made, result, ctx = ours(task, cutoff, last, folder)
        print(f"  {cutoff}: {result.chosen}, {result.reason}", flush=True)
        choices.append(result.reason)
        closed = learn_closing(history).closed(later)
        rows = later.select("unique_id", "ds", "y").with_columns(closed, cutoff=pl.lit(cutoff)).join(
            made, on=["unique_id", "ds"], how="left", maintain_order="left").rename({"mean": OURS})
        for peer in PEERS:
            rows = rows.with_columns(peer_column(peer, history, later, closed, task.frequency))
        stacked.append(rows.drop("item_name", strict=False))
        sums += sums_of(rows, OURS, read_card(ctx.model_version("sales")).sums, (3, task.horizon),
                        lumpiness(history))
    table = pl.concat(stacked)
    return {"errors": {name: error_row(table, name) for name in (OURS, *(peer.name for peer in PEERS))}, "choices": choices,
            "calibration": calibration_of(table, sums)}


def peer_column(peer: Any, history: pl.DataFrame, later: pl.DataFrame, closed: pl.Series, frequency: Frequency) -> pl.Series:
    """A peer's forecasts for the rows of `later`; null for items outside its sample."""
    items = later["unique_id"].unique().sort()
    some = items if len(items) <= peer.most_items else items.sample(peer.most_items, seed=0)
    chosen = pl.col("unique_id").is_in(some.implode())
    future = later.filter(chosen).drop("y")
    made = future.select("unique_id", "ds").with_columns(
        pl.Series(peer.name, np.maximum(peer.forecast(history.filter(chosen), future, frequency), 0.0)))
    joined = later.select("unique_id", "ds").join(made, on=["unique_id", "ds"], how="left", maintain_order="left")[peer.name]
    return pl.select(pl.when(closed & joined.is_not_null()).then(0.0).otherwise(joined)).to_series().alias(peer.name)


def error_row(table: pl.DataFrame, name: str) -> dict[str, float]:
    """A method's errors; where it ran on a sample, also ours on the same items."""
    rows = table.filter(pl.col(name).is_not_null())
    found = errors(rows, name)
    return found if rows.height == table.height else {**found, f"{OURS} RMSE there": errors(rows, OURS)["RMSE"]}


def show(task: Task, report: dict[str, Any]) -> bool:
    """Print the table and the goals; gives whether all were reached."""
    names = ("MAE", "RMSE", "R2", "WAPE", "bias", "WAPEh")
    print(f"\n{task.name}, {task.horizon} {task.frequency}s ahead, {CUTOFFS} cutoffs")
    print(" " * 16 + "".join(f"{n:>10}" for n in names))
    for name, found in report["errors"].items():
        there = f"   (a sample; ours there: RMSE {found[f'{OURS} RMSE there']:.4g})" if f"{OURS} RMSE there" in found else ""
        print(f"{name:16}" + "".join(f"{found[n]:>10.4g}" for n in names) + there)
    found = {**report["errors"][OURS], **report["calibration"]}
    found["|bias|"] = abs(found["bias"])
    for name in ("RMSE", "MAE"):
        # a peer that ran on a sample says what ours was there
        found[f"{name} / best peer"] = found[name] / min(
            errors[name] for peer, errors in report["errors"].items() if peer != OURS and f"{OURS} RMSE there" not in errors)
    reached = True
    for name, (sign, goal) in task.goals.items():
        value = found[name]
        good = value <= goal if sign == "<=" else value >= goal if sign == ">=" else abs(value - goal) <= float(sign[2:])
        reached &= good
        print(f"  {'reached' if good else 'MISSED '}  {name} {value:.4f}, goal {sign} {goal}")
    return reached


def main() -> bool:
    """Print the tables and keep them in NORIA_HOME/bench; gives whether all goals are reached."""
    target = load_settings().home / "bench" / "forecast.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    reached, reports = True, {}
    for make in (car_parts, rossmann):
        task = make()
        print(f"{task.name} …", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            reports[task.name] = run_task(task, Path(folder))
        reached &= show(task, reports[task.name])
    target.write_text(json.dumps(reports, indent=1) + "\n")
    return reached
