"""Periods in which nothing can be sold, and everybody knows it ahead: a shop that is closed on Sundays."""

from datetime import timedelta

import polars as pl

from jobs.forecasting.member import exogenous_columns

# A regressor's value closes if nothing was ever sold under it, and chance alone would hardly have done that.
CHANCE = 1e-9
MOST_VALUES = 10
WEEKDAY = "weekday"


class Closing:
    """What is known ahead and under which nothing was ever sold: values of regressors, by column, and of `weekday`, 1 to 7."""

    def __init__(self, values: dict[str, list[float]]) -> None:
        self._values = values

    def closed(self, frame: pl.DataFrame) -> pl.Series:
        """Whether each row of `frame` (ds and the regressors' columns) is closed: shape (rows,), Boolean, named `closed`."""
        closed = pl.Series("closed", [False]).new_from_index(0, frame.height)
        for column, values in self._values.items():
            known = frame["ds"].dt.weekday() if column == WEEKDAY else frame[column]
            closed = closed | known.is_in(values)
        return closed.alias("closed")


def learn_closing(history: pl.DataFrame) -> Closing:
    """Which values close, from unique_id, ds, y and the exogenous columns; of data by day, also which weekdays.

    With z the share of periods without a sale under the other values (Laplace's estimate), n periods without any sale happen by
    chance with probability z^n.
    """
    found: dict[str, list[float]] = {}
    columns = exogenous_columns(history)
    if _is_daily(history):
        history, columns = history.with_columns(pl.col("ds").dt.weekday().alias(WEEKDAY)), [*columns, WEEKDAY]
    for column in columns:
        by_value = history.group_by(column).agg(pl.len().alias("n"), (pl.col("y") == 0).sum().alias("zeros")).sort(column)
        if 2 <= by_value.height <= MOST_VALUES and (values := _closing_values(by_value, column)):
            found[column] = values
    return Closing(found)


def _is_daily(history: pl.DataFrame) -> bool:
    return bool((history["ds"].unique().sort().diff().drop_nulls() == timedelta(days=1)).all())


def _closing_values(by_value: pl.DataFrame, column: str) -> list[float]:
    never = by_value.filter(pl.col("n") == pl.col("zeros"))
    others = by_value.filter(pl.col("n") > pl.col("zeros"))
    share = (int(others["zeros"].sum()) + 1) / (int(others["n"].sum()) + 2)
    return never.filter(pl.lit(share) ** pl.col("n") < CHANCE)[column].to_list()
