"""Sale lines become demand without gaps, and what was done is counted."""

from datetime import date, timedelta

import polars as pl
import pytest

from jobs.errors import DataError, InputError
from jobs.forecasting.demand import build_demand, fill_unknown, period_means
from tests.jobs.forecasting.sales import chance_sales, weekly_sales


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


def test_a_missing_quantity_adds_nothing_to_others_and_alone_leaves_its_period_unknown(tmp_path):
    # given two weeks and a day of an item, one day of which is unknown, and the last one half so; and an item of which nothing is known
    sold = [(date(2024, 1, 1 + d), "a", None if d == 8 else float(d)) for d in range(15)]
    demand = build(tmp_path, lines([*sold, (date(2024, 1, 15), "a", None), (date(2024, 1, 3), "b", None)]))
    # then that day takes the value of the same weekday before, and not 0
    a = demand.frame.filter(pl.col("unique_id") == "a")["y"].to_list()
    assert a == [1.0 if d == 8 else float(d) for d in range(15)]
    assert demand.frame.filter(pl.col("unique_id") == "b").rows() == [("b", date(2024, 1, 15), 0.0)]
    assert (demand.report.missing_quantities, demand.report.periods_unknown, demand.report.gaps_filled) == (3, 1, 1)


def test_rows_after_the_last_known_quantity_do_not_make_the_history_longer(tmp_path):
    table = lines([(date(2024, 1, 1 + d), "a", 2.0 if d < 5 else None) for d in range(9)])
    assert build(tmp_path, table).report.last_period == date(2024, 1, 5)


@pytest.mark.parametrize(("y", "filled"), [
    ([1, 2, None, 4, 5, 6], [1, 2, 6, 4, 5, 6]), ([1, 2, 3, 4, None, None], [1, 2, 3, 4, 2, 3]), ([5, None], [5, 5]),
    ([None, 5], [5, 5]), ([None], [0])])
def test_an_unknown_period_takes_what_was_sold_a_season_before_or_after_or_last(y, filled):
    days = [date(2024, 1, 1 + d) for d in range(len(y))]
    frame = pl.DataFrame({"unique_id": "a", "ds": days, "y": y}, schema_overrides={"y": pl.Float64})
    assert fill_unknown(frame, 3)["y"].to_list() == filled


def test_the_periods_whose_quantity_is_blank_are_told_and_those_without_a_line_are_none_of_them(tmp_path):
    table = lines([(date(2024, 1, 1), "a", 2.0), (date(2024, 1, 2), "a", None), (date(2024, 1, 4), "a", 2.0)])
    assert build(tmp_path, table).unknown.rows() == [("a", date(2024, 1, 2))]


def test_an_unfinished_last_month_of_sale_lines_is_dropped(tmp_path):
    demand = build(tmp_path, lines(every_day(date(2024, 1, 1), 31 + 29 + 10)), "month")
    assert demand.frame["y"].to_list() == [31.0, 29.0]
    assert demand.report.incomplete_period_dropped == date(2024, 3, 1)
    assert demand.sold_until == date(2024, 3, 10)


def test_a_last_month_that_lacks_only_a_day_without_usual_sales_is_whole(tmp_path):
    # given a shop closed on Sundays, and March 2024, which ends on one
    days = [row for row in every_day(date(2024, 1, 1), 90) if row[0].isoweekday() != 7]
    demand = build(tmp_path, lines(days), "month")
    assert demand.report.last_period == date(2024, 3, 1)
    assert demand.report.incomplete_period_dropped is None


def test_a_first_month_that_start_cuts_is_dropped(tmp_path):
    demand = build(tmp_path, lines(every_day(date(2022, 3, 1), 31 + 30 + 31)), "month", start=date(2022, 3, 28))
    assert demand.frame["y"].to_list() == [30.0, 31.0]
    assert demand.report.incomplete_first_period_dropped == date(2022, 3, 1)
    assert demand.report.first_period == date(2022, 4, 1)


def test_a_first_month_whose_lines_begin_in_its_middle_is_dropped(tmp_path):
    demand = build(tmp_path, lines(every_day(date(2022, 3, 28), 4 + 30 + 31)), "month", start=date(2022, 1, 1))
    assert demand.frame["y"].to_list() == [30.0, 31.0]
    assert demand.report.incomplete_first_period_dropped == date(2022, 3, 1)


def test_a_first_month_that_lacks_only_new_years_day_is_whole(tmp_path):
    # given a shop open from Monday to Friday; in 2021 New Year's Day was a Friday, so that its first sale is on Monday the 4th
    days = [row for row in every_day(date(2021, 1, 2), 30 + 28) if row[0].isoweekday() <= 5]
    demand = build(tmp_path, lines(days), "month")
    assert demand.report.first_period == date(2021, 1, 1)
    assert demand.report.incomplete_first_period_dropped is None


def test_a_first_month_of_few_sales_is_whole_if_they_begin_no_later_than_they_usually_lie_apart(tmp_path):
    days = [(date(2024, 1, 7) + timedelta(days=9 * n), "a", 1.0) for n in range(20)]
    assert build(tmp_path, lines(days), "month").report.first_period == date(2024, 1, 1)
    # but a month cut by `start` is no whole one, however few its sales are
    assert build(tmp_path, lines(days), "month", start=date(2024, 2, 5)).report.incomplete_first_period_dropped == date(2024, 2, 1)


def test_a_start_before_which_the_shop_is_closed_anyway_leaves_the_first_week_whole(tmp_path):
    # given a shop closed on Mondays
    days = [row for row in every_day(date(2024, 1, 1), 56) if row[0].isoweekday() != 1]
    demand = build(tmp_path, lines(days), "week", "day", start=date(2024, 1, 9))
    assert demand.report.first_period == date(2024, 1, 8)
    assert build(tmp_path, lines(days), "week", "day", start=date(2024, 1, 10)).report.first_period == date(2024, 1, 15)


