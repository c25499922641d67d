"""Folds end where they should, and nothing after a cutoff reaches a forecast."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from jobs.errors import DataError, JobCanceled
from jobs.forecasting.backtest import MOST_ITEMS, Fold, default_horizon, plan_folds, run_fold, sample_items, score_members
from jobs.forecasting.demand import build_demand
from jobs.forecasting.member import Recipe
from jobs.forecasting.metrics import scores, seasonal_scale
from jobs.periods import next_periods
from tests.jobs.forecasting.panels import END, panel
from tests.jobs.forecasting.sales import chance_sales

NAMES = ("xgboost", "prophet", "seasonal_naive")


def months(count):
    return next_periods(date(2019, 12, 1), "month", count)


def a_fold(frame, horizon):
    days = frame["ds"].unique().sort()
    return Fold(1, days[-horizon - 1], days[-1])


def test_folds_lie_back_to_back_and_the_last_ends_with_the_data():
    folds = plan_folds(months(36), "month", 3, 3)
    assert [(f.cutoff, f.last) for f in folds] == [
        (date(2022, 3, 1), date(2022, 6, 1)), (date(2022, 6, 1), date(2022, 9, 1)), (date(2022, 9, 1), date(2022, 12, 1))]


def test_a_short_history_gets_fewer_folds():
    assert [f.number for f in plan_folds(months(13), "month", 3, 3)] == [1, 2]


def test_too_short_a_history_is_refused_with_what_would_do():
    with pytest.raises(DataError, match=r"8 months of sales; a horizon of 3 needs at least 9") as refused:
        plan_folds(months(8), "month", 3, 3)
    assert refused.value.fields[0].field == "params.horizon"
    assert "ask for a `horizon` of at most 2" in refused.value.message
    with pytest.raises(DataError) as hopeless:
        plan_folds(months(3), "month", 1, 3)
    assert "a horizon of 1 needs at least 7" in hopeless.value.message
    assert "at most" not in hopeless.value.message


@pytest.mark.parametrize(("frequency", "periods", "horizon"), [
    ("day", 900, 90), ("day", 60, 20), ("month", 36, 3), ("month", 2, 1), ("week", 200, 13), ("quarter", 12, 1),
    ("month", 7, 1), ("month", 8, 2), ("day", 16, 2)])
def test_the_default_horizon_is_three_months_or_a_third_of_the_history_or_what_leaves_room_for_a_fold(frequency, periods, horizon):
    assert default_horizon(frequency, periods) == horizon


def test_nothing_after_the_cutoff_reaches_a_forecast():
    # given two worlds that part only after the cutoff
    frame = panel(ages=(90, 60), dead=True)
    fold = a_fold(frame, 7)
    other = frame.with_columns(y=pl.when(pl.col("ds") > fold.cutoff).then(pl.col("y") * 50 + 1000).otherwise("y"))
    # when
    one, two = (run_fold(world, fold, NAMES, Recipe("day")) for world in (frame, other))
    # then every member forecasts the same, to the bit, and only the truth differs
    assert one.select(*NAMES, "scale").equals(two.select(*NAMES, "scale"))
    assert not one["y"].equals(two["y"])


def test_a_price_that_stands_on_sale_lines_alone_does_not_tell_whether_an_item_sold(tmp_path):
    # given sales that chance alone decides, which nobody can forecast
    chance_sales().write_parquet(tmp_path / "t.parquet")
    demand = build_demand(tmp_path / "t.parquet", frequency="month", found="month", period_sums=True, regressors=("unit_price",))
    # when
    folds = plan_folds(demand.periods, "month", 3, 3)
    found = score_members(pl.concat([run_fold(demand.frame, fold, NAMES, Recipe("month")) for fold in folds]))
    # then
    assert found["xgboost"].r2 is not None
    assert found["xgboost"].r2 <= 0.1


def test_sales_before_the_cutoff_do_reach_every_member():
    frame = panel(ages=(90, 60))
    fold = a_fold(frame, 7)
    other = frame.with_columns(y=pl.when(pl.col("ds") <= fold.cutoff).then(pl.col("y") * 2).otherwise("y"))
    one, two = (run_fold(world, fold, NAMES, Recipe("day")) for world in (frame, other))
    assert all(two[member].sum() > 1.5 * one[member].sum() for member in NAMES)


def test_items_first_sold_after_the_cutoff_are_not_scored():
    frame = panel(ages=(60, 3))
    made = run_fold(frame, a_fold(frame, 5), NAMES, Recipe("day"))
    assert made["unique_id"].unique().to_list() == ["item-0"]
    assert made["ds"].max() == END


def test_errors_are_scaled_by_each_items_seasonal_scale_before_the_cutoff():
    # given an item that grows by one a day, and one too young to have a season
    frame = panel(ages=(60, 8)).with_columns(y=pl.when(pl.col("unique_id") == "item-0").then(pl.int_range(pl.len()) * 1.0)
                                             .otherwise("y"))
    fold = a_fold(frame, 5)
    made = dict(run_fold(frame, fold, NAMES, Recipe("day")).select("unique_id", "scale").rows())
    past = frame.filter(pl.col("ds") <= fold.cutoff).group_by("unique_id").agg("y")
    expected = {item: seasonal_scale(np.asarray(y), 7) for item, y in past.iter_rows()}
    assert made == pytest.approx(expected, nan_ok=True)
    assert expected["item-0"] == 7


def test_a_large_data_set_is_backtested_on_a_sample_of_all_sizes_and_a_small_one_whole():
    # given items that sell 1, 2, 3 … units
    count = 2 * MOST_ITEMS
    frame = pl.DataFrame({"unique_id": [f"{n:05}" for n in range(count)], "y": np.arange(count) + 1.0})
    sample = sample_items(frame)
    assert sample.height == MOST_ITEMS
    assert sample["y"].mean() == pytest.approx(frame["y"].mean(), rel=0.001)
    assert sample.equals(sample_items(frame))
    assert sample_items(sample) is sample


def test_scores_are_pooled_over_all_folds_and_say_what_was_forecast():
    frame = panel(ages=(60, 50))
    days = frame["ds"].unique().sort()
    made = pl.concat([run_fold(frame, Fold(1, days[-11], days[-6]), NAMES, Recipe("day")),
                      run_fold(frame, Fold(2, days[-6], days[-1]), NAMES, Recipe("day"))])
    found = score_members(made)
    expected = scores(made["y"].to_numpy(), made["xgboost"].to_numpy(), made["scale"].to_numpy())
    assert found["xgboost"].model_dump(exclude={"level"}) == expected
    assert found["prophet"].level == "total_split_by_share"


def test_closed_days_are_known_from_the_history_and_forecast_as_nothing():
    # given a shop that is closed on Sundays, and says so
    frame = panel(ages=(90, 90)).with_columns(x_open=(pl.col("ds").dt.weekday() != 7).cast(pl.Float64))
    made = run_fold(frame.with_columns(y=pl.col("y") * pl.col("x_open")), a_fold(frame, 14), NAMES, Recipe("day"))
    assert made["closed"].to_list() == (made["ds"].dt.weekday() == 7).to_list()
    assert made.filter("closed").select(NAMES).sum().row(0) == (0, 0, 0)


def test_a_canceled_job_stops_before_the_next_member():
    def check():
        raise JobCanceled("The job was canceled.")

    frame = panel(ages=(60,))
    with pytest.raises(JobCanceled):
        run_fold(frame, a_fold(frame, 5), NAMES, Recipe("day", check=check))
