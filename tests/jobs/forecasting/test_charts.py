"""Pictures are small PNG files that show the total, the largest items, and features in words."""

from datetime import date, timedelta

import polars as pl
import pytest

from jobs.forecasting.charts import TOTAL, SoldBefore, draw_fans, draw_importance, panels, readable
from jobs.forecasting.sums import SumSpread

SPREAD = SumSpread(method="negative_binomial", lengths=(1,), log_sizes=(1.0,), floor=0.1)
DAYS = [date(2024, 1, 1) + timedelta(days=d) for d in range(200)]


def history(items=5):
    return pl.DataFrame({"unique_id": [f"item {n} $1$" for n in range(items) for _ in DAYS], "ds": DAYS * items,
                         "y": [10.0 * (n + 1) for n in range(items) for _ in DAYS]})


def before(table, *, unknown=(), names=None):
    gaps = pl.DataFrame(list(unknown), schema={"unique_id": pl.String, "ds": pl.Date}, orient="row")
    items = table.select("unique_id").unique()
    return SoldBefore(table, gaps, items if names is None else items.with_columns(item_name=pl.col("unique_id").replace_strict(names, default=None)))


def made(items=5, days=7):
    ahead = [DAYS[-1] + timedelta(days=d + 1) for d in range(days)]
    return pl.DataFrame({"unique_id": [f"item {n} $1$" for n in range(items) for _ in ahead], "ds": ahead * items,
                         "cutoff": [DAYS[-1]] * items * days, "mean": [9.0 * (n + 1) for n in range(items) for _ in ahead]})


def test_the_total_and_the_three_largest_items_are_shown():
    shown = panels(before(history()), made(), SPREAD, None)
    assert [panel.title for panel in shown] == [TOTAL, "item 2 $1$", "item 3 $1$", "item 4 $1$"]
    assert shown[0].forecast["mean"].to_list() == [9.0 * 15] * 7
    assert shown[0].sold["y"].to_list() == [150.0] * 28
    assert "lo-80" not in shown[0].forecast.columns
    assert (shown[3].forecast["lo-95"] <= shown[3].forecast["lo-80"]).all()


def test_the_band_of_an_item_is_as_wide_as_its_own_lumpiness_makes_it():
    # given an item that sells one by one and one that sells rarely and then many, the same in all
    lumpy = pl.when(pl.col("ds").dt.day() == 1).then(300.0).otherwise(0.0)
    sold = history(2).with_columns(y=pl.when(pl.col("unique_id") == "item 0 $1$").then(10.0).otherwise(lumpy))
    even, uneven = panels(before(sold), made(2).with_columns(mean=pl.lit(10.0)), SPREAD, None)[1:]
    # then
    assert even.forecast["hi-95"][0] < uneven.forecast["hi-95"][0]


def test_days_on_which_nothing_at_all_sells_are_left_out_so_that_lines_do_not_fall_to_nothing_every_week():
    def no_sundays(frame, column):
        return frame.with_columns(pl.when(pl.col("ds").dt.weekday() == 7).then(0.0).otherwise(column).alias(column))

    total = panels(before(no_sundays(history(), "y")), no_sundays(made(), "mean"), SPREAD, SPREAD)[0]
    assert (total.sold["y"].min(), total.forecast["mean"].min()) == (150.0, 135.0)
    nothing = panels(before(history().with_columns(y=pl.lit(0.0))), made().with_columns(mean=pl.lit(0.0)), SPREAD, SPREAD)[0]
    assert nothing.forecast["mean"].to_list() == [0.0] * 7


def test_at_most_180_periods_are_drawn_before_the_forecasts():
    assert panels(before(history()), made(days=100), SPREAD, None)[0].sold.height == 200
    long = pl.concat([history(1), history(1).with_columns(pl.col("ds") + timedelta(days=200))])
    later = made(1, days=100).with_columns(pl.col("ds") + timedelta(days=100))
    assert panels(before(long), later, SPREAD, None)[0].sold.height == 280


