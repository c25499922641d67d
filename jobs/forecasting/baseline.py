"""Seasonal naive: every period repeats the one a season ago. The yardstick that a model has to beat."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from jobs.forecasting.member import Level, Recipe
from jobs.forecasting.periods import PERIODS


class SeasonalNaive:
    """The yardstick (a Member)."""

    name = "seasonal_naive"
    level: Level = "item"

    def __init__(self) -> None:
        self._last: dict[str, NDArray[Any]] = {}

    def fit(self, history: pl.DataFrame, recipe: Recipe) -> None:
        """Remember each item's last season; an item younger than a season repeats its last period."""
        season = PERIODS[recipe.frequency].season
        last = history.group_by("unique_id", maintain_order=True).agg(pl.col("y").tail(season))
        self._last = {}
        for name, values in last.iter_rows():
            self._last[name] = np.asarray(values if len(values) == season else values[-1:], dtype=np.float64)

    def forecast(self, future: pl.DataFrame) -> NDArray[Any]:
        """See Member."""
        horizon = future["ds"].n_unique()
        items = future["unique_id"].unique(maintain_order=True)
        return np.concatenate([np.resize(self._last[name], horizon) for name in items])
