"""DeepAR's *parts* table on the same series: a part of `make bench-forecast`.

1,046 car parts as Snyder (2002) chose them: at least ten of the 51 months with a sale, some of them among the first and the last
fifteen; 42 months to learn from, 8 to forecast. The 0.9-risk of a span is twice the pinball loss of its sum over what was sold,
and stands relative to that of ETS (AutoETS without season, its normal quantiles rounded to units), run here. The paper's figures:
Salinas et al., DeepAR, arXiv 1704.04110, table 1, whose ETS is R's. (L, S) is the sum of S months after L months; all(8) is the
mean over the eight single months.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import norm
from statsforecast.models import AutoETS

from benchmarks.forecast import car_parts
from jobs.forecasting import train
from jobs.forecasting.kinds import TrainParams
from jobs.forecasting.lumpiness import lumpiness
from jobs.forecasting.package import read_card
from jobs.forecasting.predict import forecast_means
from jobs.memory_context import MemoryContext
from jobs.settings import load_settings

Array = NDArray[Any]
LEARNED, AHEAD, RISK = 42, 8, 0.9
LEAST_SALES, ENDS = 10, 15
SPANS = {"(0,1)": (0, 1), "(2,1)": (2, 1), "(0,8)": (0, 8)}
DEEPAR = {"(0,1)": 0.891, "(2,1)": 0.922, "all(8)": 0.904, "(0,8)": 0.711}
GOALS = ("(2,1)", "all(8)")


def snyders_parts() -> pl.DataFrame:
    """date, item, quantity of the parts chosen, 50 months each."""
    table = car_parts().table.sort("item", "date")
    months = table["date"].unique().sort()[:LEARNED + AHEAD]
    sold = pl.col("quantity") > 0
    chosen = table.group_by("item").agg(n=sold.sum(), first=sold.head(ENDS).any(), last=sold.tail(ENDS).any()).filter(
        (pl.col("n") >= LEAST_SALES) & pl.col("first") & pl.col("last"))
    return table.filter(pl.col("date").is_in(months.implode())).join(
        chosen.select("item"), on="item", how="semi", maintain_order="left")


def risk(y: Array, quantile: Array) -> float:
    """Twice the pinball loss over what was sold; y and quantile of one shape, units."""
    return float(2 * np.maximum(RISK * (y - quantile), (RISK - 1) * (y - quantile)).sum() / y.sum())


def risks(y: Array, single: Array, spans: dict[str, Array]) -> dict[str, float]:
    """The table. y, single: shape (items, 8), what was sold and the quantiles of single months; spans: those of sums."""
    found = {name: risk(y[:, lead:lead + length].sum(axis=1), spans[name]) for name, (lead, length) in SPANS.items()}
    return {**found, "all(8)": float(np.mean([risk(y[:, k], single[:, k]) for k in range(AHEAD)]))}


def ours(table: pl.DataFrame, folder: Path) -> tuple[Array, dict[str, Array], str]:
    """Quantiles of single months, shape (items, 8), and of the spans' sums; and what forecast them."""
    known = table.filter(pl.col("date") <= table["date"].unique().sort()[LEARNED - 1])
    known.write_parquet(folder / "parts.parquet")
    ctx = MemoryContext()
    ctx.add_dataset(folder / "parts.parquet", dataset_id="parts", profile={"frequency": "month", "period_sums": True})
    result = train.run(TrainParams(dataset="parts", horizon=AHEAD), ctx)
    found = ctx.model_version("parts")
    card, history = read_card(found), pl.read_parquet(found.files["history.parquet"])
    made = forecast_means(found, card, history, AHEAD, ctx, asked=history["unique_id"].unique(), future=None)
    mean, lumps = made["mean"].to_numpy().reshape(-1, AHEAD), lumpiness(history)
    single = np.column_stack([card.sums.quantile(mean[:, k], 1, RISK, lumps) for k in range(AHEAD)])
    spans = {name: card.sums.quantile(mean[:, lead:lead + length].sum(axis=1), length, RISK, lumps)
             for name, (lead, length) in SPANS.items()}
    return single, spans, result.reason


def ets(y: Array) -> tuple[Array, dict[str, Array]]:
    """The same of ETS, each series for itself. Errors of the months of a sum are taken as independent."""
    single, spans = np.zeros((len(y), AHEAD)), {name: np.zeros(len(y)) for name in SPANS}
    z, level = norm.ppf(RISK), round(200 * (RISK - 0.5))
    for n, series in enumerate(y):
        made = AutoETS(season_length=1, model="ZZN").forecast(series.astype(np.float64), AHEAD, level=[level])
        mean, deviation = made["mean"], (made[f"hi-{level}"] - made["mean"]) / z
        single[n] = np.round(np.maximum(mean + z * deviation, 0))
        for name, (lead, length) in SPANS.items():
            part = slice(lead, lead + length)
            spans[name][n] = np.round(max(mean[part].sum() + z * np.sqrt((deviation[part] ** 2).sum()), 0))
    return single, spans


def main() -> bool:
    """Print the table and keep it in NORIA_HOME/bench; gives whether the goals are reached."""
    table = snyders_parts()
    units = table["quantity"].to_numpy().reshape(-1, LEARNED + AHEAD)
    y = units[:, LEARNED:]
    with tempfile.TemporaryDirectory() as folder:
        single, spans, reason = ours(table, Path(folder))
    found, base = risks(y, single, spans), risks(y, *ets(units[:, :LEARNED]))
    print(f"{len(y):,} parts; ours is {reason}\n\n0.9-risk      ours       ETS   ours/ETS  DeepAR/ETS (paper)")
    for name, paper in DEEPAR.items():
        print(f"{name:10} {found[name]:7.3f}   {base[name]:7.3f}   {found[name] / base[name]:8.3f}  {paper:8.3f}")
    reached = {name: found[name] / base[name] <= DEEPAR[name] for name in GOALS}
    for name, good in reached.items():
        print(f"  {'reached' if good else 'MISSED '}  {name}: at or below DeepAR's ratio")
    target = load_settings().home / "bench" / "forecast_parts.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({"ours": found, "ETS": base, "reason": reason}, indent=1) + "\n")
    return all(reached.values())
