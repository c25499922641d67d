"""Small fitted models as the native files that a job leaves behind, and data to ask them about."""

import tempfile
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost
from prophet import Prophet
from prophet.serialize import model_to_json

from tests.tracking.training import ARTIFACTS


def features() -> pd.DataFrame:
    """50 rows of a float, an int and a boolean feature."""
    n = np.arange(50)
    return pd.DataFrame({"lag1": n * 1.5, "month": n % 12, "promo": n % 3 == 0})


def days() -> pd.DataFrame:
    """60 days with a weekly pattern and a regressor."""
    n = np.arange(60)
    return pd.DataFrame({"ds": pd.date_range("2023-01-01", periods=60), "y": n % 7 + 0.1 * n, "promo": (n % 5 == 0).astype(int)})


@cache
def fitted_xgboost() -> xgboost.XGBRegressor:
    x = features()
    return xgboost.XGBRegressor(n_estimators=5, n_jobs=1).fit(x, 2 * x["lag1"] + x["month"])


@cache
def fitted_prophet() -> Prophet:
    model = Prophet(weekly_seasonality=True, yearly_seasonality=False, daily_seasonality=False, uncertainty_samples=0)
    model.add_regressor("promo")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(days())


@cache
def xgboost_file() -> bytes:
    """The .ubj that XGBRegressor.save_model writes."""
    with tempfile.TemporaryDirectory() as folder:
        fitted_xgboost().save_model(Path(folder) / "m.ubj")
        return (Path(folder) / "m.ubj").read_bytes()


@cache
def prophet_file() -> bytes:
    """The JSON of prophet.serialize."""
    return str(model_to_json(fitted_prophet())).encode()


def objects() -> dict[str, bytes]:
    """What the object store holds of the training of `training.track`."""
    kept = {f"jobs/1/{i}.csv": f"file {i}".encode() for i in range(ARTIFACTS)}
    return {**kept, "blob/x": xgboost_file(), "blob/p": prophet_file()}
