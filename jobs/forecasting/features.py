"""What the global model sees of a series: lags, rolling and smoothed means, and the date, by frequency.

mlforecast computes them, from the history alone; the same object makes the features of training and of each forecast step.
"""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import polars as pl
from mlforecast import MLForecast
from mlforecast.lag_transforms import ExpandingMean, ExponentiallyWeightedMean, RollingMean, SeasonalRollingMean
from numpy.typing import NDArray

from jobs.periods import EVERY, Frequency

LAGS: dict[Frequency, tuple[int, ...]] = {
    "day": (1, 2, 7, 14, 21, 28, 35, 42, 49, 56, 364),
    "week": (1, 2, 3, 4, 5, 6, 13, 26, 52),
    "month": (1, 2, 3, 4, 5, 6, 12),
    "quarter": (1, 2, 3, 4, 8),
}
WINDOWS: dict[Frequency, tuple[int, ...]] = {"day": (7, 28, 91), "week": (4, 13, 52), "month": (3, 6, 12), "quarter": (2, 4, 8)}
DATES: dict[Frequency, tuple[str, ...]] = {
    "day": ("weekday", "day", "month", "week"), "week": ("week", "month"), "month": ("month",), "quarter": ("quarter",),
}


# A forecast is at most so many times the item's own highest period. One model for all items is off by what is little to the
# largest, which may be a hundred times all that a small one ever sold. An item that never sold may begin, and is taken for the
# smallest one that did.
MOST_TIMES = 2.0


class StepModel(Protocol):
    """What forecasts one period of every item."""

    def predict(self, x: NDArray[Any]) -> NDArray[Any]:
        """Units of shape (items,) from features of shape (items, features)."""
        ...


class Features:
    """The features of a panel of series, and the state from which forecasts go on."""

    def __init__(self, frequency: Frequency, threads: int) -> None:
        """threads: how many threads compute lags."""
        self._longest = max(WINDOWS[frequency])
        means = [RollingMean(n, min_samples=1) for n in WINDOWS[frequency]]
        smooth = [ExponentiallyWeightedMean(alpha=0.1), ExponentiallyWeightedMean(alpha=0.3)]
        transforms: dict[int, list[Any]] = {1: [*means, ExpandingMean(), *smooth]}
        if frequency == "day":
            transforms[7] = [SeasonalRollingMean(7, 4, min_samples=1)]
        self._lags = MLForecast(models={}, freq=EVERY[frequency], lags=list(LAGS[frequency]), lag_transforms=transforms,
                                date_features=list(DATES[frequency]), num_threads=threads)

    def fit(self, history: pl.DataFrame) -> tuple[NDArray[Any], NDArray[Any]]:
        """Features and targets of `history`, remembering its end.

        history: unique_id, ds, y and exogenous columns, sorted, without gaps, all items ending together.
        Returns X of shape (rows, features), NaN where a lag lies before the first sale, and y of shape (rows,).
        """
        highest = history.group_by("unique_id").agg(pl.col("y").max()).sort("unique_id")["y"].to_numpy()
        self._most = MOST_TIMES * np.maximum(highest, np.min(highest, where=highest > 0, initial=np.inf))
        x, y = self._lags.preprocess(history, static_features=[], dropna=False, return_X_y=True, as_numpy=True,
                                     validate_data=False)
        return x.astype(np.float32, copy=False), y

    @property
    def names(self) -> list[str]:
        """Names of the columns of X, after `fit`."""
        return list(self._lags.ts.features_order_)

    @property
    def level(self) -> int:
        """Position of the column of X that is the mean of the longest window: a year, or two by quarter, or a quarter by day."""
        return self.names.index(f"rolling_mean_lag1_window_size{self._longest}_min_samples1")

    @property
    def of_sales(self) -> list[int]:
        """Positions of those columns of X that are made of y, after `fit`."""
        return [i for i, name in enumerate(self.names) if name in self._lags.ts.transforms]

    def forecast(self, model: StepModel, future: pl.DataFrame, horizon: int, check: Callable[[], None]) -> NDArray[Any]:
        """Forecast `horizon` periods recursively: each period's forecast is the next one's lag.

        future: unique_id, ds and the exogenous columns for every item and period, sorted. check: called before each step.
        Returns shape (items x horizon,), in the order of `future`; a negative forecast counts as 0 at once, one above twice
        the item's highest period (see MOST_TIMES) as twice that.
        """
        def before(x: NDArray[Any]) -> NDArray[Any]:
            check()
            return x

        self._lags.models_ = {"y_hat": model}
        exogenous = future if future.width > 2 else None
        made = self._lags.predict(horizon, X_df=exogenous, before_predict_callback=before,
                                  after_predict_callback=lambda y_hat: np.clip(y_hat, 0.0, self._most))
        return np.asarray(made["y_hat"], dtype=np.float64)
