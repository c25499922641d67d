"""Which members forecast, and how: chosen on the backtest, for the whole data set at once.

The equal mean of the members that suit the demand stands. Another combination, or its scaling to Prophet's total, takes its place
only if it is clearly better over several folds, since on few points the best of many is the luckiest. And whatever stands has to
beat the simple members; if one of them is better, it is used: in the broadest mean that is no worse than it, or alone.
"""

from collections.abc import Iterable
from itertools import combinations
from typing import Any

import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from jobs.forecasting.kinds import SIMPLE_MEMBERS
from jobs.forecasting.metrics import rmse

Array = NDArray[Any]

WEIGHTS = (0.0, 0.5, 1.0)
# A candidate has to have an RMSE this much lower than the equal mean, pooled, and no higher one in any of at least two folds.
# And there have to be this many forecasts to compare: on 25 sets 200 did better than 0, 100, 400 and 1,000.
CLEARLY, LEAST_FOLDS, LEAST_ROWS = 0.03, 2, 200
TOTAL = "prophet"


class Combination(BaseModel):
    """The equal mean of members, scaled to Prophet's total.

    weight: 0 leaves the mean as it is, 1 scales each period's sum over items to Prophet's forecast of it, 0.5 goes half the way.
    """

    model_config = ConfigDict(frozen=True)

    members: tuple[str, ...]
    weight: float = 0.0

    @property
    def needs(self) -> tuple[str, ...]:
        """The members that have to forecast for it."""
        return self.members if not self.weight or TOTAL in self.members else (*self.members, TOTAL)

    @property
    def text(self) -> str:
        """In words."""
        mean = self.members[0] if len(self.members) == 1 else f"the mean of {', '.join(self.members[:-1])} and {self.members[-1]}"
        return f"{mean}, scaled to Prophet's total by {self.weight:.0%}" if self.weight else mean

    def forecast(self, made: pl.DataFrame) -> Array:
        """Units per row of `made` (ds, and a column for each member that it needs; every item of a period)."""
        mean = made.select(pl.mean_horizontal(self.members)).to_series()
        if not self.weight:
            return mean.to_numpy()
        both = pl.DataFrame({"ds": made["ds"], "mean": mean, "total": made[TOTAL]})
        factor = pl.col("total").sum().over("ds") / pl.col("mean").sum().over("ds")
        scaled = pl.col("mean") * (1 + self.weight * (factor - 1))
        return both.select(pl.when(pl.col("mean") > 0).then(scaled).otherwise(0.0)).to_series().to_numpy()


class Choice(BaseModel):
    """What the gate decided.

    name: `ensemble`, or the one member that is used alone. combination: what is used. ensemble: the best mean of members, which
    stands beside them even where one is used alone. reason: what is used and why, for people.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    combination: Combination
    ensemble: Combination
    reason: str


def choose(backtest: pl.DataFrame, equal: tuple[str, ...], candidates: tuple[str, ...], *, scaled: bool = True) -> Choice:
    """The choice by RMSE, pooled over a backtest of y, cutoff, ds and one column per member.

    equal: members whose mean stands if nothing is clearly better. candidates: those that may be combined otherwise. scaled:
    whether a mean may be scaled to Prophet's total.
    """
    default = Combination(members=equal)
    pooled, by_fold = _errors(backtest, default)
    weights = WEIGHTS if scaled else WEIGHTS[:1]
    best, error, why = default, pooled, _why_default(backtest, tuple(_candidates(candidates, weights)), pooled, len(by_fold))
    enough = backtest.height >= LEAST_ROWS and len(by_fold) >= LEAST_FOLDS
    for candidate in _candidates(candidates, weights) if enough else ():
        found, in_folds = _errors(backtest, candidate)
        steady = all(a <= b for a, b in zip(in_folds, by_fold, strict=True))
        if steady and found < min(error, pooled * (1 - CLEARLY)):
            best, error = candidate, found
            why = f"its RMSE was {1 - error / pooled:.0%} lower than that of the equal mean of {' and '.join(equal)}"
    simple, least = _best_simple(backtest)
    if least < error:
        best, error = _broadest_mean(backtest, (*candidates, simple), simple, least)
        why = f"{simple} was better than the mean of {' and '.join(equal)}"
    alone = len(best.members) == 1 and not best.weight
    reason = f"{best.text}, since {why} (RMSE {error:.4g}; the best simple member, {simple}: {least:.4g})"
    name, ensemble = (best.members[0], default) if alone else ("ensemble", best)
    return Choice(name=name, combination=best, ensemble=ensemble, reason=reason)


def _why_default(backtest: pl.DataFrame, candidates: tuple[Combination, ...], pooled: float, folds: int) -> str:
    """Why the equal mean stands: nothing was clearly better, or what was ahead and what it lacked."""
    found = [(c, _errors(backtest, c)[0]) for c in candidates]
    ahead, error = min(found, key=lambda pair: pair[1], default=(None, pooled))
    if ahead is None or error >= pooled * (1 - CLEARLY):
        return "nothing else was clearly better"
    few = f"{backtest.height} forecasts are fewer than the {LEAST_ROWS} that can tell" if backtest.height < LEAST_ROWS else None
    few = few or ("one fold cannot tell" if folds < LEAST_FOLDS else "not in every fold")
    return f"{ahead.text} was ahead (RMSE {error:.4g}), but {few}"


def _candidates(members: tuple[str, ...], weights: tuple[float, ...]) -> Iterable[Combination]:
    names = tuple(dict.fromkeys(members))
    for size in range(1, len(names) + 1):
        for some in combinations(names, size):
            yield from (Combination(members=some, weight=weight) for weight in weights)


def _broadest_mean(backtest: pl.DataFrame, members: tuple[str, ...], simple: str, least: float) -> tuple[Combination, float]:
    """The mean of most members, `simple` among them, that is no worse than `simple` with its RMSE `least`; and the mean's RMSE.

    Most members and not the lowest RMSE, since of many means on few points the best one is the luckiest.
    """
    means = [(c, _errors(backtest, c)[0]) for c in _candidates(members, WEIGHTS[:1]) if simple in c.members]
    return min(((c, error) for c, error in means if error <= least), key=lambda found: (-len(found[0].members), found[1]))


def _best_simple(backtest: pl.DataFrame) -> tuple[str, float]:
    """The simple member with the lowest RMSE, and that."""
    errors = {name: _errors(backtest, Combination(members=(name,)))[0] for name in SIMPLE_MEMBERS if name in backtest.columns}
    name = min(errors, key=lambda simple: errors[simple])
    return name, errors[name]


def _errors(backtest: pl.DataFrame, candidate: Combination) -> tuple[float, list[float]]:
    """RMSE of a candidate, pooled and by fold, units."""
    made = backtest.select("cutoff", "y").with_columns(y_hat=pl.Series(candidate.forecast(backtest)))
    folds = [rmse(fold["y"].to_numpy(), fold["y_hat"].to_numpy()) for _, fold in made.group_by("cutoff", maintain_order=True)]
    return rmse(made["y"].to_numpy(), made["y_hat"].to_numpy()), folds
