"""Prediction intervals of single periods, and how often the backtest's own sales lay inside them."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from jobs.forecasting.sums import SumSpread, learn_sums


def band(spread: SumSpread, y_hat: NDArray[Any], level: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Lower and upper bounds for forecasts y_hat of one period each, shape (rows,), units; level in percent, 1 to 99.

    0 <= lower <= y_hat <= upper, and a higher level's band holds a lower one's.
    """
    lower, upper = (spread.quantile(y_hat, 1, p) for p in ((100 - level) / 200, (100 + level) / 200))
    return np.minimum(lower, y_hat), np.maximum(upper, y_hat)


def coverage(backtest: pl.DataFrame, member: str, *, counted: bool, levels: tuple[int, ...] = (80, 95)) -> dict[str, float]:
    """Share of sales inside the band of each level, the band of a fold learned on the other folds; closed periods are left out.

    backtest, counted: as in `learn_sums`. With one fold only, it is learned on that fold, which flatters it a little.
    Returns {"80": 0.81, …}, fractions.
    """
    inside: dict[int, int] = dict.fromkeys(levels, 0)
    cutoffs = backtest["cutoff"].unique().to_list()
    for cutoff in cutoffs:
        other = backtest.filter(pl.col("cutoff") != cutoff) if len(cutoffs) > 1 else backtest
        scored = backtest.filter((pl.col("cutoff") == cutoff) & ~pl.col("closed"))
        spread = learn_sums(other, member, counted=counted)
        y, y_hat = scored["y"].to_numpy(), scored[member].to_numpy()
        for level in levels:
            lower, upper = band(spread, y_hat, level)
            inside[level] += int(np.sum((y >= lower) & (y <= upper)))
    rows = int((~backtest["closed"]).sum())
    return {str(level): count / max(rows, 1) for level, count in inside.items()}
