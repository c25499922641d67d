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
from jobs.forecasting.periods import PERIODS
from jobs.forecasting.prophet_items import ProphetItems
from jobs.forecasting.prophet_model import ProphetModel
from jobs.forecasting.statistical import Ets, Imapa, Theta
from jobs.forecasting.xgboost_model import XGBoostModel
from jobs.forecasting.xgboost_relative import RelativeXGBoost
from jobs.periods import Frequency

MEMBERS: dict[str, type[Member]] = {
    member.name: member for member in (
        XGBoostModel, RelativeXGBoost, ProphetModel, ProphetItems, Theta, Ets, Imapa, SeasonalNaive)}
# With more items than this, a hundred Prophets and smoothings cost much and decide little.
MOST_FOR_EACH = 1000


# XGBoost relative to levels is for panels of at most so many rows; with more, XGBoost in units has enough to learn from.
MOST_ROWS_RELATIVE = 50_000
# AutoETS takes no longer season than this.
LONGEST_SMOOTHED = 24


@dataclass(frozen=True, slots=True)
class Plan:
    """Which members a data set gets.

    names: all that are backtested. equal: those whose equal mean is the ensemble if nothing is clearly better. candidates: those
    that may be combined otherwise. scaled: whether a mean may be scaled to Prophet's total. counted: whether demand is
    intermittent and comes in whole units.
    """

    names: tuple[str, ...]
    equal: tuple[str, ...]
    candidates: tuple[str, ...]
    scaled: bool
    counted: bool


def plan_members(frame: pl.DataFrame, frequency: Frequency, closing: Closing) -> Plan:
    """The plan for unique_id, ds, y and exogenous columns, by what demand is like in the periods that are not closed.

    Intermittent demand gets IMAPA beside XGBoost and the total; steady demand Theta, and a Prophet and an exponential smoothing
    for each large item, and XGBoost relative to levels. Where there are regressors, members that do not see each item's are only
    yardsticks. Once XGBoost can know the season of steady demand, a member that cannot yet has no part.
    """
    opened = frame.filter(~closing.closed(frame))["y"].to_numpy()
    if is_intermittent(opened):
        candidates = ("xgboost", "imapa", "prophet")
        return Plan((*candidates, "seasonal_naive"), ("xgboost", "prophet"), candidates, scaled=True, counted=is_counted(opened))
    periods = frame["ds"].n_unique()
    prophets, smoothed = (("prophet_items",), ("ets",)) if frame["unique_id"].n_unique() <= MOST_FOR_EACH else ((), ())
    relative = ("xgboost_relative",) if _levels_matter(frame, periods, frequency) else ()
    if any(c.startswith(column_of("")) for c in exogenous_columns(frame)):
        equal = _knowing(("xgboost", *prophets), periods, frequency)
    else:
        equal = _knowing(("xgboost", *relative, *prophets, "theta", *smoothed, "prophet"), periods, frequency)
        # seasonal naive is the only other one that knows the season then, and errs elsewhere than XGBoost
        equal = equal if len(equal) > 1 else ("xgboost", "seasonal_naive")
    names = dict.fromkeys((*equal, *_knowing(("theta",), periods, frequency), "prophet", "seasonal_naive"))
    return Plan(tuple(names), equal, equal, scaled=bool(_knowing(("prophet",), periods, frequency)), counted=False)


def _levels_matter(frame: pl.DataFrame, periods: int, frequency: Frequency) -> bool:
    """Whether to boost relative to levels: few rows, and two years, so that many periods have a whole year before them."""
    return frequency != "day" and periods >= 2 * PERIODS[frequency].year and frame.height <= MOST_ROWS_RELATIVE


def _knowing(names: tuple[str, ...], periods: int, frequency: Frequency) -> tuple[str, ...]:
    """Those of the steady members that know the season from so many periods, as soon as there is one that does; else all."""
    season = PERIODS[frequency].season
    if periods <= season:
        return names
    two, more = periods >= 2 * season, periods > 2 * season + 1
    able = {"theta": two, "ets": two and season <= LONGEST_SMOOTHED, "prophet": more, "prophet_items": more}
    return tuple(name for name in names if able.get(name, True))


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
