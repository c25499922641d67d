"""How far the demand of one period, or summed over several, lies from its forecast: learned on the backtest's own sums.

Quantiles of single periods cannot be added: errors partly cancel and partly go on together. So the sums themselves are looked
at, of lengths from one period to the horizon, wherever they lie in a fold, pooled over items and folds.

- Intermittent counts: negative binomial round the forecast m, of size r = c m^0.75 / lumpiness (variance m + m²/r), c by
  maximum likelihood.
- Everything else: quantiles of the errors divided by m^0.75, as in split conformal prediction (Lei et al., J. American
  Statistical Association 113, 2018). 0.75 lies between counts of a fixed rate (0.5) and errors of a fixed share (1), and covers
  large and small items alike. Of few errors each counts with both signs, and a normal tail goes on from the outermost.

Beyond the horizon the last length's figures stand: errors then grow faster than independent ones, slower than one that stays.
"""

from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy.optimize import minimize_scalar
from scipy.stats import nbinom, norm

Array = NDArray[Any]

POWER = 0.75
# Probabilities of the quantiles kept: 0.005, 0.010, … 0.995. Beyond them a normal tail goes on from the last one.
PROBABILITIES = np.arange(1, 200) / 200
LENGTHS = 12
# Forecasts below this part of the middle item's mean sale scale as it does, so that a band never shrinks to nothing where sales
# are possible; not of the mean of all, which one item counted in grams beside a thousand counted in boxes would decide.
FLOOR = 0.01
# With fewer errors than this none lies beyond the ends of a 95 % band, which then could be no wider than one of 80 %.
FEW = 39
LEAST_MEAN = 1e-6
# A size beyond exp(8) is a Poisson distribution, one below exp(-8) a forecast that means nothing.
LOG_SIZES = (-8.0, 8.0)


class SumSpread(BaseModel):
    """Distribution of sums of demand round their forecasts.

    lengths: numbers of periods that were learned. log_sizes: log c of each length. quantiles: of each length's scaled errors, at
    0.005, 0.010, … 0.995. One of these two is empty. floor: units, forecasts below it scale as it does.
    """

    model_config = ConfigDict(frozen=True)

    method: Literal["negative_binomial", "scaled_errors"]
    lengths: tuple[int, ...]
    log_sizes: tuple[float, ...] = ()
    quantiles: tuple[tuple[float, ...], ...] = ()
    floor: float

    def quantile(
        self, mean: Array, periods: Array | float, p: Array | float, lumpiness: Array | float = 1.0,
    ) -> Array:
        """Units that demand stays at or below with probability p: shape (items,), >= 0, whole where demand is counted.

        mean: forecast of the sum, units, shape (items,), >= 0. periods: length of the sum in the model's periods, fractions
        allowed. p: between 0 and 1. lumpiness: how much more (counted) demand varies than that of an item like the others, see
        `lumpiness.py`. All three scalar or of shape (items,).
        """
        mean = np.asarray(mean, dtype=np.float64)
        lengths, chance = np.broadcast_to(np.asarray(periods), mean.shape), np.broadcast_to(np.asarray(p), mean.shape)
        if self.method == "negative_binomial":
            size = np.exp(np.interp(lengths, self.lengths, self.log_sizes)) * np.maximum(mean, LEAST_MEAN) ** POWER
            size = size / lumpiness
            return np.asarray(nbinom.ppf(chance, size, size / (size + np.maximum(mean, LEAST_MEAN))))
        scaled = self._scaled(lengths, chance)
        return np.asarray(np.maximum(mean + scaled * np.maximum(mean, self.floor) ** POWER, 0.0))

    def _scaled(self, lengths: Array, chance: Array) -> Array:
        """The scaled error at each item's length and probability, shape (items,), between the lengths that were learned."""
        first, last = PROBABILITIES[0], PROBABILITIES[-1]
        tail = np.where((chance < first) | (chance > last), np.abs(norm.ppf(chance) / norm.ppf(last)), 1.0)
        at = np.stack([np.interp(chance, PROBABILITIES, row) * tail for row in self.quantiles])
        known = np.asarray(self.lengths, dtype=np.float64)
        place = np.interp(lengths, known, np.arange(len(known)))
        low = np.floor(place).astype(int)
        high = np.minimum(low + 1, len(known) - 1)
        items = np.arange(len(place))
        return np.asarray(at[low, items] + (place - low) * (at[high, items] - at[low, items]))


