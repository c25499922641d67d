"""Rolling-origin backtest: each fold forecasts the periods after its cutoff from what lies before it, and from nothing else."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from jobs.errors import DataError, FieldError
from jobs.forecasting.baseline import SeasonalNaive
from jobs.forecasting.closing import learn_closing
from jobs.forecasting.kinds import Scores
from jobs.forecasting.member import Level, Member, Recipe
from jobs.forecasting.metrics import scores, seasonal_scale
from jobs.forecasting.periods import PERIODS
from jobs.forecasting.prophet_model import ProphetModel
from jobs.forecasting.xgboost_model import XGBoostModel
from jobs.periods import Frequency

LEVELS: dict[str, Level] = {"xgboost": "item", "prophet": "total_split_by_share", "ensemble": "mixed", "seasonal_naive": "item"}
ENSEMBLE = pl.mean_horizontal("xgboost", "prophet").alias("ensemble")


@dataclass(frozen=True, slots=True)
class Fold:
    """One origin. cutoff: the last period that may be learned from. last: the last one forecast. number: from 1."""

    number: int
    cutoff: date
    last: date


def default_horizon(frequency: Frequency, periods: int) -> int:
    """Periods to forecast where nobody said: about three months, and at most a third of the history."""
    return max(1, min(PERIODS[frequency].horizon, periods // 3))


def plan_folds(periods: list[date], frequency: Frequency, horizon: int, most: int) -> list[Fold]:
    """Up to `most` folds, oldest first, back to back, the last one ending with the data.

    periods: starts of all periods. Raises DataError if not even one fold fits, with what would.
    """
    least = PERIODS[frequency].least
    count = min(most, (len(periods) - least) // horizon)
    if count < 1:
        message = (f"There are {len(periods)} {frequency}s of sales; a horizon of {horizon} needs at least {least + horizon}. "
                   "Send a longer history, ask for a shorter horizon, or for shorter periods with `frequency`.")
        raise DataError(message, fields=(FieldError("params.horizon", message),))
    ends = [len(periods) - 1 - horizon * back for back in reversed(range(count))]
    return [Fold(i + 1, periods[end - horizon], periods[end]) for i, end in enumerate(ends)]


def run_fold(frame: pl.DataFrame, fold: Fold, recipe: Recipe) -> pl.DataFrame:
    """Fit every member up to the cutoff and forecast the fold.

    frame: unique_id, ds, y and exogenous columns. Items first sold after the cutoff are left out: nothing is known of them then.
    Returns unique_id, ds, cutoff, y, closed (nothing can be sold), scale (units; for MASE, NaN without a season) and one column
    of forecasts per member.
    """
    history = frame.filter(pl.col("ds") <= fold.cutoff)
    scored = frame.filter(pl.col("ds").is_between(fold.cutoff, fold.last, closed="right"))
    scored = scored.join(history.select("unique_id").unique(), on="unique_id", how="semi", maintain_order="left")
    future = scored.drop("y")
    closed = learn_closing(history).closed(future)
    made = []
    members: tuple[Member, ...] = (XGBoostModel(), ProphetModel(), SeasonalNaive())
    for member in members:
        recipe.check()
        member.fit(history, recipe)
        made.append(pl.Series(member.name, np.where(closed, 0.0, member.forecast(future))))
    season = PERIODS[recipe.frequency].season
    past = history.group_by("unique_id").agg("y")
    scale = past.select("unique_id", scale=pl.Series([seasonal_scale(y.to_numpy(), season) for y in past["y"]]))
    return (scored.select("unique_id", "ds", "y").with_columns(*made, closed, cutoff=pl.lit(fold.cutoff)).with_columns(ENSEMBLE)
            .join(scale, on="unique_id", how="left", maintain_order="left"))


def score_members(backtest: pl.DataFrame) -> dict[str, Scores]:
    """Each member's errors, pooled over all rows of a frame that `run_fold` made, or several of them stacked."""
    y = backtest["y"].to_numpy()
    scale = backtest["scale"].to_numpy()
    return {
        name: Scores.model_validate({**scores(y, backtest[name].to_numpy(), scale), "level": level})
        for name, level in LEVELS.items()
    }


def choose(metrics: dict[str, Scores]) -> str:
    """The member with the lowest RMSE; on intermittent items the absolute error would favour a forecast of nothing."""
    return min(metrics, key=lambda name: metrics[name].rmse)
