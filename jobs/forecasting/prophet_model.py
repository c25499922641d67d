"""One Prophet for the company: its total demand, split to items by their share of the last year."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray
from prophet import Prophet
from prophet.serialize import model_from_json, model_to_json

from jobs.forecasting.member import Level, Recipe, exogenous_columns
from jobs.forecasting.nature import is_intermittent
from jobs.forecasting.periods import PERIODS
from jobs.periods import Frequency

# Harmonics of the yearly season; fewer than Prophet's own, which overfit three years of monthly totals.
YEARLY: dict[Frequency, int] = {"day": 10, "week": 6, "month": 4, "quarter": 2}
# Paydays: sales by day rise and fall within the month.
MONTH_DAYS, MONTHLY = 30.4375, 5

# Real totals need a few hundred; a total that is fitted exactly would go on for minutes.
MOST_ITERATIONS = 2000


class ProphetModel:
    """Prophet on the total (a Member)."""

    name = "prophet"
    level: Level = "total_split_by_share"

    def __init__(self) -> None:
        self._prophet: Prophet | None = None
        self._shares: pl.DataFrame | None = None

    def fit(self, history: pl.DataFrame, recipe: Recipe) -> None:
        """Fit trend, seasons and regressors to the sum over items; regressors are their means over items."""
        totals = _totals(history)
        self._shares = shares(history, recipe.frequency)
        self._prophet = build_prophet(recipe.frequency, totals.height, exogenous_columns(history))
        recipe.check()
        fit_prophet(self._prophet, totals, recipe.seed)
        recipe.check()

    def forecast(self, future: pl.DataFrame) -> NDArray[Any]:
        """See Member."""
        assert self._prophet is not None
        assert self._shares is not None
        totals = _totals(future)
        total = totals.select("ds").with_columns(y_hat=pl.Series(predict_prophet(self._prophet, totals)))
        joined = future.select("unique_id", "ds").join(total, on="ds", how="left", maintain_order="left")
        joined = joined.join(self._shares, on="unique_id", how="left", maintain_order="left")
        return (joined["y_hat"] * joined["share"].fill_null(0.0)).to_numpy()

    def save(self, path: Path) -> None:
        """Write the model in Prophet's own JSON."""
        path.write_text(model_to_json(self._prophet), encoding="utf-8")

    @classmethod
    def load(cls, path: Path, history: pl.DataFrame, recipe: Recipe) -> "ProphetModel":
        """The saved model, with the shares of `history`, the same as it was fitted on."""
        model = cls()
        model._prophet = model_from_json(path.read_text(encoding="utf-8"))
        model._shares = shares(history, recipe.frequency)
        return model


def build_prophet(frequency: Frequency, periods: int, regressors: list[str]) -> Prophet:
    """An unfitted Prophet for a total of that many periods.

    Lighter than its defaults (few changepoints, few harmonics, no sampling), which overfit short histories; multiplicative.
    """
    yearly = YEARLY[frequency] if learns_year(periods, frequency) else False
    prophet = Prophet(
        growth="linear", n_changepoints=min(10, max(1, periods // 4)), yearly_seasonality=yearly,
        weekly_seasonality=3 if frequency == "day" else False, daily_seasonality=False, seasonality_mode="multiplicative",
        uncertainty_samples=0,
    )
    if frequency == "day" and periods > 2 * MONTH_DAYS:
        prophet.add_seasonality("monthly", MONTH_DAYS, MONTHLY)
    for name in regressors:
        prophet.add_regressor(name)
    return prophet


def learns_year(periods: int, frequency: Frequency) -> bool:
    """Whether a Prophet of that many periods gets a yearly season: it needs more than two years, as Prophet itself holds."""
    return periods > 2 * PERIODS[frequency].year + 1


def fit_prophet(prophet: Prophet, table: pl.DataFrame, seed: int) -> None:
    """Fit to ds, y and the regressors that it was built with."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        prophet.fit(_to_pandas(table), seed=seed, iter=MOST_ITERATIONS)


def predict_prophet(prophet: Prophet, table: pl.DataFrame) -> NDArray[Any]:
    """Units >= 0 for each row of ds and the regressors, shape (rows,)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        made = prophet.predict(_to_pandas(table))["yhat"].to_numpy()
    return np.asarray(np.maximum(made, 0.0))


def shares(history: pl.DataFrame, frequency: Frequency) -> pl.DataFrame:
    """Each item's share of the last year's units: unique_id, share; of all years where the last one sold nothing.

    Of steady demand, an item that is new counts as if it had sold all year as it does since it began. Of intermittent demand it
    does not: a first sale is not a rate.
    """
    first = history["ds"].unique().sort()[-PERIODS[frequency].year:][0]
    last_year = history.filter(pl.col("ds") >= first)
    chosen = last_year if last_year["y"].sum() > 0 else history
    weight = pl.col("y").sum() if is_intermittent(history["y"].to_numpy()) else pl.col("y").mean()
    sums = chosen.group_by("unique_id", maintain_order=True).agg(weight)
    total = sums["y"].sum()
    return sums.select("unique_id", share=pl.col("y") / total if total > 0 else pl.lit(0.0))


def _totals(frame: pl.DataFrame) -> pl.DataFrame:
    y = [pl.col("y").sum()] if "y" in frame.columns else []
    return frame.group_by("ds").agg(*y, *(pl.col(c).mean() for c in exogenous_columns(frame))).sort("ds")


def _to_pandas(totals: pl.DataFrame) -> pd.DataFrame:
    columns = {c: totals[c].to_numpy() for c in totals.columns if c != "ds"}
    return pd.DataFrame({"ds": pd.to_datetime(totals["ds"].to_list()), **columns})
