"""The forecast that a training makes once and keeps beside the model, so that a question does not have to make it again.

A version's forecast never changes: it depends on its files alone, unless regressors have to be known for it.
"""

import polars as pl

from jobs.context import ModelVersion
from jobs.forecasting.package import Card
from jobs.periods import Frequency, next_periods

FILE = "outlook.parquet"
# To the end of the next year, which daily data see from its last weeks only; less where that is more than so many rows, but never
# less than the model's horizon.
AHEAD: dict[Frequency, int] = {"day": 400, "week": 105, "month": 24, "quarter": 8}
MOST_ROWS = 200_000


def outlook_periods(card: Card) -> int:
    """How many periods the outlook of a model has."""
    return max(card.horizon, min(AHEAD[card.frequency], MOST_ROWS // max(card.series, 1)))


def read_outlook(found: ModelVersion, card: Card, horizon: int) -> pl.DataFrame | None:
    """unique_id, ds, closed and mean of the `horizon` periods after the history; None if less is kept, or nothing."""
    if FILE not in found.files or horizon > outlook_periods(card):
        return None
    last = next_periods(card.last_period, card.frequency, horizon)[-1]
    return pl.read_parquet(found.files[FILE]).filter(pl.col("ds") <= last)
