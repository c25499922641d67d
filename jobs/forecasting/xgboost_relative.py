"""XGBoost on sales relative to each item's own level, so that it follows a level that no item had before.

A tree gives only what it has seen. In units it stays behind where levels grow or wander, and with few rows it has to learn a
season again for each size of item. Here features and target are divided by the item's mean over the longest window before the
period (a year or two), and each row counts by the square of that mean, so that the squared errors are those in units.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from jobs.forecasting.member import Recipe
from jobs.forecasting.xgboost_model import CUT_MARGIN, XGBoostModel


class RelativeXGBoost(XGBoostModel):
    """The global model, relative to levels (a Member)."""

    name = "xgboost_relative"

    def fit(self, history: pl.DataFrame, recipe: Recipe) -> None:
        """As XGBoostModel does, without telling its rounds; periods before which nothing was sold teach nothing."""
        x, y = self._prepare(history, recipe)
        x[:, self._state().of_sales] *= 1 - CUT_MARGIN
        x, level = self._relative(x)
        known = level > 0 if (level > 0).any() else np.full(len(y), fill_value=True)
        level = np.where(level > 0, level, 1.0)[known]
        weight = level**2 / np.mean(level**2)
        self._grow(x[known], y[known] / level, weight, replace(recipe, on_round=Recipe(recipe.frequency).on_round))

    def predict(self, x: NDArray[Any]) -> NDArray[Any]:
        """One step: units of shape (items,) from features of shape (items, features); 0 where the level is 0."""
        relative, level = self._relative(np.asarray(x, dtype=np.float32))
        return np.asarray(super().predict(relative) * level)

    def _relative(self, x: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Features relative to the level (which itself stays as it is), and the level, shape (rows,): 0 where there is none."""
        level = np.nan_to_num(x[:, self._state().level].astype(np.float64))
        others = [c for c in self._state().of_sales if c != self._state().level]
        relative = x.copy()
        relative[:, others] /= np.where(level > 0, level, 1.0)[:, None].astype(np.float32)
        return relative, level