def test_only_items_with_a_forecast_are_in_the_total():
    shown = panels(before(history(5)), made(2), SPREAD, SPREAD)
    assert [panel.title for panel in shown] == [TOTAL, "item 0 $1$", "item 1 $1$"]
    assert shown[0].sold["y"].to_list() == [30.0] * 28


def test_a_blank_quantity_is_a_gap_and_none_of_what_was_sold():
    # given the second largest item of five, blank on one day
    blank = [("item 3 $1$", DAYS[-2])]
    total, _, second, largest = panels(before(history(), unknown=blank), made(), SPREAD, None)
    assert second.sold["y"].to_list() == [40.0] * 26 + [None, 40.0]
    assert largest.sold["y"].null_count() == 0
    # then the total has a gap too, since much of it is not known
    assert total.sold["y"].to_list() == [150.0] * 26 + [None, 150.0]


def test_items_that_are_mostly_blank_are_in_neither_line_of_the_total_whose_title_counts_them():
    # given the largest item of five, blank since long ago
    blank = [("item 4 $1$", day) for day in DAYS[-18:]]
    shown = panels(before(history(), unknown=blank), made(), SPREAD, SPREAD)
    assert [panel.title for panel in shown] == ["All items but 1 of unknown sales", "item 1 $1$", "item 2 $1$", "item 3 $1$"]
    assert shown[0].sold["y"].to_list() == [100.0] * 28
    assert shown[0].forecast["mean"].to_list() == [90.0] * 7
    # where nothing is known of any, nothing is left out
    every = [(f"item {n} $1$", day) for n in range(5) for day in DAYS[-18:]]
    assert panels(before(history(), unknown=every), made(), SPREAD, SPREAD)[0].title == TOTAL


def test_the_total_is_drawn_where_next_to_all_of_it_is_known():
    sold = history().with_columns(y=pl.when(pl.col("unique_id") == "item 0 $1$").then(1.0).otherwise(pl.col("y")))
    assert panels(before(sold, unknown=[("item 0 $1$", DAYS[-2])]), made(), SPREAD, None)[0].sold["y"].to_list() == [141.0] * 28
    nothing = before(history(1).with_columns(y=pl.when(pl.col("ds") == DAYS[-2]).then(0.0).otherwise(pl.col("y"))), unknown=[("item 0 $1$", DAYS[-2])])
    drawn = panels(nothing, made(1), SPREAD, None)[0].sold
    assert 0.0 not in drawn["y"].to_list()


def test_items_are_called_by_their_names_where_they_have_one():
    named = before(history(), names={"item 2 $1$": "Rice", "item 3 $1$": " ", "item 4 $1$": "item 4 $1$"})
    assert [p.title for p in panels(named, made(), SPREAD, None)[1:]] == ["Rice (item 2 $1$)", "item 3 $1$", "item 4 $1$"]


@pytest.mark.parametrize("items", [1, 5])
@pytest.mark.parametrize("days", [1, 7, 42])
def test_fans_are_small_png_files_the_same_each_time(items, days):
    one, two = (draw_fans(panels(before(history(items)), made(items, days), SPREAD, SPREAD), "Forecast $1$") for _ in range(2))
    assert one == two
    assert one.startswith(b"\x89PNG")
    assert len(one) < 200_000


def test_importance_is_a_small_png_file():
    gains = {f"lag{n}": float(n) for n in range(1, 40)} | {"x_$price_of a very long name that goes on and on and on": 3.0}
    assert draw_importance(gains).startswith(b"\x89PNG")
    assert len(draw_importance({})) < 100_000


@pytest.mark.parametrize(("feature", "words"), [
    ("lag12", "12 before"), ("rolling_mean_lag1_window_size3_min_samples1", "mean of the last 3"), ("month", "month"),
    ("exponentially_weighted_mean_lag1_alpha0.1", "smoothed by 0.1"), ("x_promo", "promo"), ("calendar_holiday", "holiday"),
    ("seasonal_rolling_mean_lag7_season_length7_window_size4_min_samples1", "mean of every 7th before")])
def test_features_are_named_in_words(feature, words):
    assert readable(feature) == words
