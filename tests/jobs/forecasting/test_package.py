"""A model is its files: what is read back forecasts as what was written."""

import re

import numpy as np
import polars as pl
import pytest

from jobs.context import ModelVersion
from jobs.errors import InputError
from jobs.forecasting import package
from jobs.forecasting.closing import Closing, learn_closing
from jobs.forecasting.gate import Combination
from jobs.forecasting.kinds import Scores
from jobs.forecasting.member import Recipe
from jobs.forecasting.members import MEMBERS
from jobs.forecasting.package import FILES, Card, Forecaster, code_version, item_names, load_forecaster, read_card, write_files
from jobs.forecasting.sums import SumSpread
from jobs.memory_context import MemoryContext
from tests.jobs.forecasting.panels import END, panel, split
from tests.jobs.forecasting.sales import add, weekly_sales

NONE_BLANK = pl.DataFrame(schema={"unique_id": pl.String, "ds": pl.Date})
ALONE = Combination(members=("xgboost",))


def a_card(combination=ALONE):
    scored = Scores(mae=1, rmse=1, r2=None, wape=None, mase=None, bias=None, level="item")
    return Card(frequency="day", horizon=7, regressors=(), country=None, company=None, nit="", seed=0, series=2, rows=9,
                first_period=END, last_period=END, chosen="xgboost", combination=combination, sums=SumSpread(method="negative_binomial", lengths=(1,), log_sizes=(0.0,), floor=0.1),
                metrics={"xgboost": scored}, coverage={"80": 0.8}, data={"sha256": "0"}, code="0", libraries={})


@pytest.fixture(scope="module")
def fitted():
    """Three members fitted on a history, and the week after it."""
    history, future, _ = split(panel(ages=(560, 30)), 7)
    members = {name: MEMBERS[name]() for name in FILES}
    for member in members.values():
        member.fit(history, Recipe("day"))
    return history, future, members


@pytest.mark.parametrize("combination", [
    Combination(members=("xgboost",)), Combination(members=("prophet",)), Combination(members=("prophet_items",)), Combination(members=("xgboost_relative", "theta")),
    Combination(members=("xgboost", "prophet_items", "theta"), weight=0.5)])
def test_what_was_written_forecasts_the_same_when_read_back(tmp_path, fitted, combination):
    # given members that were written
    history, future, members = fitted
    card = a_card(combination)
    files = write_files(tmp_path / "m", card, history, history.select("unique_id").unique(), NONE_BLANK, members)
    # when read back from the files alone
    made = load_forecaster(files, card, pl.read_parquet(files["history.parquet"]), Recipe("day")).forecast(future)
    # then as those that were fitted
    theta = MEMBERS["theta"]()
    theta.fit(history, Recipe("day"))
    expected = Forecaster([*members.values(), theta], combination, learn_closing(history)).forecast(future)
    assert np.allclose(made, expected, rtol=1e-12, atol=0)


def test_the_yardstick_is_made_from_the_history_again(tmp_path, fitted):
    history, future, members = fitted
    card = a_card(Combination(members=("seasonal_naive",)))
    files = write_files(tmp_path / "m", card, history, history.select("unique_id").unique(), NONE_BLANK, members)
    made = load_forecaster(files, card, history, Recipe("day")).forecast(future)
    assert made[:7].tolist() == history.filter(unique_id="item-0")["y"].to_list()[-7:]


def test_closed_days_are_forecast_as_nothing(tmp_path, fitted):
    _, future, members = fitted
    closed = Forecaster([members["prophet"]], Combination(members=("prophet",)), Closing({"x_open": [0.0]}))
    sunday = future.with_columns(x_open=(pl.col("ds").dt.weekday() != 7).cast(pl.Float64))
    assert closed.closed(sunday).to_list() == (sunday["x_open"] == 0).to_list()
    assert (closed.forecast(sunday)[closed.closed(sunday).to_numpy()] == 0).all()


def test_no_file_of_a_model_is_a_pickle(tmp_path, fitted):
    history, _, members = fitted
    files = write_files(tmp_path / "m", a_card(), history, history.select("unique_id").unique(), NONE_BLANK, members)
    assert sorted(files) == ["history.parquet", "items.parquet", "metadata.json", "prophet.json", "prophet_items.json", "unknown.parquet",
                             "xgboost.ubj", "xgboost_relative.ubj"]
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