def learn_sums(backtest: pl.DataFrame, member: str, *, counted: bool) -> SumSpread:
    """The spread of the sums in a backtest.

    backtest: unique_id, ds, cutoff, y, closed (nothing can be sold, and everybody knows), lumpiness (of the item, as it was at
    the cutoff) and a column `member` of forecasts; every item of a fold has all of its periods. counted: whether demand is
    intermittent and comes in whole units.
    """
    ordered = backtest.sort("cutoff", "unique_id", "ds")
    folds = [_Fold(fold, member) for _, fold in ordered.group_by("cutoff", maintain_order=True)]
    horizon = folds[0].y.shape[1] - 1
    lengths = tuple(int(n) for n in np.unique(np.round(np.geomspace(1, horizon, LENGTHS))))
    pairs = [_sums(folds, length) for length in lengths]
    sold = backtest.group_by("unique_id").agg(pl.col("y").mean()).filter(pl.col("y") > 0)["y"].median()
    floor = max(FLOOR * float(sold or 0.0), LEAST_MEAN)  # type: ignore[arg-type]  # polars types a median as any value
    if counted:
        return SumSpread(method="negative_binomial", lengths=lengths, floor=floor, log_sizes=tuple(_log_size(*p) for p in pairs))
    return SumSpread(method="scaled_errors", lengths=lengths, floor=floor,
                     quantiles=tuple(_quantiles(y, y_hat, floor) for y, y_hat, _ in pairs))


def learn_total(backtest: pl.DataFrame, member: str) -> SumSpread:
    """The spread of the sum over all items of a backtest (see learn_sums), learned from the few sums that the folds have."""
    sums = backtest.group_by("cutoff", "ds").agg(pl.col("y").sum(), pl.col(member).sum(), pl.col("closed").all())
    sums = sums.with_columns(unique_id=pl.lit(""), lumpiness=pl.lit(1.0))
    return learn_sums(sums, member, counted=False)


class _Fold:
    """Sales, forecasts and open periods of a fold, summed up from its start, shape (items, horizon + 1), 0 first; lumpiness."""

    def __init__(self, fold: pl.DataFrame, member: str) -> None:
        horizon = fold["ds"].n_unique()
        columns = (fold["y"], fold[member], (~fold["closed"]).cast(pl.Float64))
        self.y, self.y_hat, self.opened = (
            np.pad(np.cumsum(c.to_numpy().reshape(-1, horizon), axis=1), ((0, 0), (1, 0))) for c in columns)
        self.lumpiness = fold["lumpiness"].to_numpy().reshape(-1, horizon)[:, :1]

    def sums(self, length: int) -> tuple[Array, Array, Array]:
        """All sums of that many periods, sold and forecast, and their item's lumpiness, shape (sums,); open ones only."""
        y, y_hat, opened = (c[:, length:] - c[:, :-length] for c in (self.y, self.y_hat, self.opened))
        some = opened > 0
        return y[some], y_hat[some], np.broadcast_to(self.lumpiness, y.shape)[some]


def _sums(folds: list[_Fold], length: int) -> tuple[Array, Array, Array]:
    """The sums of all folds: sold, forecast, lumpiness, shape (sums,)."""
    y, y_hat, lumpiness = zip(*(fold.sums(length) for fold in folds), strict=True)
    return np.concatenate(y), np.concatenate(y_hat), np.concatenate(lumpiness)


def _quantiles(y: Array, y_hat: Array, floor: float) -> tuple[float, ...]:
    """The p(n + 1)-th smallest scaled error for each probability p, so that few sums give bands that are wide."""
    scaled = (y - y_hat) / np.maximum(y_hat, floor) ** POWER if y.size else np.zeros(1)
    scaled = np.concatenate([scaled, -scaled]) if scaled.size < FEW else scaled
    least = 1 / (scaled.size + 1)
    known = np.clip(PROBABILITIES, least, 1 - least)
    asked = norm.ppf(PROBABILITIES)
    beyond = np.divide(asked, norm.ppf(known), out=np.ones_like(asked), where=known != PROBABILITIES)
    found, middle = np.quantile(scaled, known, method="weibull"), np.median(scaled)
    # five digits are far more than a few thousand errors can tell, and half the file
    return tuple(float(f"{q:.5g}") for q in middle + beyond * (found - middle))


def _log_size(y: Array, y_hat: Array, lumpiness: Array) -> float:
    """log c of the size r = c m^0.75 / lumpiness that makes the sums likeliest."""
    if not y.size:
        return LOG_SIZES[1]
    units, mean = np.round(y), np.maximum(y_hat, LEAST_MEAN)
    base = mean**POWER / lumpiness

    def unlikelihood(log_c: float) -> float:
        size = np.exp(log_c) * base
        return -float(np.mean(nbinom.logpmf(units, size, size / (size + mean))))

    return float(minimize_scalar(unlikelihood, bounds=LOG_SIZES, method="bounded").x)
