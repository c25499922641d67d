"""How much to buy: order-up-to levels from the distribution of demand, and what of them is missing. Pure arithmetic on arrays.

Terms, and where they come from: Silver, Pyke & Thomas, Inventory and Production Management in Supply Chains (4th ed., 2017),
chapter 6 (periodic review, order-up-to level); Snyder & Shen, Fundamentals of Supply Chain Theory (2nd ed., 2019), chapter 4.

    L, R      lead time and review period; P = L + R, the protection interval: an order placed now has to last until the next one
              has arrived
    D_P       demand over P, of which E[D_P] is forecast
    p         cycle service level: the chance that no unit is missing in a cycle
    S         order-up-to level, the p-quantile of D_P
    SS        safety stock, S - E[D_P]; below 0 where a quantile is below the mean, as for items that hardly ever sell
    s         reorder point, the p-quantile of D_L
    IP        inventory position: on hand + on order - backorders (a negative number on hand)
    Q         max(0, S - IP); if above 0, at least the minimum order quantity, in whole packs

Units are counted in hundredths wherever sums are shown, so that they add up exactly.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
# quantile(mean, periods, p): units that demand over `periods` with that mean stays at or below with probability p; all (items,).
Quantile = Callable[[Array, Array, Array], Array]

LARGEST = 1e13  # units
CENT = 100
POINTS = 32


def protection_interval(lead_time_days: Array, review_period_days: float, days_per_period: float) -> Array:
    """P = L + R in the model's periods, shape (items,)."""
    return np.asarray((lead_time_days + review_period_days) / days_per_period)


def mean_over(means: Array, periods: Array, begin: float = 0.0) -> Array:
    """E[D] over the `periods` of the horizon after its first `begin`, shape (items,); part of a period counts in proportion.

    means: units, shape (items, horizon). periods: shape (items,), >= 0, with `begin` at most the horizon.
    """
    summed = np.pad(np.cumsum(means, axis=1), ((0, 0), (1, 0)))
    items = np.arange(len(means))

    def to(end: Array) -> Array:
        whole = np.minimum(np.floor(end).astype(int), means.shape[1] - 1)
        return np.asarray(summed[items, whole] + (end - whole) * means[items, whole])

    return to(begin + periods) - to(np.full(len(means), begin))


def level_of(quantile: Quantile, mean: Array, periods: Array, p: Array, unit: Array) -> Array:
    """The p-quantile of demand over `periods`, rounded up to a multiple of `unit`, shape (items,); 0 over no time at all.

    With P it is the order-up-to level S, with L the reorder point s.
    """
    found = np.where(periods > 0, quantile(mean, np.maximum(periods, 1e-9), p), 0.0)
    return round_up(np.clip(found, 0.0, LARGEST), unit)


def round_up(units: Array, step: Array) -> Array:
    """`units` up to the next multiple of `step`, in hundredths; both of shape (items,), step >= 0.01."""
    steps = np.ceil(np.rint(units * CENT) / np.rint(step * CENT))
    return np.asarray(steps * np.rint(step * CENT) / CENT)


def order_quantity(level: Array, position: Array, minimum: Array, pack: Array) -> Array:
    """Q, units, shape (items,): what is missing between position IP and level S, at least `minimum`, in whole packs.

    level, position: multiples of 0.01. minimum: 0 where there is none. pack: units in a pack, >= 0.01.
    """
    missing = np.rint((level - position) * CENT) / CENT
    return np.where(missing > 0, round_up(np.maximum(missing, minimum), pack), 0.0)


def shown(units: Array, unit: Array) -> Array:
    """`units` rounded as people see them, shape (items,): whole from 100 on, else with one decimal, two if sold in fractions."""
    whole = np.where(units >= 100, np.rint(units), np.rint(units * 10) / 10)
    return np.where(unit < 1, np.rint(units * CENT) / CENT, whole)


def outcomes(quantile: Quantile, mean: Array, periods: Array, points: int = POINTS) -> Array:
    """Equally likely demands over `periods`, shape (items, points): the quantiles at the middles of `points` equal parts."""
    middles = (np.arange(points) + 0.5) / points
    return np.stack([quantile(mean, periods, np.full_like(mean, p)) for p in middles], axis=1)


def expected_sales(demands: Array, stock: Array) -> Array:
    """E[min(D, stock)], units, shape (items,): concave in `stock`. demands: as `outcomes` gives. stock: shape (items,).

    Below 0 it is what is owed: the unit that settles a debt is sold for sure, as every unit that surely meets demand.
    """
    return np.asarray(np.minimum(demands, stock[:, None]).mean(axis=1))


def periods_of_stock(means: Array, position: Array, begin: float = 0.0) -> Array:
    """Periods after the first `begin` until the mean demand has used up `position`, shape (items,); 0 if there is none.

    NaN where that lies beyond the horizon.
    """
    summed = np.cumsum(means, axis=1)
    used = position + mean_over(means, np.full(len(means), begin))
    full = (summed < used[:, None]).sum(axis=1)
    within = np.minimum(full, means.shape[1] - 1)
    items = np.arange(len(means))
    before = summed[items, within] - means[items, within]
    part = (used - before) / np.maximum(means[items, within], 1e-12)
    return np.where(position <= 0, 0.0, np.where(full < means.shape[1], full + part - begin, np.nan))
