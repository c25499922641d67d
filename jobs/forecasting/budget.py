"""Which part of a purchase to make where the money does not suffice: the units that sell best for what they cost, first.

Each item's order is cut into steps: the smallest order that its supplier takes, then groups of packs. What a step is worth is
the margin of a unit times the units that it is expected to sell beyond those of the steps before. As expected sales are concave
in the stock, an item's steps are worth less and less for their money, so that taking the best of all steps again and again is
optimal but for the last step that does not fit: the greedy solution of the continuous knapsack (Dantzig, Operations Research 5,
1957). A step that does not fit is passed over, with those of its item that follow, and the money goes to the next best; the
value never falls as the budget grows, since what is passed over was worth more for its money than all that can replace it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jobs.forecasting.inventory import CENT, expected_sales, round_up

Array = NDArray[Any]
# Steps of each item: few where there are many items; where there are few, most packs are a step of their own.
LEAST_STEPS, MOST_STEPS, ALL_STEPS = 24, 2_000, 200_000


@dataclass(frozen=True, slots=True)
class Orders:
    """What would be bought without a budget; every array of shape (items,).

    quantity: units, whole packs. position: IP before it. minimum: smallest order, units. pack: units. unit_cost: > 0, money;
    NaN where unknown. margin: what one unit sold earns, money, >= 0. demands: shape (items, points), as `outcomes` gives.
    """

    quantity: Array
    position: Array
    minimum: Array
    pack: Array
    unit_cost: Array
    margin: Array
    demands: Array


def unit_margins(unit_price: Array, unit_cost: Array) -> Array:
    """What a unit sold earns, money, shape (items,): its price - cost where both are known and the price is above the cost.

    Elsewhere the same share of the cost as the median of the others; where no item has any, the cost, so that the budget goes to
    the units that are the surest to sell. 0 where the cost is unknown (NaN). NaN marks an unknown price, too.
    """
    known = unit_price > unit_cost
    rate = float(np.median(unit_price[known] / unit_cost[known] - 1)) if known.any() else 1.0
    return np.nan_to_num(np.where(known, unit_price - unit_cost, rate * unit_cost))


def spend(orders: Orders, budget: float) -> Array:
    """The quantities to buy for at most `budget` (money), shape (items,), each 0 or from the smallest order up, in whole packs.

    Items without a known cost get 0, as nobody knows what they would take from the budget.
    """
    bounds = _bounds(orders)
    cost = np.diff(np.rint(bounds * np.nan_to_num(orders.unit_cost)[:, None] * CENT), axis=1)
    value = np.diff(np.stack([expected_sales(orders.demands, orders.position + b) for b in bounds.T], axis=1), axis=1)
    value *= orders.margin[:, None]
    buyable = (np.diff(bounds, axis=1) > 0) & ~np.isnan(orders.unit_cost)[:, None]
    rate = np.minimum.accumulate(np.where(buyable, value / np.maximum(cost, 1.0), np.inf), axis=1)
    item, step = np.nonzero(buyable)
    best = np.lexsort((step, item, -rate[item, step]))
    item, step, cost = item[best], step[best], cost[item, step][best]
    taken = _take(item, cost, np.floor(budget * CENT + 1e-6))
    bought = np.zeros(len(bounds), dtype=int)
    np.maximum.at(bought, item[taken], step[taken] + 1)
    return np.asarray(bounds[np.arange(len(bounds)), bought])


def _bounds(orders: Orders) -> Array:
    """Units bought after 0, 1, … steps: shape (items, steps + 1), from 0 to the whole quantity, never falling."""
    first = np.minimum(round_up(np.maximum(orders.minimum, orders.pack), orders.pack), orders.quantity)
    packs = int(((orders.quantity - first) / orders.pack).max(initial=0.0)) + 2
    steps = min(packs, MOST_STEPS, max(ALL_STEPS // max(len(first), 1), LEAST_STEPS))
    rest = (orders.quantity - first)[:, None] * np.arange(steps) / (steps - 1)
    more = round_up(rest, np.broadcast_to(orders.pack[:, None], rest.shape))
    later = np.minimum(first[:, None] + more, orders.quantity[:, None])
    return np.asarray(np.pad(np.rint(later * CENT) / CENT, ((0, 0), (1, 0))))


def _take(item: Array, cost: Array, money: float) -> Array:
    """Which steps are taken, the best first: shape (steps,), bool. item, cost: shape (steps,). money: in the unit of cost."""
    affordable = np.cumsum(cost) <= money
    taken = np.array(affordable)
    fitting = int(np.argmin(affordable)) if not affordable.all() else len(cost)
    left = money - float(cost[:fitting].sum())
    cheapest = np.minimum.accumulate(cost[::-1])[::-1] if len(cost) else cost
    taken[fitting:] = False
    passed: set[int] = set()
    for n in range(fitting, len(cost)):
        if cheapest[n] > left:
            break
        if cost[n] > left:
            passed.add(int(item[n]))
        elif int(item[n]) not in passed:
            taken[n] = True
            left -= float(cost[n])
    return taken
