"""The pictures that a training run keeps: backtest, forecast, what matters, and the classes of its items."""

import polars as pl

from jobs.forecasting.abc_xyz_chart import draw_classes
from jobs.forecasting.charts import SoldBefore, draw_fans, draw_importance, panels
from jobs.forecasting.item_classes import Basis, abc, learn_facts, xyz, yearly_value
from jobs.forecasting.member import Member
from jobs.forecasting.package import Card
from jobs.forecasting.xgboost_model import XGBoostModel


def training_pictures(
    card: Card, sold: SoldBefore, backtest: pl.DataFrame, members: dict[str, Member], ahead: pl.DataFrame | None,
    known: pl.DataFrame,
) -> dict[str, bytes]:
    """PNG files by name.

    sold: the model's history. backtest: with a column of what was chosen, of all items or a sample. ahead: unique_id, ds and mean
    of the periods after the history for all items, None where they are not known. known: item, unit_cost, unit_price, null where
    unknown.
    """
    folds = backtest.select("unique_id", "ds", "cutoff", mean=card.chosen)
    made = {"backtest.png": draw_fans(panels(sold, folds, card.sums, card.total), f"Backtest of {card.combination.text}")}
    if ahead is not None:
        future = ahead.with_columns(cutoff=pl.lit(card.last_period))
        made["forecast.png"] = draw_fans(panels(sold, future, card.sums, card.total), f"Forecast by {card.combination.text}")
    xgboost = members["xgboost"]
    assert isinstance(xgboost, XGBoostModel)
    made["importance.png"] = draw_importance(xgboost.gains())
    made["classes.png"] = draw_classes(*_classes(sold, card, known))
    return made


def _classes(sold: SoldBefore, card: Card, known: pl.DataFrame) -> tuple[pl.DataFrame, Basis]:
    """class of each item, of which nothing is to be bought yet, and what the classes count."""
    facts = learn_facts(sold.history, card.frequency, sold.unknown)
    items = pl.DataFrame({"item": facts.items}).join(known, on="item", how="left", maintain_order="left")
    cost, price = (items[name].fill_null(float("nan")).to_numpy() for name in ("unit_cost", "unit_price"))
    value, basis = yearly_value(facts.year_units, cost, price)
    names = [a + x for a, x in zip(abc(value), xyz(facts.variation), strict=True)]
    return pl.DataFrame({"class": names, "investment": [0.0] * len(names)}), basis
