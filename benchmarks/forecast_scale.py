"""What a training on much data costs beside the bare boosting that is in it: a part of `make bench-forecast`.

Car parts under 50,000 codes by 36 months, and drugstores under 5,000 codes by 730 days. All figures are CPU seconds of one
thread, children included, and their ratios: bare (read the lines, features, QuantileDMatrix, the same rounds), final fit (demand
from the lines, and the members that a prediction needs), whole training (with a backtest of three folds, choice, pictures and
files). Each runs in a process of its own, so that its peak memory is known. The prediction of all items is timed by the clock,
on two threads.
"""

import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import xgboost as xgb

from benchmarks.forecast import Task, car_parts, rossmann
from jobs.forecasting import predict, train
from jobs.forecasting.closing import learn_closing
from jobs.forecasting.demand import Demand, build_demand
from jobs.forecasting.features import Features
from jobs.forecasting.kinds import PredictParams, TrainParams
from jobs.forecasting.member import Recipe
from jobs.forecasting.members import MEMBERS, plan_members
from jobs.forecasting.xgboost_model import tree_params
from jobs.memory_context import MemoryContext
from jobs.periods import Frequency
from jobs.settings import load_settings

FOLDS = 3
FINAL_FIT, EACH_FOLD, PREDICTION_S = 1.5, 1.3, 60.0


@dataclass(frozen=True, slots=True)
class Shape:
    """How much data. make: whose sales are copied. rounds: trees that such demand gets. memory_gib: the most that it may take."""

    make: Callable[[], Task]
    frequency: Frequency
    items: int
    periods: int
    rounds: int
    memory_gib: float

    def __str__(self) -> str:
        return f"{self.items} items x {self.periods} {self.frequency}s"


SHAPES = (Shape(car_parts, "month", 50_000, 36, 200, 2.0), Shape(rossmann, "day", 5_000, 730, 600, 2.5))


def make_sales(shape: Shape, target: Path) -> None:
    """Write the last periods of the real sales, over and over under new codes."""
    table = shape.make().table.select("date", "item", "quantity").sort("item", "date")
    recent = table.filter(pl.col("date") >= table["date"].unique().sort().tail(shape.periods)[0])
    copies = -(-shape.items // recent["item"].n_unique())
    made = pl.concat([recent.with_columns(item=pl.col("item") + f"-{copy:02}") for copy in range(copies)])
    made.filter(pl.col("item").rank("dense") <= shape.items).write_parquet(target)


def bare(shape: Shape, path: Path) -> None:
    """Reading and boosting, as a script would."""
    demand = _demand(shape, path)
    x, y = Features(shape.frequency, 1).fit(demand.frame)
    matrix = xgb.QuantileDMatrix(x, label=y, nthread=1)
    xgb.train(tree_params(y, Recipe(shape.frequency)), matrix, num_boost_round=shape.rounds)


def final_fit(shape: Shape, path: Path) -> None:
    """What a training does after its backtest: every member that is kept in a file."""
    frame = _demand(shape, path).frame
    for name in {*plan_members(frame, shape.frequency, learn_closing(frame)).equal, "prophet"}:
        MEMBERS[name]().fit(frame, Recipe(shape.frequency))


def whole_training(shape: Shape, path: Path) -> float:
    """`forecasting.train`; gives the seconds that `forecasting.predict` of all items takes after it."""
    ctx = MemoryContext()
    ctx.add_dataset(path, dataset_id="sales", profile={"frequency": shape.frequency, "period_sums": shape.frequency == "month"})
    train.run(TrainParams(dataset="sales", folds=FOLDS), ctx)
    asked = MemoryContext(versions=ctx.versions, threads=2)
    began = time.perf_counter()
    predict.run(PredictParams(model="sales"), asked)
    return time.perf_counter() - began


def _demand(shape: Shape, path: Path) -> Demand:
    return build_demand(path, frequency=shape.frequency, found=shape.frequency, period_sums=shape.frequency == "month")


def measured(work: Callable[[Path], Any], path: Path) -> dict[str, float]:
    """CPU seconds and peak GiB of `work` in a process of its own, and what it gave."""
    parent, child = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_measure, args=(work, path, child))
    process.start()
    child.close()
    found: dict[str, float] = parent.recv()
    process.join()
    return found


def _measure(work: Callable[[Path], Any], path: Path, answer: Any) -> None:
    began = _cpu_s()
    gave = work(path)
    cpu_s = _cpu_s() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    answer.send({"cpu_s": cpu_s, "gib": peak, "gave": float(gave or 0.0)})


def _cpu_s() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(u.ru_utime + u.ru_stime for u in used)


def main() -> bool:
    """Print the ratios and keep the figures in NORIA_HOME/bench; gives whether the goals are reached."""
    reports = {str(shape): run_shape(shape) for shape in SHAPES}
    target = load_settings().home / "bench" / "forecast_scale.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({name: found for name, (found, _) in reports.items()}, indent=1) + "\n")
    return all(reached for _, reached in reports.values())


def run_shape(shape: Shape) -> tuple[dict[str, dict[str, float]], bool]:
    """Print what one shape costs; gives the figures, and whether the goals are reached."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sales.parquet"
        make_sales(shape, path)
        found = {work.__name__: measured(partial(work, shape), path) for work in (bare, final_fit, whole_training)}
    print(f"\n{shape}")
    for name, figures in found.items():
        print(f"{name:16} {figures['cpu_s']:8.1f} CPU s   {figures['gib']:.2f} GiB at the most")
    base, training = found["bare"]["cpu_s"], found["whole_training"]
    goals = (("final fit / bare", found["final_fit"]["cpu_s"] / base, FINAL_FIT),
             ("whole training / bare", training["cpu_s"] / base, (1 + FOLDS) * EACH_FOLD),
             ("peak memory of the training, GiB", training["gib"], shape.memory_gib),
             ("prediction of all items, s", training["gave"], PREDICTION_S))
    for name, value, most in goals:
        print(f"  {'reached' if value <= most else 'MISSED '}  {name} {value:.2f}, goal <= {most:.2f}")
    return found, all(value <= most for _, value, most in goals)
