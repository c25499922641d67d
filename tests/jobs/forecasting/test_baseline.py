"""Seasonal naive repeats the last season, whatever happened before."""

import polars as pl

from jobs.forecasting.baseline import SeasonalNaive
from jobs.forecasting.member import Recipe
from tests.jobs.forecasting.panels import panel, split


def test_a_week_that_repeats_is_forecast_exactly_over_several_weeks():
    history, future, truth = split(panel(ages=(30, 8)), 20)
    naive = SeasonalNaive()
    naive.fit(history, Recipe("day"))
    assert naive.forecast(future).tolist() == truth.to_list()


def test_an_item_younger_than_a_season_repeats_its_last_period():
    history, future, _ = split(panel(ages=(3,)), 4)
    naive = SeasonalNaive()
    naive.fit(history, Recipe("day"))
    last = history.filter(pl.col("ds") == pl.col("ds").max())["y"].item()
    assert naive.forecast(future).tolist() == [last] * 4
