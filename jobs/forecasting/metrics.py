"""Errors of forecasts, pooled over items and periods.

Everywhere y is what was sold and y_hat what was forecast, units per item and period, arrays of one shape (any); both finite.
DataError is raised where shapes differ, nothing is given, a value is not finite, or the metric is not defined.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jobs.errors import DataError

Array = NDArray[Any]


def mae(y: Array, y_hat: Array) -> float:
    """Mean absolute error, units. Source: Hyndman & Koehler, Int. J. Forecasting 22 (2006)."""
    return float(np.mean(np.abs(_errors(y, y_hat))))


def rmse(y: Array, y_hat: Array) -> float:
    """Root mean squared error, units. Source: Hyndman & Koehler, Int. J. Forecasting 22 (2006)."""
    return float(np.sqrt(np.mean(_errors(y, y_hat) ** 2)))


def r2(y: Array, y_hat: Array) -> float:
    """Coefficient of determination, 1 - SSE / SST about the mean of all of y; 1 is perfect, 0 is the mean's forecast.

    Not defined where y never varies. Source: Kvalseth, American Statistician 39 (1985), R²₁.
    """
    errors = _errors(y, y_hat)
    total = float(np.sum((y - np.mean(y)) ** 2))
    if total == 0:
        raise DataError("R² is not defined where sales never vary.")
    return float(1 - np.sum(errors**2) / total)


def wape(y: Array, y_hat: Array) -> float:
    """Weighted absolute percentage error, sum|y_hat - y| / sum|y|, a fraction (0.12 is 12 %).

    Not defined where nothing was sold. Source: Kolassa & Schuetz, Foresight 6 (2007).
    """
    errors = _errors(y, y_hat)
    return float(np.sum(np.abs(errors)) / _sold(y, "WAPE"))


def bias(y: Array, y_hat: Array) -> float:
    """Relative bias, sum(y_hat - y) / sum|y|, a fraction; positive where too much is forecast.

    Not defined where nothing was sold. Source: the percent bias of Gupta et al., J. Hydrologic Engineering 4 (1999).
    """
    errors = _errors(y, y_hat)
    return float(np.sum(errors) / _sold(y, "Bias"))


def mase(y: Array, y_hat: Array, scale: Array) -> float:
    """Mean absolute scaled error: the mean of |y_hat - y| / scale.

    scale: shape of y, each item's `seasonal_scale` before the cutoff; NaN or 0 leaves a row out. Below 1, the forecast errs less
    than seasonal naive did on the past. Not defined where no row is left.
    Source: Hyndman & Koehler, Int. J. Forecasting 22 (2006).
    """
    errors = _errors(y, y_hat)
    used = np.isfinite(scale) & (scale > 0)
    if not used.any():
        raise DataError("MASE is not defined: no item has a season of varying sales before the cutoff.")
    return float(np.mean(np.abs(errors[used]) / scale[used]))


def seasonal_scale(y: Array, season: int) -> float:
    """Mean absolute error of seasonal naive within y, shape (periods,), units; NaN where y is no longer than a season."""
    return float(np.mean(np.abs(y[season:] - y[:-season]))) if len(y) > season else float("nan")


def scores(y: Array, y_hat: Array, scale: Array) -> dict[str, float | None]:
    """All of them by name; None for those that are not defined. Shapes as above; scale as in `mase`."""
    def defined(metric: Any, *more: Array) -> float | None:
        try:
            return float(metric(y, y_hat, *more))
        except DataError:
            return None

    return {"mae": mae(y, y_hat), "rmse": rmse(y, y_hat), "r2": defined(r2), "wape": defined(wape),
            "mase": defined(mase, scale), "bias": defined(bias)}


def _errors(y: Array, y_hat: Array) -> Array:
    if y.shape != y_hat.shape or y.size == 0:
        raise DataError(f"Sales of shape {y.shape} cannot be compared with forecasts of shape {y_hat.shape}.")
    errors: Array = y_hat - y
    if not np.isfinite(errors).all():
        raise DataError("Sales and forecasts must be finite numbers.")
    return errors


def _sold(y: Array, name: str) -> float:
    sold = float(np.sum(np.abs(y)))
    if sold == 0:
        raise DataError(f"{name} is not defined where nothing was sold.")
    return sold
