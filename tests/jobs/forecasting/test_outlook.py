"""The forecast kept beside a model is the one that the model would make, and is not there where it could not be made."""

from dataclasses import replace

import polars as pl
import pytest

from jobs.forecasting.outlook import FILE, outlook_periods, read_outlook
from jobs.forecasting.package import read_card
from jobs.forecasting.predict import forecast_means
from tests.jobs.forecasting.shop import again


def test_what_is_kept_is_what_the_model_forecasts_for_any_shorter_time(trained):
    ctx = again(trained[0])
    found = ctx.model_version("empresa_900123456")
    card, history = read_card(found), pl.read_parquet(found.files["history.parquet"])
    anew = replace(found, files={name: path for name, path in found.files.items() if name != FILE})

    for horizon in (1, 3, 24):
        kept = read_outlook(found, card, horizon)
        made = forecast_means(anew, card, history, horizon, ctx, asked=history["unique_id"], future=None)
        assert kept is not None
        assert kept.drop("mean").equals(made.drop("mean").select(kept.drop("mean").columns))
        assert kept["mean"].to_list() == pytest.approx(made["mean"].to_list(), rel=1e-9)
        assert forecast_means(found, card, history, horizon, ctx, asked=history["unique_id"], future=None).equals(kept)


def test_a_longer_time_than_is_kept_is_forecast_anew(trained):
    found = trained[0].model_version("empresa_900123456")
    card = read_card(found)

    assert outlook_periods(card) == 24
    assert read_outlook(found, card, 25) is None


def test_a_model_with_regressors_keeps_none(promoted):
    found = promoted.model_version("sales")

    assert FILE not in found.files
    assert read_outlook(found, read_card(found), 1) is None


def test_many_items_are_kept_for_a_shorter_time_but_never_less_than_the_horizon(trained):
    card = read_card(trained[0].model_version("empresa_900123456"))

    assert outlook_periods(card.model_copy(update={"series": 40_000})) == 5
    assert outlook_periods(card.model_copy(update={"series": 400_000})) == card.horizon == 3
