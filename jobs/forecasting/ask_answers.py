"""The numbers that answer each kind of question, from a book of sales and forecasts; or what is missing for it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import polars as pl

from jobs.forecasting.ask_book import DAY, Amounts, Book, Lack, amounts
from jobs.forecasting.ask_kinds import Intent
from jobs.forecasting.buy_list import DAYS_PER_MONTH, BuyList, BuyTerms, make_buy_list
from jobs.forecasting.purchase_terms import find_stock
from jobs.forecasting.question import Reading
from jobs.forecasting.question_calendar import Span, before, elapsed_end, unit_span
from jobs.periods import next_periods, period_end, period_start

ROWS, BUY_ROWS = 200, 1000
RANKED = 10
LEVEL = 80


@dataclass(frozen=True)
class Answer:
    """data: for the result. facts: what the sentences need. table: all rows, as a CSV artifact. lacks: what is missing."""

    data: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    table: pl.DataFrame | None = None
    lacks: tuple[Lack, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was read, on the day `today`; `stock` is the id of a data set or None."""

    reading: Reading
    today: date
    stock: str | None
    language: str

    @property
    def span(self) -> Span | None:
        """The period asked for, if one was."""
        u = self.reading.understood
        return Span(u.start, u.end) if u.start and u.end else None

    @property
    def other(self) -> Span | None:
        """The other period of a comparison, if it was said."""
        u = self.reading.understood
        return Span(u.compare_start, u.compare_end) if u.compare_start and u.compare_end else None


def answer(book: Book, asked: Asked) -> Answer:
    """The answer to what was asked. Raises what loading and forecasting raise, and JobStopped's kinds."""
    reading = asked.reading
    if reading.intent == "unknown":
        return Answer()
    lacks = _unsure(reading)
    if lacks:
        return Answer(lacks=lacks)
    return _ANSWERS[reading.intent](book, asked)


def _unsure(reading: Reading) -> tuple[Lack, ...]:
    """What has to be asked back before anything is answered."""
    found: list[Lack] = []
    if reading.unclear:
        found.append(Lack("unclear", {"words": ", ".join(reading.unclear)}))
    if reading.mentions.candidates:
        found.append(Lack("which", {"words": reading.mentions.candidates[0].asked}))
    elif reading.mentions.unknown and reading.intent not in ("top_sellers", "worst_sellers"):
        found.append(Lack("unknown_item", {"words": ", ".join(reading.mentions.unknown)}))
    return tuple(found)


def _usual_span(book: Book, asked: Asked, *, ranking: bool) -> Span:
    """Where no time was said: next month; for the past the last month, or for rankings the last twelve, that the data cover."""
    if not asked.reading.past:
        return unit_span(asked.today, "month", 1)
    if book.sold is None:
        return unit_span(asked.today, "month", -1)
    after = min(asked.today, book.sold.last + DAY)
    if book.sold.sums == "quarter":
        last = unit_span(after, "quarter", -1)
        return Span(max(unit_span(after, "quarter", -4).start, book.sold.first), last.end) if ranking else last
    last = unit_span(after, "month", -1)
    first = max(unit_span(after, "month", -12).start if ranking else last.start, book.sold.first)
    return Span(first, max(first, last.end)) if book.sold.sums != "week" else _whole_weeks(Span(first, max(first, last.end)))


def _whole_weeks(span: Span) -> Span:
    first = unit_span(span.start, "week")
    first = first if first.start == span.start else unit_span(span.start, "week", 1)
    last = unit_span(span.end, "week")
    return Span(first.start, max(first.end, last.end if last.end == span.end else last.start - DAY))


def _asked_part(book: Book, asked: Asked, span: Span) -> Span:
    """The days that count: those that are over and known, for a question about what has happened in a time that is going on."""
    until = min(span.end, asked.today, book.sold.last) if book.sold else span.end
    return Span(span.start, until) if asked.reading.done and span.start <= until < span.end else span


def _demand(book: Book, asked: Asked) -> Answer:
    span = asked.span or _usual_span(book, asked, ranking=False)
    made = amounts(book, _asked_part(book, asked, span), asked.reading.understood.items)
    if isinstance(made, Lack):
        return Answer(facts={"span": span}, lacks=(made,))
    table = _named(book, made.table)
    total = _totals(made)
    band = _band(book, made)
    data = {"start": span.start, "end": span.end, **total, "items": _rows(table, asked), **_sources(book, made), **band}
    facts = {"span": span, "made": made, "chosen": asked.span is None, **total, **band}
    return Answer(data, facts, table)


