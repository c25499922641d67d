"""Whether intervals hold what they say, for single periods and for sums over several."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from jobs.forecasting.sums import SumSpread

Array = NDArray[Any]
GRID = np.arange(1, 400) / 400


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over the first `length` periods of a fold: randomised PIT values, and whether each stayed at or below quantiles."""

    length: int
    pit: Array
    below: dict[int, Array]


def sums_of(rows: pl.DataFrame, column: str, spread: SumSpread, lengths: tuple[int, ...], lumpiness: Array) -> list[Sums]:
    """The sums of one fold: y and `column` by unique_id and ds, all items with the same periods."""
    horizon = rows["ds"].n_unique()
    y, mean = (rows[name].to_numpy().reshape(-1, horizon) for name in ("y", column))
    found = []
    for length in lengths:
        sums, means = y[:, :length].sum(axis=1), mean[:, :length].sum(axis=1)
        below = {level: sums <= spread.quantile(means, length, level / 100, lumpiness) for level in (80, 95)}
        found.append(Sums(length, randomised_pit(sums, means, length, spread, lumpiness), below))
    return found


def randomised_pit(sums: Array, means: Array, length: int, spread: SumSpread, lumpiness: Array) -> Array:
    """A uniform draw between P(sum < seen) and P(sum <= seen), shape (items,), from quantiles on a grid of 1/400.

    Source: Czado, Gneiting & Held, Biometrics 65 (2009).
    """
    at_most, less = np.zeros(len(sums)), np.zeros(len(sums))
    for p in GRID:
        quantile = spread.quantile(means, length, float(p), lumpiness)
        at_most, less = np.where(quantile <= sums, p, at_most), np.where(quantile < sums, p, less)
    step = GRID[0]
    chance = np.random.default_rng(0).random(len(sums))
    return np.asarray(less + chance * np.minimum(at_most + step, 1.0) - chance * less)


def calibration_of(table: pl.DataFrame, sums: list[Sums]) -> dict[str, float]:
    """Coverage and pinball losses on the periods that are not closed, and how far the sums' PIT is from uniform.

    table: y, closed, lo-80 and so on. Pinball losses are twice the mean loss over the mean of y. `PIT n` is the largest
    distance between the PIT's distribution and the uniform one (Kolmogorov-Smirnov).
    """
    opened = table.filter(~pl.col("closed"))
    y = opened["y"].to_numpy()
    found = {}
    for level in (80, 95):
        lower, upper = (opened[f"{end}-{level}"].to_numpy() for end in ("lo", "hi"))
        found[f"coverage {level}"] = float(np.mean((y >= lower) & (y <= upper)))
        p = (100 + level) / 200
        found[f"P(y<=q{100 * p:g})"] = float(np.mean(y <= upper))
        loss = np.maximum(p * (y - upper), (p - 1) * (y - upper))
        found[f"pinball {p:g}".replace("0.", ".")] = float(2 * np.mean(loss) / np.mean(y))
    for length in sorted({s.length for s in sums}):
        same = [s for s in sums if s.length == length]
        pit = np.sort(np.concatenate([s.pit for s in same]))
        found[f"PIT {length}"] = float(np.max(np.abs(pit - (np.arange(len(pit)) + 0.5) / len(pit))))
        for level in (80, 95):
            found[f"P(sum {length}<=q{level})"] = float(np.mean(np.concatenate([s.below[level] for s in same])))
    return found
