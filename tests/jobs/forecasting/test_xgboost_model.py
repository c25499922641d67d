"""The global model learns a pattern, saves itself natively, and can be stopped."""

import numpy as np
import polars as pl
import pytest

from jobs.errors import JobCanceled
from jobs.forecasting.member import Recipe
from jobs.forecasting.xgboost_model import XGBoostModel, tree_params
from tests.jobs.forecasting.panels import panel, split


def test_a_week_that_repeats_exactly_is_forecast_almost_exactly():
    history, future, truth = split(panel(ages=(200, 200, 150)), 14)
    model = XGBoostModel()
    model.fit(history, Recipe("day"))
    error = np.abs(model.forecast(future) - truth.to_numpy()).sum() / truth.sum()
    assert error < 0.02


def test_a_saved_model_goes_on_from_its_history_with_the_same_forecasts(tmp_path):
    history, future, _ = split(panel(ages=(100, 30)), 10)
    model = XGBoostModel()
    model.fit(history, Recipe("day"))
    model.save(tmp_path / "m.ubj")
    # when the trees are loaded beside the history
    again = XGBoostModel.load(tmp_path / "m.ubj", history, Recipe("day"))
    # then nothing is lost, not even a bit
    assert again.forecast(future).tobytes() == model.forecast(future).tobytes()


def test_forecasting_twice_gives_the_same_twice():
    history, future, _ = split(panel(), 6)
    model = XGBoostModel()
    model.fit(history, Recipe("day"))
    assert model.forecast(future).tobytes() == model.forecast(future).tobytes()


def test_regressors_may_have_names_that_xgboost_refuses():
    history, future, _ = split(panel(ages=(60,)), 3)
    model = XGBoostModel()
    model.fit(history.with_columns(pl.lit(1.0).alias("x_a[0]<b>")), Recipe("day"))
    assert model.forecast(future.with_columns(pl.lit(1.0).alias("x_a[0]<b>"))).shape == (3,)


def test_a_canceled_job_stops_between_two_rounds():
    rounds = []

    def check():
        rounds.append(1)
        if len(rounds) == 5:
            raise JobCanceled("The job was canceled.")

    with pytest.raises(JobCanceled):
        XGBoostModel().fit(panel(), Recipe("day", check=check))
    assert len(rounds) == 5


def test_rounds_are_told_with_an_error_that_falls():
    told = []
    XGBoostModel().fit(panel(), Recipe("day", on_round=lambda n, of, rmse: told.append((n, of, rmse))))
    assert [(n, of) for n, of, _ in told] == [(50, 200), (100, 200), (150, 200), (200, 200)]
    assert told[0][2] > told[-1][2]


def test_intermittent_demand_gets_the_tweedie_loss():
    assert tree_params(np.asarray([0, 0, 1.0]), Recipe("month"))["objective"] == "reg:tweedie"
    assert tree_params(np.asarray([1.0, 2.0]), Recipe("month"))["objective"] == "reg:squarederror"
