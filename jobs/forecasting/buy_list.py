"""The buy list of a model: what to order of each item, from the forecast, the stock and the terms of buying."""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from jobs.context import Dataset, JobContext, ModelVersion
from jobs.forecasting import inventory
from jobs.forecasting.budget import Orders, spend, unit_margins
from jobs.forecasting.buy_words import Language, Line, Words, words_in
from jobs.forecasting.item_classes import DAYS_PER_PERIOD, Basis, ItemFacts, abc, confidence, learn_facts, xyz, yearly_value
from jobs.forecasting.lumpiness import lumpiness
from jobs.forecasting.package import Card, read_card, read_unknown
from jobs.forecasting.predict import forecast_means
from jobs.forecasting.purchase_terms import PurchaseTerms, last_known, purchase_terms
from jobs.forecasting.question_calendar import Span
from jobs.forecasting.stock_codes import StrangeCodes
from jobs.forecasting.sums import SumSpread
from jobs.periods import next_periods, periods_between

Array = NDArray[Any]
DAYS_PER_MONTH = 30.4
# Exceptions, the most urgent first; the list is sorted by them.
EXCEPTIONS = ("stockout", "no_cost", "unknown", "new", "overstock", "dead")
# Overstock: more than this many times the order-up-to level, than this many times the forecast over the protection interval, and
# than one smallest order above the level, which an order that is rounded up may leave.
OVER_LEVEL, OVER_FORECAST = 2.0, 3.0


@dataclass(frozen=True, slots=True)
class BuyTerms:
    """What the buyer wants. cycle_service_level and lead_time_days hold where the stock table has none for an item.

    review_period_days: until the next purchase. budget: money, None for no limit. covers: the days that the purchase is for, the
    lead time comes after them; None: review_period_days from the first day after the sales that the model was trained from.
    only: the items that may be bought, None for all. absent_count: whether who reads the list counts what is not in the stock
    table as 0, as its sums do, or leaves it out as not known; the assumptions say which.
    """

    review_period_days: float = DAYS_PER_MONTH
    lead_time_days: float = 7.0
    cycle_service_level: float = 0.95
    budget: float | None = None
    language: Language = "en"
    covers: Span | None = None
    only: frozenset[str] | None = None
    absent_count: bool = True


@dataclass(frozen=True, slots=True)
class BuyList:
    """table: one row for every item of the model, the most urgent first; its columns are those of `Recommendation` in kinds.py,
    with `exceptions` as a list of text. starts: first day of the demand that it is for. assumptions: sentences. basis: what its
    ABC classes count. needs: item; wanted, units to buy if money were no matter, and wanted_cost; short, units that are expected
    to be asked for before the next purchase and are neither there nor on order, and lost, what they would sell for. Money is
    null where it is not known. strange: what codes of the stock no item has, where that is no matter of a few.
    """

    table: pl.DataFrame
    card: Card
    starts: date
    assumptions: tuple[str, ...]
    basis: Basis
    needs: pl.DataFrame
    strange: StrangeCodes | None


