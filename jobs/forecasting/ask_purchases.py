"""What to buy and what it costs: the buy list for the time that a question asks about."""

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from jobs.context import Dataset
from jobs.errors import InputError
from jobs.forecasting.ask_book import DAY, Book, Lack, Note, farthest
from jobs.forecasting.asked import Answer, Asked
from jobs.forecasting.buy_list import BuyList, BuyTerms, make_buy_list
from jobs.forecasting.list_totals import emptied_by_budget
from jobs.forecasting.question_calendar import Span, unit_span
from jobs.periods import next_periods

TOLD, BUY_ROWS = 10, 1000


@dataclass(frozen=True, slots=True)
class Bought:
    """A buy list, the stock that it counts, the period asked for, and the days that the purchase has to cover."""

    made: BuyList
    stock: Dataset | None
    span: Span
    covers: Span


def buy_for(book: Book, asked: Asked, span: Span) -> Bought | Lack:
    """The buy list for `span`; what is missing if there is none."""
    if book.sold is None and book.card is None:
        return Lack("no_sales", {})
    if book.found is None or book.card is None:
        return Lack("no_model", {"model": book.model})
    if span.end < asked.today:
        return Lack("past_purchase", {"span": span})
    if book.card.regressors and book.future is None:
        return Lack("regressors", {"regressors": ", ".join(book.card.regressors)})
    stock = book.stock(asked.stock)
    covers = _covers(book, asked, span, stocked=stock is not None)
    last = farthest(book.card)
    if covers.end > last:
        return Lack("too_far", {"last": last})
    u = asked.reading.understood
    terms = BuyTerms(
        budget=u.budget if asked.reading.intent == "purchase_list" else None, covers=covers,
        only=frozenset(u.items) if u.items else None, language="es" if asked.language == "es" else "en",
        absent_count=asked.reading.intent != "stockout_risk")
    try:
        made = make_buy_list(book.ctx, book.found, stock, terms, future=book.future)
    except InputError:
        if not book.card.regressors:
            raise
        return Lack("future_short", {"regressors": ", ".join(book.card.regressors), "last": covers.end, "future": book.future})
    return Bought(made, stock, span, covers)


def _covers(book: Book, asked: Asked, span: Span, *, stocked: bool) -> Span:
    """The days that the purchase is for.

    What is on hand is used up from now on, so with a stock file they begin at the first day without sales, today at the earliest;
    without one they are the period itself. A period that the sales cover already moves behind them.
    """
    assert book.card is not None
    first = max(next_periods(book.card.last_period, book.card.frequency, 1)[0], asked.today)
    now = max(first, book.sold.last + DAY) if book.sold else first
    begin = now if stocked else max(now, span.start)
    return Span(begin, max(span.end, begin + (span.end - asked.today)) if span.end < begin else span.end)


def purchase(book: Book, asked: Asked) -> Answer:
    """What to buy and what it costs, the most urgent first; also what `investment_total` is the sum of."""
    given = buy_for(book, asked, asked.span or unit_span(asked.today, "month", 1))
    if isinstance(given, Lack):
        return Answer(facts={"span": asked.span}, lacks=(given,))
    bought, u = given.made, asked.reading.understood
    cut = asked.reading.intent == "purchase_list" and u.budget is not None
    table = asked.of_items(bought.table)
    lines = table.filter(pl.col("quantity") > 0)
    listed = lines.head(u.limit) if u.limit and asked.reading.intent == "purchase_list" else lines
    needs = asked.of_items(bought.needs).filter(pl.col("wanted") > 0)
    left = needs.join(lines.select("item", "quantity", "investment"), on="item", how="left").with_columns(
        pl.col("quantity", "investment").fill_null(0.0)).filter(pl.col("quantity") < pl.col("wanted"))
    bare = emptied_by_budget(table) if cut else []
    left_cost = float((left["wanted_cost"] - left["investment"]).sum())
    costless = int(needs["wanted_cost"].is_null().sum())
    priced = costless < needs.height or not needs.height
    total = float(listed["investment"].sum())
    needed = table.join(needs, on="item", how="semi")
    leads = (lines if lines.height else needed if needed.height else table)["lead_time_days"].unique().to_list()
    left_leads = table.join(left, on="item", how="semi")["lead_time_days"].unique().to_list()
    data = {
        "start": given.span.start, "end": given.span.end, "covers_from": given.covers.start, "covers_to": given.covers.end,
        "review_period_days": float(given.covers.days), "recommendations": listed.head(BUY_ROWS).to_dicts(),
        "items_recommended": listed.height, "quantity_total": float(listed["quantity"].sum()),
        "investment_total": total if priced else None, "items_without_cost": costless, "budget": u.budget,
        "items_left_out": left.height, "investment_left_out": left_cost if priced else None,
        "stock": given.stock.id if given.stock else None, "future": book.future if bought.card.regressors else None,
        "assumptions": list(bought.assumptions), "model": book.model, "version": book.found.version if book.found else None}
    facts = {"span": given.span, "covers": given.covers, "chosen": asked.span is None, "rows": listed.head(TOLD).to_dicts(),
             "count": listed.height, "more": lines.height - listed.height, "total": total, "costless": costless,
             "wanted": needs.height, "wanted_cost": float(needs["wanted_cost"].sum()), "left": left.height - costless,
             "left_cost": left_cost, "budget": u.budget, "stock": data["stock"], "leads": leads, "left_leads": left_leads,
             "cut": cut, "bare": bare}
    lacks = () if priced or cut else (Lack("no_cost", {}),)
    return Answer(data, facts, table, lacks, (*known_notes(book, asked), *stock_notes(bought)))


def stock_notes(made: BuyList) -> tuple[Note, ...]:
    """That codes of the stock are none of the articles', so that what is there of them does not count."""
    if made.strange is None:
        return ()
    facts = {"n": made.strange.strange, "all": made.strange.total}
    if not made.strange.alike:
        return (Note("strange_codes", facts),)
    code, article = made.strange.alike[0]
    return (Note("alike_codes", facts | {"alike": len(made.strange.alike), "code": code, "article": article}),)


def known_notes(book: Book, asked: Asked) -> tuple[Note, ...]:
    """What the sales and the model do not know yet, where the days to come are asked about."""
    made: list[Note] = []
    if book.sold is not None and (asked.today - book.sold.last).days > book.old_after:
        made.append(Note("old_sales", {"last": book.sold.last}))
    learned = book.learned
    if book.sold is not None and book.card is not None and learned is not None and learned < book.sold.last:
        following = next_periods(book.card.last_period, book.card.frequency, 2)
        if book.sold.last >= following[1] - timedelta(days=1):
            made.append(Note("old_model", {"learned": learned, "last": book.sold.last}))
    if book.card is not None and book.card.regressors and book.future:
        made.append(Note("with_future", {"regressors": ", ".join(book.card.regressors), "future": book.future}))
    return tuple(made)
