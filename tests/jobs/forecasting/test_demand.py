"""Sale lines become demand without gaps, and what was done is counted."""

from datetime import date, timedelta

import polars as pl
import pytest

from jobs.errors import DataError, InputError
from jobs.forecasting.demand import build_demand, period_means
from tests.jobs.forecasting.sales import weekly_sales


def lines(rows, **more):
    kinds = {"date": pl.Date, "item": pl.String, "quantity": pl.Float64, **more}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def build(tmp_path, table, frequency="day", found=None, sums=False, **more):
    table.write_parquet(tmp_path / "t.parquet")
    return build_demand(tmp_path / "t.parquet", frequency=frequency, found=found or frequency, period_sums=sums, **more)


def every_day(start, days, quantity=1.0, item="a"):
    return [(start + timedelta(days=d), item, quantity) for d in range(days)]


def test_lines_of_one_item_and_period_are_summed_and_counted(tmp_path):
    demand = build(tmp_path, lines([(date(2024, 1, 1), "a", 2.0), (date(2024, 1, 1), "a", 3.0), (date(2024, 1, 2), "a", 1.0)]))
    assert demand.frame["y"].to_list() == [5.0, 1.0]
    assert demand.report.lines_summed == 1


def test_gaps_count_as_zero_from_the_items_first_sale_to_the_companys_last_period(tmp_path):
    # given an item that starts late and stops early
    table = lines([*every_day(date(2024, 1, 1), 6), (date(2024, 1, 3), "b", 4.0)])
    demand = build(tmp_path, table)
    # then it has no past before its first sale, and zeros after its last
    assert demand.frame.filter(pl.col("unique_id") == "b").rows() == [
        ("b", date(2024, 1, 3), 4.0), ("b", date(2024, 1, 4), 0.0), ("b", date(2024, 1, 5), 0.0), ("b", date(2024, 1, 6), 0.0)]
    assert demand.report.gaps_filled == 3


def test_returns_are_set_against_their_period_which_never_falls_below_zero(tmp_path):
    table = lines([(date(2024, 1, 1), "a", 5.0), (date(2024, 1, 1), "a", -2.0), (date(2024, 1, 2), "a", -9.0),
                   (date(2024, 1, 3), "a", 1.0)])
    demand = build(tmp_path, table)
    assert demand.frame["y"].to_list() == [3.0, 0.0, 1.0]
    assert (demand.report.returns_netted, demand.report.periods_clipped) == (2, 1)


def test_missing_quantities_are_counted_and_add_nothing(tmp_path):
    demand = build(tmp_path, lines([(date(2024, 1, 1), "a", 5.0), (date(2024, 1, 2), "a", None), (date(2024, 1, 2), "b", None)]))
    assert demand.report.missing_quantities == 2
    # an item that never had a quantity is still an item
    assert demand.frame.rows() == [("a", date(2024, 1, 1), 5.0), ("a", date(2024, 1, 2), 0.0), ("b", date(2024, 1, 2), 0.0)]


def test_an_unfinished_last_month_of_sale_lines_is_dropped(tmp_path):
    demand = build(tmp_path, lines(every_day(date(2024, 1, 1), 31 + 29 + 10)), "month")
    assert demand.frame["y"].to_list() == [31.0, 29.0]
    assert demand.report.incomplete_period_dropped == date(2024, 3, 1)


def test_a_last_month_that_lacks_only_a_day_without_usual_sales_is_whole(tmp_path):
    # given a shop closed on Sundays, and March 2024, which ends on one
    days = [row for row in every_day(date(2024, 1, 1), 90) if row[0].isoweekday() != 7]
    demand = build(tmp_path, lines(days), "month")
    assert demand.report.last_period == date(2024, 3, 1)
    assert demand.report.incomplete_period_dropped is None


def test_data_that_are_sums_of_a_period_keep_their_last_one(tmp_path):
    table = lines([(date(2024, m, 1), "a", float(m)) for m in range(1, 6)])
    assert build(tmp_path, table, "month", sums=True).frame["y"].to_list() == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_monthly_sums_that_end_inside_a_quarter_drop_that_quarter(tmp_path):
    table = lines([(date(2024, m, 1), "a", 1.0) for m in range(1, 9)])
    demand = build(tmp_path, table, "quarter", "month", sums=True)
    assert demand.frame["y"].to_list() == [3.0, 3.0]
    assert demand.report.incomplete_period_dropped == date(2024, 7, 1)


