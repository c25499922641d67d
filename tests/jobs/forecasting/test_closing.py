"""A day is closed where a known-future column says so, and chance does not pass for it."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from jobs.forecasting.closing import learn_closing


def days(y, **columns):
    return pl.DataFrame({"unique_id": ["a"] * len(y), "ds": [date(2024, 1, 1) + timedelta(days=d) for d in range(len(y))], "y": y,
                         **columns})


def test_days_on_which_nothing_ever_sold_are_closed():
    opened = [float(d % 7 != 6) for d in range(70)]
    history = days([50.0 * o for o in opened], x_open=opened, x_price=[1.0 + d for d in range(70)])
    assert learn_closing(history).closed(history).to_list() == [o == 0 for o in opened]


def test_a_promotion_under_which_rare_sales_happen_to_be_missing_closes_nothing():
    # given an item that sells one day in ten, and a promotion on eight days without a sale
    y = [float(d % 10 == 0) for d in range(200)]
    history = days(y, x_promo=[float(d % 25 == 3) for d in range(200)])
    assert not learn_closing(history).closed(history).any()


def test_a_weekday_on_which_nothing_ever_sold_is_closed_and_one_with_a_single_sale_is_not():
    # given shops that never open on Sundays, and sell a little on one Saturday
    y = [0.0 if d % 7 == 6 or (d % 7 == 5 and d != 40) else 9.0 for d in range(140)]
    history = days(y)
    assert learn_closing(history).closed(history).to_list() == [d % 7 == 6 for d in range(140)]


def test_weekdays_close_nothing_in_weeks_and_months():
    for every in (7, 30):
        history = days([float(d % 7 != 6) for d in range(140)]).with_columns(
            ds=pl.Series([date(2000, 1, 2) + timedelta(days=every * d) for d in range(140)]))
        assert not learn_closing(history).closed(history).any()


def test_nothing_is_closed_without_regressors():
    history = days(np.zeros(10).tolist())
    closed = learn_closing(history).closed(history)
    assert (closed.len(), closed.any(), closed.dtype) == (10, False, pl.Boolean)


def test_a_single_sale_on_such_a_day_opens_it():
    opened = [float(d % 7 != 6) for d in range(70)]
    history = days([50.0 * o + float(d == 13) for d, o in enumerate(opened)], x_open=opened)
    assert not learn_closing(history).closed(history).any()
