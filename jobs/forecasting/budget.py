"""Which part of a purchase to make where the money does not suffice: the units that sell best for what they cost, first.

Each item's order is cut into steps: the smallest order that its supplier takes, then groups of packs. What a step is worth is
the margin of a unit times the units that it is expected to sell beyond those of the steps before. As expected sales are concave
in the stock, an item's steps are worth less and less for their money, so that taking the best of all steps again and again is
optimal but for the last step that does not fit: the greedy solution of the continuous knapsack (Dantzig, Operations Research 5,
1957). A step that does not fit is passed over, with those of its item that follow, and the money goes to the next best. Where
that leaves much of what parts of steps would earn, as where few large packs fit, the best whole steps near the border are found
by branch and bound.

Of steps that earn the same for their money, those come first that lengthen the shortest cover, so that an item that has run out
is not left empty beside one that is there.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from jobs.forecasting.inventory import CENT, expected_sales, round_up

Array = NDArray[Any]
# Steps of each item: few where there are many items; where there are few, most packs are a step of their own.
LEAST_STEPS, MOST_STEPS, ALL_STEPS = 24, 2_000, 200_000
# A step of what is empty counts for so much more than one of what is there for the whole time: it decides between equals.
EMPTY_FIRST = 1e-3
# Whole steps are searched for where those taken earn less than this part of what parts of steps would; so many round the border,
# in at most so many branches, to within this part of the best.
NEAR, CORE, BRANCHES, GAP = 0.995, 400, 2_000, 1e-4


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
    value = _values(orders, bounds)
    buyable = (np.diff(bounds, axis=1) > 0) & ~np.isnan(orders.unit_cost)[:, None]
    rate = np.minimum.accumulate(np.where(buyable, value / np.maximum(cost, 1.0), np.inf), axis=1)
    item, step = np.nonzero(buyable)
    best = np.lexsort((step, item, -rate[item, step]))
    item, step = item[best], step[best]
    taken = _take(item, cost[item, step], value[item, step], np.floor(budget * CENT + 1e-6))
    bought = np.zeros(len(bounds), dtype=int)
    np.maximum.at(bought, item[taken], step[taken] + 1)
    return np.asarray(bounds[np.arange(len(bounds)), bought])


def _values(orders: Orders, bounds: Array) -> Array:
    """What each step earns, money, shape (items, steps); a little more where the stock before it covers little of the demand."""
    stocks = orders.position[:, None] + bounds
    sold = np.stack([expected_sales(orders.demands, stock) for stock in stocks.T], axis=1)
    covered = np.clip(stocks[:, :-1] / np.maximum(orders.demands.mean(axis=1), 1e-9)[:, None], 0.0, 1.0)
    return np.asarray(np.diff(sold, axis=1) * orders.margin[:, None] * (1 + EMPTY_FIRST * (1 - covered)))


def _bounds(orders: Orders) -> Array:
    """Units bought after 0, 1, … steps: shape (items, steps + 1), from 0 to the whole quantity, never falling."""
    first = np.minimum(round_up(np.maximum(orders.minimum, orders.pack), orders.pack), orders.quantity)
    packs = int(((orders.quantity - first) / orders.pack).max(initial=0.0)) + 2
    steps = min(packs, MOST_STEPS, max(ALL_STEPS // max(len(first), 1), LEAST_STEPS))
    rest = (orders.quantity - first)[:, None] * np.arange(steps) / (steps - 1)
    more = round_up(rest, np.broadcast_to(orders.pack[:, None], rest.shape))
    later = np.minimum(first[:, None] + more, orders.quantity[:, None])
    return np.asarray(np.pad(np.rint(later * CENT) / CENT, ((0, 0), (1, 0))))


def _take(item: Array, cost: Array, value: Array, money: float) -> Array:
    """Which steps are taken, the best first: shape (steps,), bool. item, cost, value: shape (steps,). money: in the unit of cost.

    Steps of an item come in their order, and one is never taken without those before it.
    """
    affordable = np.cumsum(cost) <= money
    if affordable.all():
        return np.asarray(affordable)
    border = int(np.argmin(affordable))
    taken = _take_in_order(item, cost, money, border)
    left = money - float(cost[:border].sum())
    in_parts = float(value[:border].sum()) + float(value[border]) * left / float(cost[border])
    if float(value[taken].sum()) >= NEAR * in_parts:
        return taken
    core = slice(max(border - CORE // 2, 0), border + CORE // 2)
    other = taken.copy()
    other[core] = _take_whole(item[core], cost[core], value[core], money - float(cost[:core.start].sum()))
    other[core.stop:] = False
    return other if float(value[other].sum()) > float(value[taken].sum()) else taken


def _take_in_order(item: Array, cost: Array, money: float, border: int) -> Array:
    """The steps before `border`, and of those from there on each that still fits, if none of its item was passed over."""
    taken = np.arange(len(cost)) < border
    left = money - float(cost[:border].sum())
    cheapest = np.minimum.accumulate(cost[::-1])[::-1]
    passed: set[int] = set()
    for n in range(border, len(cost)):
        if cheapest[n] > left:
            break
        if cost[n] > left:
            passed.add(int(item[n]))
        elif int(item[n]) not in passed:
            taken[n] = True
            left -= float(cost[n])
    return taken


def _take_whole(item: Array, cost: Array, value: Array, money: float) -> Array:
    """The steps that are worth the most together for at most `money`, each with those of its item before it; bool."""
    order = np.argsort(item, kind="stable")
    follows = np.flatnonzero(item[order][1:] == item[order][:-1])
    rows = np.arange(len(follows))
    entries = np.concatenate([np.ones(len(follows)), -np.ones(len(follows))])
    places = np.concatenate([rows, rows]), np.concatenate([order[follows + 1], order[follows]])
    chain = LinearConstraint(csr_array((entries, places), shape=(len(follows), len(item))), ub=0.0)
    found = milp(-value, integrality=np.ones(len(item)), bounds=Bounds(0, 1),
                 constraints=[LinearConstraint(cost[None, :] / max(money, 1.0), ub=1.0), chain],
                 options={"mip_rel_gap": GAP, "node_limit": BRANCHES})
    taken = np.zeros(len(item), dtype=bool) if found.x is None else found.x > 0.5
    return taken if float(cost[taken].sum()) <= money else np.zeros(len(item), dtype=bool)
