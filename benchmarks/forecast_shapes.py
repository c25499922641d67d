"""Our forecasts beside those of others on demand of other shapes, made of the same real sales: a part of `make bench-forecast`.

Car parts in 60 groups by month and by quarter (steady, few points), drugstores by month with their promotions and opening days
known (as prices would be), and by week. Each goal is a ratio to the best of the peers, whichever that is.
"""

import json
import tempfile
from pathlib import Path

import polars as pl

from benchmarks.forecast import Task, car_parts, rossmann, run_task, show
from jobs.periods import Frequency
from jobs.settings import load_settings

GROUPS = 60
# The groups are drawn without regard to what a part is, so their sums are hardly more than noise: to be level is all there is.
BEHIND = {"RMSE / best peer": ("<=", 1.02), "|bias|": ("<=", 0.25)}
AHEAD = {**BEHIND, "RMSE / best peer": ("<=", 1.0), "MAE / best peer": ("<=", 1.0)}


def grouped_parts(frequency: Frequency, every: str, horizon: int) -> Task:
    """Sums of about 42 car parts each, by month or whole quarter."""
    parts = car_parts().table
    group = (pl.col("item").rank("dense") % GROUPS).cast(pl.String)
    months = parts.with_columns(item="group " + group, date=pl.col("date").dt.truncate(every))
    table = months.group_by("item", "date").agg(pl.col("quantity").sum()).sort("item", "date")
    return Task(f"{GROUPS} groups of car parts", table, frequency, horizon, (), None, BEHIND)


def stores_by(frequency: Frequency, every: str, horizon: int, regressors: tuple[str, ...]) -> Task:
    """Sales by whole period, with its days of promotion and of opening, of the drugstores that were never closed for months."""
    days = rossmann().table.select("item", "quantity", pl.col("date").dt.truncate(every), promo_days="promo", open_days="open")
    sums = days.group_by("item", "date").agg(pl.len().alias("days"), pl.col("quantity", *regressors).sum()).sort("item", "date")
    whole = sums.filter(pl.col("days") >= (7 if frequency == "week" else 28)).drop("days")
    always = pl.len().over("item") == whole["date"].n_unique()
    return Task("drugstores", whole.filter(always), frequency, horizon, regressors, None, AHEAD if regressors else BEHIND)


def main() -> bool:
    """Print the tables and keep them in NORIA_HOME/bench; gives whether all goals are reached."""
    tasks = (grouped_parts("month", "1mo", 6), grouped_parts("quarter", "1q", 2),
             stores_by("month", "1mo", 3, ("promo_days", "open_days")), stores_by("week", "1w", 13, ()))
    reached, reports = True, {}
    for task in tasks:
        print(f"{task.name} by {task.frequency} …", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            report = run_task(task, Path(folder))
        reports[f"{task.name} by {task.frequency}"] = report
        reached &= show(task, report)
    target = load_settings().home / "bench" / "forecast_shapes.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(reports, indent=1) + "\n")
    return reached
