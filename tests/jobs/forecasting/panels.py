"""Panels in the form that models work on: unique_id, ds, y, sorted, all items ending together."""

from datetime import date, timedelta

import polars as pl

from tests.jobs.forecasting.sales import WEEK

END = date(2024, 6, 30)


def panel(ages: tuple[int, ...] = (120, 120), *, dead: bool = False, end: date = END) -> pl.DataFrame:
    """Daily items that repeat a week exactly, the n-th one (n + 1) times as much, as old (days) as `ages` says.

    dead: one more, of 100 days without a sale.
    """
    rows = [(f"item-{n}", day, (n + 1) * WEEK[day.weekday()])
            for n, age in enumerate(ages) for day in (end - timedelta(days=back) for back in reversed(range(age)))]
    rows += [("zero", end - timedelta(days=back), 0.0) for back in reversed(range(100))] if dead else []
    schema = {"unique_id": pl.String, "ds": pl.Date, "y": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("unique_id", "ds")


def split(frame: pl.DataFrame, horizon: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.Series]:
    """History, and the `horizon` days after it of every item (without y), and what a repeated week would sell on them.

    The history is the whole of `frame`; its items must repeat WEEK.
    """
    last = frame["ds"].max()
    days = pl.DataFrame({"ds": [last + timedelta(days=d + 1) for d in range(horizon)]}, schema={"ds": pl.Date})
    future = frame.select(pl.col("unique_id").unique()).join(days, how="cross").sort("unique_id", "ds")
    factor = {"zero": 0, **{f"item-{n}": n + 1 for n in range(50)}}
    truth = [factor[item] * WEEK[day.weekday()] for item, day in future.iter_rows()]
    return frame, future, pl.Series(truth)
