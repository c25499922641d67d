"""What every forecaster in a backtest has in common."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, Self, runtime_checkable

import polars as pl
from numpy.typing import NDArray

from jobs.periods import Frequency

Level = Literal["item", "total_split_by_share", "mixed"]
KEYS = ("unique_id", "ds")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a fit needs to know besides the data.

    threads: cores it may use. check: raises where the job has to stop; called often. on_round: called with the number of a
    round, the rounds in all and the training RMSE so far.
    """

    frequency: Frequency
    seed: int = 0
    threads: int = 1
    check: Callable[[], None] = lambda: None
    on_round: Callable[[int, int, float], None] = lambda _round, _rounds, _rmse: None


class Member(Protocol):
    """A forecaster. `history` and `future` are sorted by unique_id, ds; `future` has no y and covers each item's next periods."""

    name: str
    level: Level

    def fit(self, history: pl.DataFrame, recipe: Recipe) -> None:
        """Learn from unique_id, ds, y and the exogenous columns, shape (rows,)."""
        ...

    def forecast(self, future: pl.DataFrame) -> NDArray[Any]:
        """Units per row of `future` (unique_id, ds, exogenous columns; every item of the history), >= 0.

        NaN for an item that it leaves out.
        """
        ...


@runtime_checkable
class SavedMember(Member, Protocol):
    """A member that is fitted once and kept in a file."""

    def save(self, path: Path) -> None:
        """Write it in its library's own format."""
        ...

    @classmethod
    def load(cls, path: Path, history: pl.DataFrame, recipe: Recipe, /) -> Self:
        """What was saved, ready to go on from the end of `history`, the same as it was fitted on."""
        ...


def exogenous_columns(frame: pl.DataFrame) -> list[str]:
    """The columns of a panel besides unique_id, ds and y."""
    return [c for c in frame.columns if c not in (*KEYS, "y")]
