"""What kind of demand it is: steady or intermittent, counted or measured; and which items matter most."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

# At or above this share of periods without a sale, demand is intermittent.
INTERMITTENT = 0.3


def is_intermittent(y: NDArray[Any]) -> bool:
    """Whether at least 30 % of the periods in y, shape (rows,), have no sale, and some have."""
    return float(np.mean(y == 0)) >= INTERMITTENT and bool(np.any(y > 0))


def is_counted(y: NDArray[Any]) -> bool:
    """Whether demand y, shape (rows,), is intermittent and comes in whole units."""
    return is_intermittent(y) and bool(np.all(y == np.round(y)))


def largest(history: pl.DataFrame, most: int) -> frozenset[str]:
    """The `most` items that sold most units in all of unique_id, ds, y."""
    sums = history.group_by("unique_id").agg(pl.col("y").sum()).sort(["y", "unique_id"], descending=[True, False])
    return frozenset(sums["unique_id"].head(most))
