"""The members that suit a data set, and their forecasts side by side."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from jobs.forecasting.baseline import SeasonalNaive
from jobs.forecasting.closing import Closing
from jobs.forecasting.demand import column_of
from jobs.forecasting.member import Member, exogenous_columns
from jobs.forecasting.nature import is_counted, is_intermittent
from jobs.forecasting.prophet_items import ProphetItems
from jobs.forecasting.prophet_model import ProphetModel
from jobs.forecasting.statistical import Ets, Imapa, Theta
from jobs.forecasting.xgboost_model import XGBoostModel

MEMBERS: dict[str, type[Member]] = {
    member.name: member for member in (XGBoostModel, ProphetModel, ProphetItems, Theta, Ets, Imapa, SeasonalNaive)}
# With more items than this, a hundred Prophets and smoothings cost much and decide little.
MOST_FOR_EACH = 1000


@dataclass(frozen=True, slots=True)
class Plan:
    """Which members a data set gets.

    names: all that are backtested. equal: those whose equal mean is the ensemble if nothing is clearly better. candidates: those
    that may be combined otherwise. counted: whether demand is intermittent and comes in whole units.
    """

    names: tuple[str, ...]
    equal: tuple[str, ...]
    candidates: tuple[str, ...]
    counted: bool


def plan_members(frame: pl.DataFrame, closing: Closing) -> Plan:
    """The plan for unique_id, ds, y and exogenous columns, by what demand is like in the periods that are not closed.

    Intermittent demand gets IMAPA beside XGBoost and the total; steady demand Theta, and a Prophet and an exponential smoothing
    for each large item. Where there are regressors, members that do not see each item's are only yardsticks.
    """
    opened = frame.filter(~closing.closed(frame))["y"].to_numpy()
    prophets, smoothed = (("prophet_items",), ("ets",)) if frame["unique_id"].n_unique() <= MOST_FOR_EACH else ((), ())
    regressors = any(c.startswith(column_of("")) for c in exogenous_columns(frame))
    simple = "theta"
    if is_intermittent(opened):
        equal, candidates, simple = ("xgboost", "prophet"), ("xgboost", "imapa", "prophet"), "imapa"
    elif regressors:
        equal = candidates = ("xgboost", *prophets)
    else:
        equal = candidates = ("xgboost", *prophets, "theta", *smoothed, "prophet")
    names = dict.fromkeys((*candidates, simple, "prophet", "seasonal_naive"))
    return Plan(tuple(names), equal, candidates, is_counted(opened))


def forecast_members(members: list[Member], future: pl.DataFrame, closed: pl.Series) -> pl.DataFrame:
    """unique_id, ds and a column of units >= 0 for each fitted member, one row per row of `future`; 0 where it is closed.

    Where a member leaves an item out (NaN), the first member stands in for it.
    """
    made: list[NDArray[Any]] = []
    for member in members:
        units = np.where(closed, 0.0, member.forecast(future))
        made.append(np.where(np.isnan(units), made[0], units) if made else units)
    columns = [pl.Series(member.name, units) for member, units in zip(members, made, strict=True)]
    return future.select("unique_id", "ds").with_columns(*columns)
