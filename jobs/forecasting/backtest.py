"""Rolling-origin backtest: each fold forecasts the periods after its cutoff from what lies before it, and from nothing else."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from jobs.errors import DataError, FieldError
from jobs.forecasting.closing import learn_closing
from jobs.forecasting.kinds import Scores
from jobs.forecasting.lumpiness import lumpiness_by_item
from jobs.forecasting.member import Level, Member, Recipe
from jobs.forecasting.members import MEMBERS, forecast_members
from jobs.forecasting.metrics import scores, seasonal_scale
from jobs.forecasting.periods import PERIODS
from jobs.periods import Frequency

LEVELS: dict[str, Level] = {**{name: member.level for name, member in MEMBERS.items()}, "ensemble": "mixed"}
# With more items than this, folds are run on a sample of as many.
MOST_ITEMS = 5000


@dataclass(frozen=True, slots=True)
class Fold:
    """One origin. cutoff: the last period that may be learned from. last: the last one forecast. number: from 1."""

    number: int
    cutoff: date
    last: date


def default_horizon(frequency: Frequency, periods: int) -> int:
    """Periods to forecast where nobody said: about three months, at most a third of the history, and so that a fold fits."""
    return max(1, min(PERIODS[frequency].horizon, periods // 3, periods - PERIODS[frequency].least))


def plan_folds(periods: list[date], frequency: Frequency, horizon: int, most: int) -> list[Fold]:
    """Up to `most` folds, oldest first, back to back, the last one ending with the data.

    periods: starts of all periods. Raises DataError if not even one fold fits, with what would.
    """
    least = PERIODS[frequency].least
    count = min(most, (len(periods) - least) // horizon)
    if count < 1:
        shorter = "" if len(periods) <= least else f"ask for a `horizon` of at most {len(periods) - least}, "
        message = (f"There are {len(periods)} {frequency}s of sales; a horizon of {horizon} needs at least {least + horizon}. "
                   f"Send a longer history, {shorter}or take shorter periods with `frequency` if the sales have their days.")
        raise DataError(message, fields=(FieldError("params.horizon", message),))
    ends = [len(periods) - 1 - horizon * back for back in reversed(range(count))]
    return [Fold(i + 1, periods[end - horizon], periods[end]) for i, end in enumerate(ends)]


def sample_items(frame: pl.DataFrame) -> pl.DataFrame:
    """All of `frame`, or 5,000 of its items: every so-manieth in the order of units sold, so that all sizes have their share."""
    sums = frame.group_by("unique_id").agg(pl.col("y").sum()).sort(["y", "unique_id"], descending=[True, False])
    if sums.height <= MOST_ITEMS:
        return frame
    places = (pl.int_range(MOST_ITEMS, eager=True) * sums.height / MOST_ITEMS).floor().cast(pl.UInt32)
    return frame.join(sums[places].select("unique_id"), on="unique_id", how="semi", maintain_order="left")


def run_fold(frame: pl.DataFrame, fold: Fold, names: tuple[str, ...], recipe: Recipe) -> pl.DataFrame:
    """Fit members up to the cutoff and forecast the fold.

    frame: unique_id, ds, y and exogenous columns. Items first sold after the cutoff are left out: nothing is known of them then.
    names: of the members, XGBoost first. Returns unique_id, ds, y, cutoff, closed (nothing can be sold), scale (units; for MASE,
    NaN without a season), lumpiness (at the cutoff) and one column of forecasts per member.
    """
    history = frame.filter(pl.col("ds") <= fold.cutoff)
    scored = frame.filter(pl.col("ds").is_between(fold.cutoff, fold.last, closed="right"))
    scored = scored.join(history.select("unique_id").unique(), on="unique_id", how="semi", maintain_order="left")
    members: list[Member] = [MEMBERS[name]() for name in names]
    for member in members:
        recipe.check()
        member.fit(history, recipe)
    closed = learn_closing(history).closed(scored)
    made = forecast_members(members, scored.drop("y"), closed)
    season = PERIODS[recipe.frequency].season
    past = history.group_by("unique_id").agg("y")
    scale = past.select("unique_id", scale=pl.Series([seasonal_scale(y.to_numpy(), season) for y in past["y"]]))
    return (made.with_columns(scored["y"], closed, cutoff=pl.lit(fold.cutoff))
            .join(scale, on="unique_id", how="left", maintain_order="left")
            .join(lumpiness_by_item(history), on="unique_id", how="left", maintain_order="left"))


def score_members(backtest: pl.DataFrame) -> dict[str, Scores]:
    """Errors of every member that `backtest` has, pooled over all rows of a frame that `run_fold` made, or several stacked."""
    y, scale = backtest["y"].to_numpy(), backtest["scale"].to_numpy()
    return {
        name: Scores.model_validate({**scores(y, backtest[name].to_numpy(), scale), "level": level})
        for name, level in LEVELS.items() if name in backtest.columns
    }