def _band(book: Book, made: Amounts) -> dict[str, float]:
    """The interval of one article's demand: what was sold, plus the quantiles of the forecast's sum."""
    if made.table.height != 1 or made.ahead is None or book.card is None:
        return {}
    mean = made.table["forecast"].to_numpy()
    periods = _periods(book, made.ahead)
    ends = [(1 - LEVEL / 100) / 2, (1 + LEVEL / 100) / 2]
    low, high = (float(book.card.sums.quantile(mean, periods, p)[0]) + float(made.table["sold"][0]) for p in ends)
    middle = float(made.table["units"][0])
    return {f"lo-{LEVEL}": min(low, middle), f"hi-{LEVEL}": max(high, middle)}


def _periods(book: Book, ahead: Span) -> float:
    """The length of a span in the model's periods."""
    assert book.card is not None
    starts = next_periods(book.card.last_period, book.card.frequency, 1)
    return max(ahead.days / ((period_end(starts[0], book.card.frequency) - starts[0]).days + 1), 0.01)


def _totals(made: Amounts) -> dict[str, float | None]:
    table = made.table
    revenue = float(table["revenue"].sum()) if table["revenue"].is_not_null().any() else None
    return {"units": float(table["units"].sum()), "sold": float(table["sold"].sum()), "forecast": float(table["forecast"].sum()),
            "revenue": revenue}


def _sources(book: Book, made: Amounts) -> dict[str, Any]:
    """Where the numbers come from, for the result."""
    return {
        "sold_from": made.known.start if made.known else None, "sold_to": made.known.end if made.known else None,
        "forecast_from": made.ahead.start if made.ahead else None, "forecast_to": made.ahead.end if made.ahead else None,
        "dataset": book.dataset.id if book.dataset else None,
        "model": book.model if made.ahead else None, "version": book.found.version if made.ahead and book.found else None}


def _named(book: Book, table: pl.DataFrame) -> pl.DataFrame:
    names = {a.code: a.name for a in book.catalog.articles}
    item_name = pl.Series("item_name", [names.get(code) for code in table["item"]], dtype=pl.String)
    return table.with_columns(item_name).select("item", "item_name", *table.columns[1:])


def _names(book: Book, asked: Asked) -> list[str]:
    names = {a.code: a.name for a in book.catalog.articles}
    return [names.get(code) or code for code in asked.reading.understood.items]


def _rows(table: pl.DataFrame, asked: Asked) -> list[dict[str, Any]]:
    most = asked.reading.understood.limit or ROWS
    return table.sort("units", "item", descending=[True, False]).head(min(most, ROWS)).to_dicts()


def _ranking(book: Book, asked: Asked) -> Answer:
    """The best or the worst sellers. The worst include what did not sell at all, the best do not."""
    worst = asked.reading.intent == "worst_sellers"
    span = asked.span or _usual_span(book, asked, ranking=True)
    made = amounts(book, _asked_part(book, asked, span), asked.reading.understood.items)
    if isinstance(made, Lack):
        return Answer(facts={"span": span}, lacks=(made,))
    table = _within(_named(book, made.table), asked)
    table = table if worst else table.filter(pl.col("units") > 0)
    table = table.sort("units", "item", descending=[not worst, False])
    limit = min(asked.reading.understood.limit or RANKED, ROWS)
    shown = table.head(limit)
    unsold = int((table["units"] <= 0).sum())
    data = {"start": span.start, "end": span.end, "items": shown.to_dicts(), "articles": table.height, "unsold": unsold,
            **_threshold(asked), **_sources(book, made)}
    facts = {"span": span, "made": made, "chosen": asked.span is None, "rows": shown.to_dicts(), "unsold": unsold,
             "unused": asked.reading.mentions.unknown}
    return Answer(data, facts, table)


def _within(table: pl.DataFrame, asked: Asked) -> pl.DataFrame:
    """The rows that a threshold keeps; one of money needs to know what was sold for."""
    threshold = asked.reading.threshold
    if threshold is None:
        return table
    column = pl.col("units" if threshold.of == "units" else "revenue")
    return table.filter(column > threshold.value if threshold.relation == "more" else column < threshold.value)


def _threshold(asked: Asked) -> dict[str, Any]:
    t = asked.reading.threshold
    return {"threshold": {"relation": t.relation, "value": t.value, "of": t.of}} if t else {}


