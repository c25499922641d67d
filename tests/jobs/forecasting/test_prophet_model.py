"""Prophet forecasts the total, and items get their share of it."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from jobs.forecasting.member import Recipe
from jobs.forecasting.prophet_model import ProphetModel, build_prophet, shares
from tests.jobs.forecasting.panels import panel, split


def test_the_total_of_a_repeating_week_is_forecast_and_split_by_share():
    history, future, truth = split(panel(ages=(140, 140)), 14)
    model = ProphetModel()
    model.fit(history, Recipe("day"))
    made = future.with_columns(y_hat=pl.Series(model.forecast(future)))
    # then the second item gets twice the first one's, and the total is about right
    first, second = (made.filter(pl.col("unique_id") == item)["y_hat"].to_numpy() for item in ("item-0", "item-1"))
    assert second == pytest.approx(2 * first)
    assert made["y_hat"].sum() == pytest.approx(truth.sum(), rel=0.02)


def test_shares_are_those_of_the_last_year_alone():
    # given five quarters: an item that only sold in the first one, and others that sold after it
    days = pl.date_range(date(2023, 1, 1), date(2024, 1, 1), "1q", eager=True)
    sold = {"early": [100.0, 0.0, 0.0, 0.0, 0.0], "one": [50.0, 1.0, 0.0, 1.0, 1.0], "two": [0.0, 0.0, 0.0, 0.0, 1.0]}
    frame = pl.concat([pl.DataFrame({"unique_id": [name] * 5, "ds": days, "y": y}) for name, y in sold.items()])
    assert dict(shares(frame, "quarter").iter_rows()) == {"early": 0.0, "one": 0.75, "two": 0.25}


def test_of_steady_demand_a_new_item_counts_as_if_it_had_sold_all_year_and_of_intermittent_demand_it_does_not():
    days = pl.date_range(date(2022, 1, 1), date(2024, 10, 1), "1q", eager=True)
    new = pl.DataFrame({"unique_id": "new", "ds": days[-1:], "y": [6.0]})
    steady = pl.concat([pl.DataFrame({"unique_id": "old", "ds": days, "y": [6.0] * 12}), new])
    assert dict(shares(steady, "quarter").iter_rows()) == {"old": 0.5, "new": 0.5}
    rare = pl.concat([pl.DataFrame({"unique_id": "old", "ds": days, "y": [0.0, 0.0, 0.0, 6.0] * 3}), new])
    assert dict(shares(rare, "quarter").iter_rows()) == {"old": 0.5, "new": 0.5}
    twice = pl.concat([pl.DataFrame({"unique_id": "old", "ds": days, "y": [0.0, 6.0, 0.0, 6.0] * 3}), new])
    assert dict(shares(twice, "quarter").iter_rows()) == {"old": 2 / 3, "new": 1 / 3}


def test_a_year_without_sales_falls_back_on_all_years():
    days = pl.date_range(date(2022, 1, 1), date(2024, 1, 1), "1q", eager=True)
    frame = pl.DataFrame({"unique_id": ["a"] * 9 + ["b"] * 9, "ds": [*days, *days], "y": [3.0] + [0.0] * 8 + [1.0] + [0.0] * 8})
    assert dict(shares(frame, "quarter").iter_rows()) == {"a": 0.75, "b": 0.25}


def test_a_saved_prophet_forecasts_the_same_after_loading(tmp_path):
    history, future, _ = split(panel(ages=(90, 50)), 7)
    model = ProphetModel()
    model.fit(history, Recipe("day"))
    model.save(tmp_path / "p.json")
    again = ProphetModel.load(tmp_path / "p.json", history, Recipe("day"))
    assert np.allclose(again.forecast(future), model.forecast(future), rtol=1e-12, atol=0)


def test_a_known_regressor_moves_the_total():
    history, future, _ = split(panel(ages=(140,)), 7)
    promo = (pl.col("ds").dt.ordinal_day() % 5 == 0).cast(pl.Float64)
    lifted = history.with_columns(x_promo=promo).with_columns(y=pl.col("y") * (1 + pl.col("x_promo")) + 5)
    model = ProphetModel()
    model.fit(lifted, Recipe("day"))
    on, off = (model.forecast(future.with_columns(x_promo=pl.lit(v))).sum() for v in (1.0, 0.0))
    assert on > 1.3 * off


@pytest.mark.parametrize(("periods", "yearly"), [(25, False), (26, 4)])
def test_a_yearly_season_needs_more_than_two_years_of_months(periods, yearly):
    assert build_prophet("month", periods, []).yearly_seasonality == yearly


def test_fitting_says_nothing_on_the_terminal(capfd):
    ProphetModel().fit(panel(ages=(60,)), Recipe("day"))
    assert capfd.readouterr() == ("", "")
