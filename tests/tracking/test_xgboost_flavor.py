"""XGBoost files as MLflow models."""

from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
import xgboost

from tests.tracking.model_files import features, xgboost_file
from tracking.xgboost_flavor import build, signature

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_a_regressors_file_becomes_a_regressor_again(tmp_path: Path) -> None:
    # given
    regressor = xgboost.XGBRegressor(n_estimators=3, n_jobs=1).fit(features(), features()["lag1"])
    regressor.save_model(tmp_path / "m.ubj")
    # when
    build(tmp_path / "m.ubj", tmp_path / "made")
    # then
    loaded = mlflow.xgboost.load_model(str(tmp_path / "made"))
    assert isinstance(loaded, xgboost.XGBRegressor)
    np.testing.assert_array_equal(loaded.predict(features()), regressor.predict(features()))


def test_a_boosters_file_becomes_a_booster_again(tmp_path: Path) -> None:
    # given
    data = xgboost.DMatrix(features(), features()["lag1"])
    booster = xgboost.train({"nthread": 1}, data, 3)
    booster.save_model(tmp_path / "m.json")
    # when
    build(tmp_path / "m.json", tmp_path / "made")
    # then
    loaded = mlflow.xgboost.load_model(str(tmp_path / "made"))
    assert isinstance(loaded, xgboost.Booster)
    np.testing.assert_array_equal(loaded.predict(data), booster.predict(data))


def test_the_signature_names_the_features_with_their_types(tmp_path: Path) -> None:
    # given
    (tmp_path / "m.ubj").write_bytes(xgboost_file())
    # when
    build(tmp_path / "m.ubj", tmp_path / "made")
    # then
    inputs = mlflow.models.get_model_info(str(tmp_path / "made")).signature.inputs
    assert [(c.name, c.type.name) for c in inputs] == [("lag1", "double"), ("month", "long"), ("promo", "boolean")]
    requirements = (tmp_path / "made" / "requirements.txt").read_text()
    assert f"xgboost=={xgboost.__version__}" in requirements.splitlines()


def test_a_model_with_categories_has_no_signature_that_would_refuse_them() -> None:
    # given
    frame = pd.DataFrame({"store": pd.Categorical(["a", "b"] * 20), "lag1": np.arange(40.0)})
    booster = xgboost.train({"nthread": 1}, xgboost.DMatrix(frame, np.arange(40.0), enable_categorical=True), 2)
    # then
    assert signature(booster) is None


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.ubj").write_bytes(b"nothing")
    with pytest.raises(xgboost.core.XGBoostError):
        build(tmp_path / "m.ubj", tmp_path / "made")
