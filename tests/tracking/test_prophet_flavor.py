"""Prophet files as MLflow models."""

import warnings
from pathlib import Path

import mlflow
import numpy as np
import pytest
from prophet import Prophet

from tests.tracking.model_files import days, fitted_prophet, prophet_file
from tracking.prophet_flavor import build, signature

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")


def test_a_prophet_file_becomes_a_model_that_forecasts_the_same(tmp_path: Path) -> None:
    # given
    (tmp_path / "m.json").write_bytes(prophet_file())
    # when
    build(tmp_path / "m.json", tmp_path / "made")
    # then
    wanted = fitted_prophet().predict(days())["yhat"]
    np.testing.assert_allclose(mlflow.prophet.load_model(str(tmp_path / "made")).predict(days())["yhat"], wanted)
    assert any(line.startswith("prophet==") for line in (tmp_path / "made" / "requirements.txt").read_text().splitlines())


def test_the_signature_asks_for_dates_and_regressors() -> None:
    found = signature(fitted_prophet())
    assert found
    assert [(c.name, c.type.name) for c in found.inputs] == [("ds", "datetime"), ("promo", "double")]


def test_a_model_that_needs_more_columns_has_no_signature_that_would_drop_them() -> None:
    # given a model whose capacity must be given with every date
    model = Prophet(growth="logistic", uncertainty_samples=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(days().assign(cap=20.0))
    # then
    assert signature(model) is None


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text("[]")
    with pytest.raises((ValueError, KeyError, TypeError)):
        build(tmp_path / "m.json", tmp_path / "made")