def _comparison(book: Book, asked: Asked) -> Answer:
    """Two periods, both cut to equally much of them where one of them is not over or not known to its end."""
    first = asked.span
    if first is None:
        return Answer(lacks=(Lack("two_periods", {}),))
    other = asked.other or before(first)
    if book.sold is None:
        return Answer(facts={"span": first}, lacks=(Lack("no_sales", {}),))
    cut = _cut(book, first, other, asked.today)
    if isinstance(cut, Lack):
        return Answer(facts={"span": first}, lacks=(cut,))
    spans = dict(zip(("first", "second"), cut, strict=True))
    made = {name: amounts(book, span, asked.reading.understood.items) for name, span in spans.items()}
    lacks = tuple(m for m in made.values() if isinstance(m, Lack))
    if lacks:
        return Answer(facts={"span": first}, lacks=lacks[:1])
    totals = {name: _totals(m) for name, m in made.items() if isinstance(m, Amounts)}
    sides = {name: {"start": whole.start, "end": whole.end, "compared_to": spans[name].end, **totals[name]}
             for name, whole in (("first", first), ("second", other))}
    one, two = totals["first"]["units"] or 0.0, totals["second"]["units"] or 0.0
    change = {"difference": one - two, "percent": 100 * (one - two) / two if two else None}
    equal = spans["first"] != first or spans["second"] != other
    data = {**sides, **change, "equal_parts": equal}
    facts = {"first": first, "second": other, "cut": spans, "one": one, "two": two, "equal": equal, **change,
             "names": _names(book, asked), "ahead": [m.ahead for m in made.values() if isinstance(m, Amounts) and m.ahead],
             "revenue": (totals["first"]["revenue"], totals["second"]["revenue"])}
    return Answer(data, facts, None)


def _cut(book: Book, first: Span, other: Span, today: date) -> tuple[Span, Span] | Lack:
    """The parts to compare: whole periods, or as far as the one that is going on is known and as much of the other."""
    assert book.sold is not None
    known = min(today, book.sold.last)
    for span in (first, other):
        if span.start > known and span.start <= today:
            return Lack("not_yet", {"span": span, "last": book.sold.last})
    for running, still, swapped in ((first, other, False), (other, first, True)):
        if running.start <= known < running.end:
            until = _whole_until(book, running, known)
            if until is None:
                return Lack("period_sums", {"sums": book.sold.sums})
            cut = Span(running.start, until), Span(still.start, elapsed_end(running, until, still))
            return (cut[1], cut[0]) if swapped else cut
    return first, other


def _whole_until(book: Book, span: Span, known: date) -> date | None:
    """The last day up to `known` at which no sum of a longer period is cut; None if the span has none."""
    assert book.sold is not None
    sums = book.sold.sums
    if sums is None:
        return known
    end = known if period_end(known, sums) == known else period_start(known, sums) - DAY
    return end if end >= span.start else None


def _bought(book: Book, asked: Asked) -> tuple[BuyList, str | None, Span, float] | Lack:
    """The buy list for the time asked for, the stock data set's id, that time, and how many days it has to last."""
    if book.sold is None and book.card is None:
        return Lack("no_sales", {})
    if book.found is None or book.card is None:
        return Lack("no_model", {"model": book.model})
    if book.card.regressors:
        return Lack("regressors", {"regressors": ", ".join(book.card.regressors)})
    span = asked.span or unit_span(asked.today, "month", 1)
    if span.end < asked.today:
        return Lack("past_purchase", {"span": span})
    reading = asked.reading
    days = _lasting_days(asked, span)
    budget = reading.understood.budget if reading.intent == "purchase_list" and not reading.understood.items else None
    terms = BuyTerms(review_period_days=days, budget=budget, language="es" if asked.language == "es" else "en")
    stock = find_stock(book.ctx, asked.stock, book.card)
    return make_buy_list(book.ctx, book.found, stock, terms), stock.id if stock else None, span, days


def _lasting_days(asked: Asked, span: Span) -> float:
    """Days that a purchase has to last: 30.4 for each whole month, as `forecasting.recommend` counts them, else its days."""
    if asked.reading.intent == "stockout_risk":
        return float(max((span.end - asked.today).days, 1))
    whole = span.start.day == 1 and (span.end + DAY).day == 1
    months = (span.end.year - span.start.year) * 12 + span.end.month - span.start.month + 1
    return months * DAYS_PER_MONTH if whole else float(span.days)


