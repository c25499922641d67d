"""Statistical members, one series at a time: AutoTheta and AutoETS for steady demand, IMAPA for intermittent demand.

They keep nothing: a forecast is made from the history at once, and a saved model makes it again from the history beside it.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from statsforecast.models import IMAPA, AutoETS, AutoTheta

from jobs.forecasting.member import Level, Recipe
from jobs.forecasting.nature import is_intermittent, largest
from jobs.forecasting.periods import PERIODS
from jobs.periods import Frequency

Array = NDArray[Any]

# Theta's cost grows with the length of a series, and its forecast is made of the recent past.
RECENT: dict[Frequency, int] = {"day": 182, "week": 208, "month": 120, "quarter": 60}
MOST_ITEMS = 500
# An exponential smoothing costs about ten times as much as a Theta.
MOST_SMOOTHED = 100
# AutoETS refuses six periods and fewer.
LEAST_PERIODS = 7
# A stop is looked for at every so-manieth item, since looking costs as much as a forecast.
CHECKED = 50


class Imapa:
    """Multiple aggregation for intermittent demand (a Member). Source: Petropoulos & Kourentzes, J. Oper. Res. Soc. 66 (2015)."""

    name = "imapa"
    level: Level = "item"

    def fit(self, history: pl.DataFrame, recipe: Recipe) -> None:
        """Remember each item's sales."""
        self._series, self._check = _series(history), recipe.check

    def forecast(self, future: pl.DataFrame) -> Array:
        """See Member."""
        return _each(self._series, future, self._check, _imapa)


class Theta:
    """Theta for the steady ones of the 500 largest items, IMAPA for the others (a Member).

    Source: Fiorucci et al., Int. J. Forecasting 32 (2016), by way of statsforecast's AutoTheta.
    """

    name = "theta"
    level: Level = "item"

    def fit(self, history: pl.DataFrame, recipe: Recipe) -> None:
        """Remember each item's sales."""
        self._series, self._recipe = _series(history), recipe
        self._large = largest(history, MOST_ITEMS)

    def forecast(self, future: pl.DataFrame) -> Array:
        """See Member."""
        return _steady_ones(self._series, self._large, self._recipe, future, AutoTheta, _imapa)


class Ets:
    """Exponential smoothing for the steady ones of the 100 largest items (a Member); the others are NaN.

    Source: Hyndman et al., Int. J. Forecasting 18 (2002), by way of statsforecast's AutoETS, which chooses the form by AICc.
    """

    name = "ets"
    level: Level = "item"

    def fit(self, history: pl.DataFrame, recipe: Recipe) -> None:
        """Remember each item's sales."""
        self._series, self._recipe = _series(history), recipe
        self._large = largest(history, MOST_SMOOTHED)

    def forecast(self, future: pl.DataFrame) -> Array:
        """See Member."""
        return _steady_ones(self._series, self._large, self._recipe, future, AutoETS, _nothing)


def _series(history: pl.DataFrame) -> dict[str, Array]:
    made = history.group_by("unique_id", maintain_order=True).agg("y")
    return {item: y.to_numpy().astype(np.float64) for item, y in zip(made["unique_id"], made["y"], strict=True)}


def _each(
    series: dict[str, Array], future: pl.DataFrame, check: Callable[[], None], one: Callable[[str, Array, int], Array],
) -> Array:
    horizon = future["ds"].n_unique()
    made = []
    for number, item in enumerate(future["unique_id"].unique(maintain_order=True)):
        if number % CHECKED == 0:
            check()
        made.append(np.maximum(one(item, series[item], horizon), 0.0))
    return np.concatenate(made)


def _steady_ones(
    series: dict[str, Array], large: frozenset[str], recipe: Recipe, future: pl.DataFrame, model: type[AutoTheta] | type[AutoETS],
    otherwise: Callable[[str, Array, int], Array],
) -> Array:
    """The model's forecasts of the steady large items, from their recent past; of the others what `otherwise` gives."""
    season, recent = PERIODS[recipe.frequency].season, RECENT[recipe.frequency]

    def one(item: str, y: Array, horizon: int) -> Array:
        y = y[-recent:]
        made = _best(model, y, season, horizon) if item in large and _is_steady(y) else _nothing(item, y, horizon)
        return made if np.isfinite(made).all() else otherwise(item, y, horizon)

    return _each(series, future, recipe.check, one)


def _nothing(_item: str, _y: Array, horizon: int) -> Array:
    return np.full(horizon, np.nan)


def _imapa(_item: str, y: Array, horizon: int) -> Array:
    return np.asarray(IMAPA().forecast(y, horizon)["mean"]) if np.any(y > 0) else np.zeros(horizon)


def _is_steady(y: Array) -> bool:
    return len(y) >= LEAST_PERIODS and not is_intermittent(y) and bool(np.ptp(y) > 0)


def _best(model: type[AutoTheta] | type[AutoETS], y: Array, season: int, horizon: int) -> Array:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says when it takes an additive season instead of a multiplicative one
        return np.asarray(model(season_length=season if len(y) >= 2 * season else 1).forecast(y, horizon)["mean"])
