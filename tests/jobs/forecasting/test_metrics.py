"""Each metric agrees with an independent implementation, and says where it is not defined."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score
from utilsforecast import losses

from jobs.errors import DataError
from jobs.forecasting import metrics

UNITS = st.floats(0, 1e6, width=32)
PAIRS = st.integers(2, 60).flatmap(lambda n: st.tuples(*[arrays(np.float64, n, elements=UNITS)] * 2))


@given(PAIRS)
def test_mae_and_rmse_agree_with_scikit_learn(pair):
    y, y_hat = pair
    assert metrics.mae(y, y_hat) == pytest.approx(mean_absolute_error(y, y_hat))
    assert metrics.rmse(y, y_hat) == pytest.approx(mean_squared_error(y, y_hat) ** 0.5)


@given(PAIRS)
def test_r2_agrees_with_scikit_learn_where_sales_vary(pair):
    y, y_hat = pair
    if np.ptp(y) > 1e-3:
        assert metrics.r2(y, y_hat) == pytest.approx(r2_score(y, y_hat), rel=1e-6, abs=1e-9)


def test_wape_and_bias_and_mase_agree_with_utilsforecast():
    # given one item of 40 days, of which the last 10 are forecast
    rng = np.random.default_rng(5)
    values, y_hat = rng.gamma(2, 10, 40), rng.gamma(2, 10, 10)
    past, y = values[:30], values[30:]
    frame = pd.DataFrame({"unique_id": "a", "ds": range(30, 40), "y": y, "m": y_hat})
    train = pd.DataFrame({"unique_id": "a", "ds": range(30), "y": past})
    # when / then
    scale = np.full(10, metrics.seasonal_scale(past, 7))
    assert metrics.mase(y, y_hat, scale) == pytest.approx(losses.mase(frame, ["m"], seasonality=7, train_df=train)["m"].item())
    assert metrics.wape(y, y_hat) == pytest.approx(losses.nd(frame, ["m"])["m"].item())
    assert metrics.bias(y, y_hat) == pytest.approx(losses.bias(frame, ["m"])["m"].item() * 10 / y.sum())


def test_a_perfect_forecast_has_no_error_at_all():
    y = np.asarray([1.0, 0.0, 3.0])
    assert metrics.scores(y, y, np.ones(3)) == {"mae": 0, "rmse": 0, "r2": 1, "wape": 0, "mase": 0, "bias": 0}


def test_bias_is_positive_where_too_much_is_forecast():
    assert metrics.bias(np.asarray([10.0, 10.0]), np.asarray([12.0, 12.0])) == pytest.approx(0.2)


def test_metrics_that_are_not_defined_are_none_among_the_scores():
    made = metrics.scores(np.zeros(3), np.ones(3), np.asarray([0.0, np.nan, 0.0]))
    assert made == {"mae": 1, "rmse": 1, "r2": None, "wape": None, "mase": None, "bias": None}


def test_mase_leaves_out_rows_without_a_scale():
    y, y_hat = np.asarray([1.0, 1.0, 1.0]), np.asarray([2.0, 9.0, 9.0])
    assert metrics.mase(y, y_hat, np.asarray([2.0, 0.0, np.nan])) == 0.5


@pytest.mark.parametrize("call", [
    lambda: metrics.mae(np.ones(2), np.ones(3)), lambda: metrics.mae(np.ones(0), np.ones(0)),
    lambda: metrics.rmse(np.ones(1), np.asarray([np.nan])), lambda: metrics.wape(np.zeros(2), np.ones(2)),
    lambda: metrics.r2(np.ones(2), np.ones(2)), lambda: metrics.bias(np.zeros(1), np.ones(1)),
    lambda: metrics.mase(np.ones(1), np.ones(1), np.zeros(1)),
])
def test_what_cannot_be_measured_is_an_error_and_not_a_nan(call):
    with pytest.raises(DataError):
        call()


def test_a_scale_needs_more_than_one_season():
    assert np.isnan(metrics.seasonal_scale(np.arange(7.0), 7))
    assert metrics.seasonal_scale(np.arange(8.0), 7) == 7