def test_sums_dated_at_the_end_of_their_month_are_shown_at_its_start(tmp_path):
    table = lines([(date(2024, 1, 31), "a", 1.0), (date(2024, 2, 29), "a", 2.0)])
    assert build(tmp_path, table, "month", sums=True).frame["ds"].to_list() == [date(2024, 1, 1), date(2024, 2, 1)]


def test_monthly_sums_cannot_be_cut_into_days(tmp_path):
    table = lines([(date(2024, m, 1), "a", 1.0) for m in range(1, 6)])
    with pytest.raises(InputError, match="sums by month") as refused:
        build(tmp_path, table, "day", "month", sums=True)
    assert refused.value.fields[0].field == "params.frequency"


def test_an_item_seen_only_in_the_dropped_month_is_kept_with_nothing_sold(tmp_path):
    table = lines([*every_day(date(2024, 1, 1), 31 + 29 + 5), (date(2024, 3, 2), "new", 7.0)])
    frame = build(tmp_path, table, "month").frame
    assert frame.filter(pl.col("unique_id") == "new").rows() == [("new", date(2024, 2, 1), 0.0)]


def test_start_and_end_cut_the_sales_both_days_included(tmp_path):
    demand = build(tmp_path, weekly_sales(1, 60), start=date(2024, 1, 3), end=date(2024, 1, 5))
    assert demand.frame["ds"].to_list() == [date(2024, 1, 3), date(2024, 1, 4), date(2024, 1, 5)]


def test_an_end_in_the_middle_of_a_month_leaves_that_month_out(tmp_path):
    demand = build(tmp_path, lines(every_day(date(2024, 1, 1), 120)), "month", end=date(2024, 3, 15))
    assert demand.report.last_period == date(2024, 2, 1)


def test_no_sales_between_start_and_end_is_said_so(tmp_path):
    with pytest.raises(DataError, match="widen `start` and `end`"):
        build(tmp_path, weekly_sales(1, 30), start=date(2030, 1, 1))


def test_sales_of_nothing_at_all_are_refused(tmp_path):
    with pytest.raises(DataError, match="Nothing was sold"):
        build(tmp_path, lines(every_day(date(2024, 1, 1), 10, 0.0)))


def test_one_unfinished_month_alone_is_refused(tmp_path):
    with pytest.raises(DataError, match="not over yet"):
        build(tmp_path, lines(every_day(date(2024, 1, 1), 10)), "month")


def test_regressors_are_the_mean_of_their_period_and_gaps_are_filled_in_a_known_order(tmp_path):
    # given b without a line on the 2nd, and neither item with a value on the 3rd
    rows = [(date(2024, 1, 1), "a", 1.0, 2.0), (date(2024, 1, 1), "a", 1.0, 4.0), (date(2024, 1, 1), "b", 1.0, 9.0),
            (date(2024, 1, 2), "a", 1.0, 5.0), (date(2024, 1, 3), "a", 1.0, None), (date(2024, 1, 3), "b", 1.0, None)]
    demand = build(tmp_path, lines(rows, promo=pl.Float64), regressors=("promo",))
    # then: the mean of a's two lines; the other item's value; the item's own value before
    assert demand.frame["x_promo"].to_list() == [3.0, 5.0, 5.0, 9.0, 5.0, 5.0]
    assert demand.report.regressors_filled == 3


@pytest.mark.parametrize(("name", "reason"), [("absent", "has no column"), ("quantity", "cannot be a regressor"),
                                              ("colour", "not numeric")])
def test_a_regressor_that_cannot_be_one_is_refused(tmp_path, name, reason):
    table = weekly_sales(1, 20).with_columns(colour=pl.lit("red"))
    with pytest.raises(InputError, match=reason) as refused:
        build(tmp_path, table, regressors=(name,))
    assert refused.value.fields[0].field == "params.regressors"


def test_future_regressors_are_the_mean_of_their_period(tmp_path):
    table = pl.DataFrame({"date": [date(2024, 1, 1), date(2024, 1, 20), date(2024, 2, 1)], "item": ["a", "a", "a"],
                          "promo": [0.0, 1.0, 1.0]})
    table.write_parquet(tmp_path / "f.parquet")
    assert period_means(tmp_path / "f.parquet", "month", ("promo",)).rows() == [
        ("a", date(2024, 1, 1), 0.5), ("a", date(2024, 2, 1), 1.0)]


def test_the_sum_over_all_items_and_periods_is_the_sum_of_the_lines(tmp_path):
    table = weekly_sales(5, 70)
    demand = build(tmp_path, table, "week", "day")
    assert demand.frame["y"].sum() == table["quantity"].sum()
    assert len(demand.periods) == demand.report.periods == 10