def test_a_start_on_the_first_of_a_month_leaves_it_whole_though_its_sales_begin_late(tmp_path):
    # given a shop that was closed in the first half of February
    table = lines([*every_day(date(2024, 1, 1), 31), *every_day(date(2024, 2, 16), 14 + 31)])
    demand = build(tmp_path, table, "month", start=date(2024, 2, 1))
    assert demand.frame["y"].to_list() == [14.0, 31.0]
    assert demand.report.incomplete_first_period_dropped is None


def test_sums_of_a_period_keep_their_first_one_wherever_start_lies(tmp_path):
    table = lines([(date(2024, 1, 31), "a", 1.0), (date(2024, 2, 29), "a", 2.0), (date(2024, 3, 31), "a", 3.0)])
    demand = build(tmp_path, table, "month", sums=True, start=date(2024, 1, 20))
    assert demand.frame["y"].to_list() == [1.0, 2.0, 3.0]
    assert demand.report.incomplete_first_period_dropped is None


def test_an_item_seen_only_in_the_dropped_first_month_is_kept_with_nothing_sold(tmp_path):
    table = lines([*every_day(date(2024, 1, 20), 12 + 29), (date(2024, 1, 25), "old", 7.0)])
    frame = build(tmp_path, table, "month").frame
    assert frame.rows() == [("a", date(2024, 2, 1), 29.0), ("old", date(2024, 2, 1), 0.0)]


def test_a_first_month_is_kept_where_it_is_the_only_one(tmp_path):
    demand = build(tmp_path, lines(every_day(date(2024, 1, 20), 12)), "month")
    assert demand.frame["y"].to_list() == [12.0]


def test_data_that_are_sums_of_a_period_keep_their_last_one(tmp_path):
    table = lines([(date(2024, m, 1), "a", float(m)) for m in range(1, 6)])
    assert build(tmp_path, table, "month", sums=True).frame["y"].to_list() == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_monthly_sums_that_end_inside_a_quarter_drop_that_quarter(tmp_path):
    table = lines([(date(2024, m, 1), "a", 1.0) for m in range(1, 9)])
    demand = build(tmp_path, table, "quarter", "month", sums=True)
    assert demand.frame["y"].to_list() == [3.0, 3.0]
    assert demand.report.incomplete_period_dropped == date(2024, 7, 1)
    assert demand.sold_until == date(2024, 8, 31)


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


def test_regressors_are_the_mean_of_their_period_and_gaps_are_filled_with_the_items_own_value(tmp_path):
    # given b without a line on the 2nd and c on no day but the 1st; neither a nor b has a value on the 3rd
    rows = [(date(2024, 1, 1), "a", 1.0, 2.0), (date(2024, 1, 1), "a", 1.0, 4.0), (date(2024, 1, 1), "b", 1.0, None),
            (date(2024, 1, 1), "c", 1.0, None), (date(2024, 1, 2), "a", 1.0, 5.0), (date(2024, 1, 2), "b", 1.0, 9.0),
            (date(2024, 1, 3), "a", 1.0, None), (date(2024, 1, 3), "b", 1.0, None)]
    demand = build(tmp_path, lines(rows, promo=pl.Float64), regressors=("promo",))
    # then: a's value before; b's first value, then the one before; for c, that never had one, the mean of a and b
    assert demand.frame["x_promo"].to_list() == [3.0, 5.0, 5.0, 9.0, 9.0, 9.0, 6.0, 7.0, 7.0]
    assert demand.report.regressors_filled == 6


def test_a_regressor_that_no_line_has_a_value_of_counts_as_nought(tmp_path):
    demand = build(tmp_path, lines([(date(2024, 1, 1), "a", 1.0, None)], promo=pl.Float64), regressors=("promo",))
    assert demand.frame["x_promo"].to_list() == [0.0]


def test_the_own_fixed_price_of_an_item_is_the_same_whether_it_sold_or_not(tmp_path):
    demand = build(tmp_path, chance_sales(), "month", sums=True, regressors=("unit_price",))
    assert demand.frame.group_by("unique_id").agg(pl.col("x_unit_price").n_unique())["x_unit_price"].to_list() == [1] * 40
    assert demand.report.regressors_on_sales_only == ()


def test_a_regressor_known_where_something_was_sold_and_nowhere_else_is_named(tmp_path):
    table = chance_sales(moods=5)
    assert build(tmp_path, table, "month", sums=True, regressors=("unit_price",)).report.regressors_on_sales_only == ("unit_price",)
    # a few returns tell the price of no more than a few unsold months
    taken_back = table.with_columns(quantity=pl.when(pl.int_range(pl.len()) % 20 == 0).then(-1.0).otherwise("quantity"))
    demand = build(tmp_path, taken_back, "month", sums=True, regressors=("unit_price",))
    assert demand.report.regressors_on_sales_only == ("unit_price",)


def test_a_regressor_known_whether_something_was_sold_or_not_is_not_named(tmp_path):
    # given lines for every month, most without a sale
    table = weekly_sales(2, 60).with_columns(promo=pl.col("date").dt.day() % 3 * 1.0)
    table = table.with_columns(quantity=pl.when(pl.col("date").dt.day() % 2 == 0).then(0.0).otherwise("quantity"))
    assert build(tmp_path, table, regressors=("promo",)).report.regressors_on_sales_only == ()
    # even where values are missing here and there
    gappy = table.with_columns(promo=pl.when(pl.col("date").dt.day() % 5 == 0).then(None).otherwise("promo"))
    assert build(tmp_path, gappy, regressors=("promo",)).report.regressors_on_sales_only == ()


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
