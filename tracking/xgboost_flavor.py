"""An XGBoost file (.ubj, .json) as an MLflow model. Loaded on first use, by `registry.build`."""

from importlib.metadata import version
from pathlib import Path

import mlflow
import xgboost
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema

REQUIREMENTS = ("mlflow", "xgboost", "pandas", "scikit-learn")


def build(source: Path, target: Path) -> None:
    """Write the MLflow model of the XGBoost file `source` to the folder `target`.

    A file that an XGBRegressor wrote is an XGBRegressor again. Raises xgboost's error for a file that is none of its own.
    """
    booster = xgboost.Booster(model_file=source)
    model: xgboost.Booster | xgboost.XGBRegressor = booster
    if booster.attr("scikit_learn"):
        model = xgboost.XGBRegressor()
        model.load_model(source)
    requirements = [f"{name}=={version(name)}" for name in REQUIREMENTS]
    mlflow.xgboost.save_model(model, str(target), pip_requirements=requirements, signature=signature(booster), model_format="ubj")


def signature(booster: xgboost.Booster) -> ModelSignature | None:
    """Features by name and type in, one number a row out; None where names are unknown or a feature is a category."""
    types = {"float": DataType.double, "int": DataType.long, "i": DataType.boolean}
    features, kinds = booster.feature_names, booster.feature_types
    if not features or not kinds or not set(kinds) <= types.keys():
        return None
    columns = [ColSpec(types[kind], name) for name, kind in zip(features, kinds, strict=True)]
    return ModelSignature(inputs=Schema(columns), outputs=Schema([ColSpec(DataType.float)]))
