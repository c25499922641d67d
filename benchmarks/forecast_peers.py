"""What a buyer or a data scientist would take instead of our model, run on the same splits.

Each peer is given what ours is: the history up to the cutoff, and the regressors to come where it can use them. Days that are
known to be closed are set to 0 for all.
"""

import logging
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from prophet import Prophet
from statsforecast.models import IMAPA, AutoETS, AutoTheta, CrostonSBA, SeasonalNaive

from jobs.forecasting.features import Features
from jobs.forecasting.member import exogenous_columns
from jobs.forecasting.nature import is_intermittent
from jobs.forecasting.periods import PERIODS
from jobs.forecasting.prophet_model import fit_prophet, predict_prophet
from jobs.periods import Frequency

try:
    import lightgbm
except ImportError:  # it is not among Noria's requirements; `make bench-forecast` installs it aside
    lightgbm = None

Array = NDArray[Any]
Forecast = Callable[[pl.DataFrame, pl.DataFrame, Frequency], Array]


@dataclass(frozen=True, slots=True)
class Peer:
    """A method. most_items: it is run on a fixed sample of as many where there are more, as it takes too long for all."""

    name: str
    forecast: Forecast
    most_items: int


def one_by_one(make: Callable[[int], Any]) -> Forecast:
    """A model of statsforecast on each series. make: season length → model."""
    def forecast(history: pl.DataFrame, future: pl.DataFrame, frequency: Frequency) -> Array:
        horizon, season = future["ds"].n_unique(), PERIODS[frequency].season
        series = dict(history.group_by("unique_id").agg("y").iter_rows())
        made = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for item in future["unique_id"].unique(maintain_order=True):
                y = np.asarray(series[item], dtype=np.float64)
                made.append(make(season if len(y) > 2 * season else 1).forecast(y, horizon)["mean"])
        return np.concatenate(made)

    return forecast


def prophet(history: pl.DataFrame, future: pl.DataFrame, _frequency: Frequency) -> Array:
    """Prophet with its defaults on each series, with the regressors, on the days that are open."""
    columns = exogenous_columns(history)
    opened = history.filter(pl.col("x_open") == 1) if "x_open" in columns else history
    ahead = dict(_by_item(future))
    made = []
    for item, rows in _by_item(opened):
        varying = [c for c in columns if rows[c].n_unique() > 1]
        model = Prophet(uncertainty_samples=0)
        for name in varying:
            model.add_regressor(name)
        fit_prophet(model, rows.select("ds", "y", *varying), 0)
        made.append(predict_prophet(model, ahead[item].select("ds", *varying)))
    return np.concatenate(made)


class LightGBM:
    """One LightGBM for all items on our features, the peer of our XGBoost: the same loss, trees and learning rate."""

    def __call__(self, history: pl.DataFrame, future: pl.DataFrame, frequency: Frequency) -> Array:
        """See Forecast."""
        features = Features(frequency, 1)
        x, y = features.fit(history)
        loss = {"objective": "tweedie", "tweedie_variance_power": 1.2} if is_intermittent(y) else {"objective": "regression"}
        rounds = 600 if len(y) > 50_000 and not is_intermittent(y) else 200
        self._model = lightgbm.LGBMRegressor(
            n_estimators=rounds, learning_rate=0.05, verbosity=-1, n_jobs=1, random_state=0, **loss).fit(x, y)
        return features.forecast(self, future, future["ds"].n_unique(), lambda: None)

    def predict(self, x: Array) -> Array:
        """See StepModel."""
        return np.asarray(self._model.predict(np.asarray(x, dtype=np.float32), validate_features=False))


def _by_item(frame: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    for (item,), rows in frame.group_by("unique_id", maintain_order=True):
        yield str(item), rows


EVERY, SAMPLE = 10**9, 250
PEERS = (
    Peer("SeasonalNaive", one_by_one(lambda season: SeasonalNaive(season_length=season)), EVERY),
    Peer("AutoTheta", one_by_one(lambda season: AutoTheta(season_length=season)), EVERY),
    Peer("AutoETS", one_by_one(lambda season: AutoETS(season_length=season)), SAMPLE),
    Peer("IMAPA", one_by_one(lambda _: IMAPA()), EVERY),
    Peer("CrostonSBA", one_by_one(lambda _: CrostonSBA()), EVERY),
    Peer("Prophet", prophet, SAMPLE),
    *([Peer("LightGBM", LightGBM(), EVERY)] if lightgbm else []),
)
logging.getLogger("cmdstanpy").setLevel(logging.ERROR)