@dataclass(frozen=True, slots=True)
class _Demand:
    """How demand varies round its forecast, and the part of it that counts. lumpiness: shape (items,).

    begin: periods of the forecast before the days that count. review: periods until the next purchase.
    """

    spread: SumSpread
    lumpiness: Array
    days_per_period: float
    begin: float
    review: float


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the arithmetic gives, every array of shape (items,), units (see inventory.py)."""

    forecast: Array
    level: Array
    reorder_point: Array
    wanted: Array
    buyable: Array
    quantity: Array
    short: Array
    runs_out: Array
    days_of_stock: Array


def make_buy_list(
    ctx: JobContext, found: ModelVersion, stock: Dataset | None, terms: BuyTerms, *, future: str | None = None,
) -> BuyList:
    """What to buy of every item of a model's version.

    stock: the stock data set (`find_stock` gives a company's last one); None counts every item as 0 on hand. future: id of the
    regressors to come, for a model that was trained with some. Raises InputError for a version that is no forecasting model, and
    where `future` is needed and not given or not whole; JobStopped's kinds.
    """
    card, words = read_card(found), words_in(terms.language)
    history = pl.read_parquet(found.files["history.parquet"])
    facts = learn_facts(history, card.frequency, read_unknown(found))
    known = last_known(ctx, card)
    item_terms = purchase_terms(facts, stock, known, terms.lead_time_days, terms.cycle_service_level)
    days = DAYS_PER_PERIOD[card.frequency]
    begin, review = _window(terms, card)
    protected = inventory.protection_interval(item_terms.lead_time_days, review * days, days)
    horizon = max(1, math.ceil(begin + float(protected.max())))
    made = forecast_means(found, card, history, horizon, ctx, asked=facts.items, future=future)
    means = made["mean"].to_numpy().reshape(len(facts.items), horizon)
    plan = _plan(means, protected, item_terms, facts, terms, _Demand(card.sums, lumpiness(history), days, begin, review))
    exceptions = _exceptions(plan, item_terms, facts)
    table = _table(plan, item_terms, facts, exceptions, words, terms, card)
    starts = _first_day(terms, card)
    assumed = words.assumptions(item_terms, starts, terms.lead_time_days, terms.cycle_service_level,
                                last=terms.covers.end if terms.covers else None, absent_count=terms.absent_count)
    _, basis = yearly_value(facts.year_units, item_terms.unit_cost, item_terms.unit_price)
    return BuyList(table, card, starts, assumed, basis, _needs(plan, item_terms, facts), item_terms.strange)


def _first_day(terms: BuyTerms, card: Card) -> date:
    """The first day that counts: of the forecast, or after it the first day without sales of a period that is not over."""
    first = next_periods(card.last_period, card.frequency, 1)[0]
    if terms.covers:
        return max(first, terms.covers.start)
    return max(first, card.sold_until + timedelta(days=1)) if card.sold_until else first


def _window(terms: BuyTerms, card: Card) -> tuple[float, float]:
    """The periods between the first day of the forecast and the first that counts, and those that are to be covered."""
    first = next_periods(card.last_period, card.frequency, 1)[0]
    begin = periods_between(first, _first_day(terms, card), card.frequency)
    if terms.covers is None:
        return begin, terms.review_period_days / DAYS_PER_PERIOD[card.frequency]
    return begin, max(periods_between(first, terms.covers.end + timedelta(days=1), card.frequency) - begin, 0.0)


def _needs(plan: _Plan, item: PurchaseTerms, facts: ItemFacts) -> pl.DataFrame:
    """What would be bought and what would be lost, as `BuyList.needs`."""
    columns = {"item": facts.items, "wanted": plan.buyable, "wanted_cost": plan.buyable * item.unit_cost, "short": plan.short,
               "lost": plan.short * item.unit_price}
    return pl.DataFrame(columns).with_columns(pl.selectors.float().fill_nan(None))


def to_act_on(table: pl.DataFrame) -> pl.DataFrame:
    """The rows of a buy list that buy something or are an exception, but for dead items of which nothing is there."""
    gone = pl.col("exceptions").list.contains("dead") & (pl.col("on_hand") == 0) & (pl.col("on_order") == 0)
    return table.filter((pl.col("quantity") > 0) | (pl.col("exceptions").list.len() > 0) & ~gone)


def _plan(
    means: Array, protected: Array, item: PurchaseTerms, facts: ItemFacts, terms: BuyTerms, demand: _Demand,
) -> _Plan:
    quantile = partial(demand.spread.quantile, lumpiness=demand.lumpiness)
    expected = inventory.mean_over(means, protected, demand.begin)
    level = inventory.level_of(quantile, expected, protected, item.cycle_service_level, item.unit)
    lead = item.lead_time_days / demand.days_per_period
    meanwhile = inventory.mean_over(means, lead, demand.begin)
    reorder_point = inventory.level_of(quantile, meanwhile, lead, item.cycle_service_level, item.unit)
    likely = inventory.level_of(quantile, meanwhile, lead, np.full_like(lead, 0.5), item.unit)
    position = item.on_hand + item.on_order
    wanted = inventory.order_quantity(level, position, item.minimum, item.pack)
    allowed = ~facts.dead & (facts.items.is_in(sorted(terms.only)).to_numpy() if terms.only is not None else True)
    buyable = np.where(allowed, wanted, 0.0)
    quantity = buyable
    if terms.budget is not None:
        some = np.flatnonzero(buyable > 0)
        theirs = partial(demand.spread.quantile, lumpiness=demand.lumpiness[some])
        orders = Orders(
            quantity=buyable[some], position=position[some], minimum=item.minimum[some], pack=item.pack[some],
            unit_cost=item.unit_cost[some], margin=unit_margins(item.unit_price, item.unit_cost)[some],
            demands=inventory.outcomes(theirs, expected[some], protected[some]))
        quantity = np.zeros_like(buyable)
        quantity[some] = spend(orders, terms.budget)
    runs_out = (likely > position) & item.stock_known & ~facts.dead
    asked_for = inventory.mean_over(means, np.full_like(lead, demand.review), demand.begin)
    days_of_stock = inventory.periods_of_stock(means, position, demand.begin) * demand.days_per_period
    return _Plan(inventory.shown(expected, item.unit), level, reorder_point, wanted, buyable, quantity,
                 np.where(facts.dead, 0.0, np.maximum(asked_for - position, 0.0)), runs_out,
                 np.where(item.stock_known, days_of_stock, np.nan))


def _exceptions(plan: _Plan, item: PurchaseTerms, facts: ItemFacts) -> dict[str, Array]:
    """Whether each item is one, by name, shape (items,)."""
    position = item.on_hand + item.on_order
    over = ((position > OVER_LEVEL * plan.level) & (position > OVER_FORECAST * plan.forecast)
            & (position > plan.level + np.maximum(item.pack, item.minimum)))
    priceless = np.isnan(item.unit_cost) & bool(np.isfinite(item.unit_cost).any())
    return {"stockout": plan.runs_out, "no_cost": priceless & ~facts.dead, "unknown": facts.unknown, "new": facts.new,
            "overstock": over & ~facts.dead, "dead": facts.dead}


def _table(
    plan: _Plan, item: PurchaseTerms, facts: ItemFacts, exceptions: dict[str, Array], words: Words, terms: BuyTerms, card: Card,
) -> pl.DataFrame:
    value, _ = yearly_value(facts.year_units, item.unit_cost, item.unit_price)
    by_value, by_variation = abc(value), xyz(facts.variation)
    investment = np.rint(plan.quantity * np.nan_to_num(item.unit_cost) * inventory.CENT) / inventory.CENT
    safety = np.rint((plan.level - plan.forecast) * inventory.CENT) / inventory.CENT
    costless = np.isnan(item.unit_cost) & (terms.budget is not None)
    lines = zip(plan.forecast, safety, item.on_hand, item.on_order, plan.wanted, plan.quantity, item.minimum, item.pack,
                item.unit, facts.dead, facts.last_sale, costless, facts.unknown, facts.last_known, strict=True)
    marked = np.stack([exceptions[name] for name in EXCEPTIONS], axis=1)
    columns = {
        "item": facts.items, "item_name": item.names, "quantity": plan.quantity, "unit_cost": item.unit_cost,
        "investment": investment, "forecast": plan.forecast, "safety_stock": safety, "on_hand": item.on_hand,
        "on_order": item.on_order, "reorder_point": plan.reorder_point, "reason": [words.reason(Line(*line)) for line in lines],
        "order_up_to_level": plan.level, "supplier": item.suppliers, "category": item.categories,
        "class": [a + x for a, x in zip(by_value, by_variation, strict=True)],
        "confidence": confidence(facts, card.frequency), "lead_time_days": item.lead_time_days,
        "service_level": item.cycle_service_level, "minimum_order_quantity": item.minimum, "pack_size": item.pack,
        "days_of_stock": np.rint(plan.days_of_stock * 10) / 10,
        "exceptions": [[name for name, yes in zip(EXCEPTIONS, row, strict=True) if yes] for row in marked],
    }
    table = pl.DataFrame(columns, schema_overrides={"exceptions": pl.List(pl.String)})
    urgency = np.where(marked.any(axis=1), marked.argmax(axis=1), len(EXCEPTIONS))
    return (table.with_columns(pl.selectors.float().fill_nan(None))
            .with_columns(urgency=urgency, idle=plan.quantity == 0, value=value)
            .sort("urgency", "idle", "investment", "value", "item", descending=[False, False, True, True, False])
            .drop("urgency", "idle", "value"))
