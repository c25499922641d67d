"""A Prophet JSON file as an MLflow model. Loaded on first use, by `registry.build`."""

from importlib.metadata import version
from pathlib import Path

import mlflow
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema
from prophet import Prophet
from prophet.serialize import model_from_json

REQUIREMENTS = ("mlflow", "prophet", "pandas")


def build(source: Path, target: Path) -> None:
    """Write the MLflow model of the Prophet file `source` to the folder `target`.

    Raises ValueError, KeyError or TypeError for a file that is none of Prophet's.
    """
    model = model_from_json(source.read_text(encoding="utf-8"))
    requirements = [f"{name}=={version(name)}" for name in REQUIREMENTS]
    mlflow.prophet.save_model(model, str(target), pip_requirements=requirements, signature=signature(model))


def signature(model: Prophet) -> ModelSignature | None:
    """Dates and regressors in, the forecast and its interval out; None for a model that needs more columns than these."""
    if model.growth == "logistic" or any(s.get("condition_name") for s in model.seasonalities.values()):
        return None
    date = ColSpec(DataType.datetime, "ds")
    regressors = (ColSpec(DataType.double, name) for name in model.extra_regressors)
    forecast = (ColSpec(DataType.double, name) for name in ("yhat", "yhat_lower", "yhat_upper"))
    return ModelSignature(Schema([date, *regressors]), Schema([date, *forecast]))
