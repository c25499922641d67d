"""Features come from the past alone, and the state for forecasting is the one that training saw."""

import numpy as np
import polars as pl
import pytest

from jobs.forecasting.features import Features
from jobs.forecasting.periods import PERIODS
from jobs.periods import ORDER, Frequency, next_periods
from tests.jobs.forecasting.panels import panel, split


class LastWeek:
    """A model that repeats one feature."""

    def __init__(self, column: int) -> None:
        self.column = column

    def predict(self, x):
        return x[:, self.column]


def test_a_lag_is_the_value_that_many_periods_ago_and_missing_before_the_first_sale():
    frame = panel(ages=(30,))
    features = Features("day", 1)
    x, y = features.fit(frame)
    lag = x[:, features.names.index("lag2")]
    assert np.isnan(lag[:2]).all()
    assert lag[2:].tolist() == y[:-2].tolist()


def test_rolling_means_agree_with_polars_computed_on_the_past_only():
    # given an independent computation, with today left out
    frame = panel(ages=(60, 25))
    features = Features("day", 1)
    x, _ = features.fit(frame)
    name = next(n for n in features.names if n.startswith("rolling_mean_lag1_window_size28"))
    past = pl.col("y").shift(1)
    expected = frame.select(past.rolling_mean(28, min_samples=1).over("unique_id"))["y"].to_numpy()
    # then
    assert x[:, features.names.index(name)] == pytest.approx(expected, nan_ok=True, rel=1e-5)


def test_no_feature_of_a_period_changes_with_that_period_or_any_later_one():
    frame = panel(ages=(80, 80))
    cut = frame["ds"].unique().sort()[50]
    changed = frame.with_columns(y=pl.when(pl.col("ds") >= cut).then(999.0).otherwise("y"))
    rows = frame.with_row_index().filter(pl.col("ds") <= cut)["index"].to_list()
    one, _ = Features("day", 1).fit(frame)
    other, _ = Features("day", 1).fit(changed)
    assert np.array_equal(one[rows], other[rows], equal_nan=True)


@pytest.mark.parametrize(("frequency", "window"), [("day", 91), ("week", 52), ("month", 12), ("quarter", 8)])
def test_the_level_is_the_mean_of_the_longest_window(frequency: Frequency, window):
    periods = next_periods(panel()["ds"][0], frequency, 120)
    frame = pl.DataFrame({"unique_id": ["a"] * 120, "ds": periods, "y": [float(n) for n in range(120)]})
    features = Features(frequency, 1)
    x, _ = features.fit(frame)
    assert x[-1, features.level] == pytest.approx(np.mean(np.arange(120 - 1 - window, 119)))


class Always:
    """A model that forecasts the same for all."""

    def predict(self, x):
        return np.full(len(x), 3000.0)


def test_a_forecast_is_at_most_twice_what_the_item_ever_sold_in_a_period_or_the_smallest_item_for_one_that_never_sold():
    # given one very large item, a small one and a dead one, and a model that tells them apart no more
    history, future, _ = split(panel(ages=(60, 60), dead=True), 3)
    largest = history.group_by("unique_id").agg(pl.col("y").max()).sort("unique_id")["y"].to_numpy()
    features = Features("day", 1)
    features.fit(history)
    made = features.forecast(Always(), future, 3, lambda: None).reshape(-1, 3)
    assert made.tolist() == [[2 * (most or min(largest[largest > 0]))] * 3 for most in largest]
    assert 0.0 in largest


def test_each_forecast_is_the_lag_of_the_next_one():
    # given a model that repeats the value of seven days ago, on weeks that repeat
    history, future, truth = split(panel(ages=(60, 40)), 21)
    features = Features("day", 1)
    features.fit(history)
    # when it forecasts three weeks
    made = features.forecast(LastWeek(features.names.index("lag7")), future, 21, lambda: None)
    # then the second and third week come from forecasts
    assert made.tolist() == truth.to_list()


def test_a_regressor_called_like_a_feature_does_not_hide_it():
    frame = panel(ages=(30,)).with_columns(x_lag1=pl.lit(5.0), x_month=pl.lit(7.0))
    features = Features("day", 1)
    features.fit(frame)
    assert {"lag1", "month", "x_lag1", "x_month"} <= set(features.names)


def test_a_stop_is_seen_between_two_steps_of_a_forecast():
    history, future, _ = split(panel(), 5)
    features = Features("day", 1)
    features.fit(history)
    steps = []

    def check():
        steps.append(1)
        if len(steps) == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        features.forecast(LastWeek(0), future, 5, check)


@pytest.mark.parametrize("frequency", ORDER)
def test_every_frequency_has_features_and_steps_to_its_next_period(frequency: Frequency):
    first = panel()["ds"][0]
    periods = next_periods(first, frequency, 20)
    frame = pl.DataFrame({"unique_id": ["a"] * 20, "ds": periods, "y": [float(n) for n in range(20)]})
    future = pl.DataFrame({"unique_id": ["a"] * 2, "ds": next_periods(periods[-1], frequency, 2)})
    features = Features(frequency, 1)
    features.fit(frame)
    assert features.forecast(LastWeek(features.names.index("lag1")), future, 2, lambda: None).tolist() == [19.0, 19.0]
    assert PERIODS[frequency].year >= 4