def _purchase(book: Book, asked: Asked) -> Answer:
    """What to buy and what it costs, the most urgent first; also what `investment_total` is the sum of."""
    made = _bought(book, asked)
    if isinstance(made, Lack):
        return Answer(facts={"span": asked.span}, lacks=(made,))
    bought, stock, span, days = made
    u = asked.reading.understood
    table = bought.table.filter(pl.col("item").is_in(u.items)) if u.items else bought.table
    lines = table.filter(pl.col("quantity") > 0)
    priceless = int(lines["unit_cost"].is_null().sum())
    listed = lines.head(u.limit) if u.limit and asked.reading.intent == "purchase_list" else lines
    total = float(listed["investment"].sum())
    data = {
        "start": span.start, "end": span.end, "review_period_days": days, "recommendations": listed.head(BUY_ROWS).to_dicts(),
        "items_recommended": listed.height, "quantity_total": float(listed["quantity"].sum()), "investment_total": total,
        "items_without_cost": priceless, "budget": u.budget, "stock": stock, "assumptions": list(bought.assumptions),
        "model": book.model, "version": book.found.version if book.found else None}
    facts = {"span": span, "chosen": asked.span is None, "rows": listed.head(RANKED).to_dicts(), "count": listed.height,
             "more": lines.height - listed.height, "total": total, "priceless": priceless, "budget": u.budget, "stock": stock,
             "names": _names(book, asked), "days": days, "ahead": span.start > asked.today + timedelta(days=31)}
    lacks = (Lack("no_cost", {}),) if lines.height and priceless == lines.height else ()
    if lacks:
        data["investment_total"] = None
    return Answer(data, facts, table, lacks)


def _stockout(book: Book, asked: Asked) -> Answer:
    """What runs out before the end of the time asked for (30 days if none was said), the first to run out first."""
    timed = asked if asked.span else replace(asked, reading=_until(asked.reading, asked.today + timedelta(days=30)))
    made = _bought(book, timed)
    if isinstance(made, Lack):
        return Answer(facts={"span": asked.span}, lacks=(made,))
    bought, stock, span, _ = made
    if stock is None:
        return Answer(facts={"span": span}, lacks=(Lack("no_stock", {}),))
    u = asked.reading.understood
    chosen = bought.table.filter(pl.col("item").is_in(u.items)) if u.items else bought.table
    within = (span.end - asked.today).days
    lasts = chosen.filter(~pl.col("exceptions").list.contains("dead")).sort("days_of_stock", "item", nulls_last=True)
    out = lasts.filter(pl.col("days_of_stock") <= within)
    if asked.reading.threshold and asked.reading.threshold.of == "units":
        value = asked.reading.threshold.value
        out = out.filter(pl.col("on_hand") < value if asked.reading.threshold.relation == "less" else pl.col("on_hand") > value)
    shown = (lasts if u.items else out).head(min(u.limit or ROWS, ROWS))
    rows = [{**{key: row[key] for key in ("item", "item_name", "on_hand", "on_order", "days_of_stock", "forecast")},
             "runs_out_on": _day_after(asked.today, row["days_of_stock"]), "runs_out": (row["days_of_stock"] or 1e9) <= within,
             "before_delivery": "stockout" in row["exceptions"]} for row in shown.to_dicts()]
    data = {"start": asked.today, "end": span.end, "items": rows, "items_at_risk": out.height, "stock": stock,
            **_threshold(asked), "assumptions": list(bought.assumptions), "model": book.model,
            "version": book.found.version if book.found else None}
    facts = {"span": span, "chosen": asked.span is None, "rows": rows, "count": out.height, "names": _names(book, asked),
             "within": within}
    return Answer(data, facts, out if not u.items else lasts)


def _day_after(today: date, days: float | None) -> date | None:
    return today + timedelta(days=int(days)) if days is not None else None


def _until(reading: Reading, end: date) -> Reading:
    return replace(reading, understood=reading.understood.model_copy(update={"start": end - timedelta(days=30), "end": end}))


_ANSWERS: dict[Intent, Callable[[Book, Asked], Answer]] = {
    "demand": _demand, "top_sellers": _ranking, "worst_sellers": _ranking, "compare_periods": _comparison,
    "purchase_list": _purchase, "investment_total": _purchase, "stockout_risk": _stockout}
