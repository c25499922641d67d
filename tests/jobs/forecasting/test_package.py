"""A model is its files: what is read back forecasts as what was written."""

import re

import numpy as np
import polars as pl
import pytest

from jobs.context import MemoryContext, ModelVersion
from jobs.errors import InputError
from jobs.forecasting import package
from jobs.forecasting.kinds import Scores
from jobs.forecasting.member import Recipe
from jobs.forecasting.package import Card, Forecaster, code_version, item_names, load_forecaster, read_card, write_files
from jobs.forecasting.prophet_model import ProphetModel
from jobs.forecasting.sums import SumSpread
from jobs.forecasting.xgboost_model import XGBoostModel
from tests.jobs.forecasting.panels import END, panel, split
from tests.jobs.forecasting.sales import add, weekly_sales


def a_card(chosen="xgboost"):
    scored = Scores(mae=1, rmse=1, r2=None, wape=None, mase=None, bias=None, level="item")
    return Card(frequency="day", horizon=7, regressors=(), country=None, company=None, nit="", seed=0, series=2, rows=9,
                first_period=END, last_period=END, chosen=chosen, sums=SumSpread(method="negative_binomial", lengths=(1,), log_sizes=(0.0,), floor=0.1),
                metrics={chosen: scored}, coverage={"80": 0.8}, data={"sha256": "0"}, code="0", libraries={})


@pytest.mark.parametrize("chosen", ["xgboost", "prophet", "ensemble", "seasonal_naive"])
def test_what_was_written_forecasts_the_same_when_read_back(tmp_path, chosen):
    # given both models, fitted and written
    history, future, _ = split(panel(ages=(90, 30)), 7)
    xgboost, prophet = XGBoostModel(), ProphetModel()
    for member in (xgboost, prophet):
        member.fit(history, Recipe("day"))
    files = write_files(tmp_path / "m", a_card(chosen), history, history.select("unique_id").unique(), xgboost, prophet)
    # when read back from the files alone
    loaded = load_forecaster(files, a_card(chosen), pl.read_parquet(files["history.parquet"]), Recipe("day"))
    # then
    fitted = {"xgboost": [xgboost], "prophet": [prophet], "ensemble": [xgboost, prophet]}.get(chosen)
    made = loaded.forecast(future)
    if fitted:
        assert np.allclose(made, Forecaster(fitted).forecast(future), rtol=1e-12, atol=0)
    else:
        assert made[:7].tolist() == history.filter(unique_id="item-0")["y"].to_list()[-7:]


def test_no_file_of_a_model_is_a_pickle(tmp_path):
    history, _, _ = split(panel(ages=(60,)), 1)
    xgboost, prophet = XGBoostModel(), ProphetModel()
    for member in (xgboost, prophet):
        member.fit(history, Recipe("day"))
    files = write_files(tmp_path / "m", a_card(), history, history.select("unique_id").unique(), xgboost, prophet)
    assert sorted(files) == ["history.parquet", "items.parquet", "metadata.json", "prophet.json", "xgboost.ubj"]
    assert not any(path.read_bytes().startswith(b"\x80") for path in files.values())


def test_a_card_survives_json_and_a_stranger_is_refused():
    card = a_card()
    kept = ModelVersion("m", 1, "forecasting", card.model_dump(mode="json"), {})
    assert read_card(kept) == card
    with pytest.raises(InputError, match="not made by forecasting"):
        read_card(ModelVersion("yolo", 1, "vision", {"classes": ["RBC"]}, {}))


def test_the_last_name_of_an_item_is_kept_where_sales_have_names():
    table = weekly_sales(1, 3).with_columns(item_name=pl.Series(["old", "new", None]))
    ctx = MemoryContext()
    assert item_names(add(ctx, table)).rows() == [("item-0", "new")]
    assert item_names(add(ctx, weekly_sales(1, 3), name="bare")).rows() == [("item-0",)]


def test_the_code_has_a_short_hash_and_the_libraries_a_version():
    assert re.fullmatch("[0-9a-f]{16}", code_version())
    assert set(package.library_versions()) == set(package.LIBRARIES)
