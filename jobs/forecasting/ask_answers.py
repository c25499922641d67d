"""The numbers that answer each kind of question, from a book of sales and forecasts; or what is missing for it."""

from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl

from jobs.forecasting.ask_book import DAY, Amounts, Book, Lack, Note, Reason, amounts
from jobs.forecasting.ask_groups import average, averaged_span, by_category, per_of
from jobs.forecasting.ask_kinds import Intent
from jobs.forecasting.ask_purchases import known_notes, purchase
from jobs.forecasting.ask_stock import ROWS, stock_answer, threshold_of
from jobs.forecasting.asked import Answer, Asked
from jobs.forecasting.backtest import MOST_ITEMS
from jobs.forecasting.question import Reading
from jobs.forecasting.question_calendar import Span, Unit, before, elapsed_end, unit_span
from jobs.periods import next_periods, period_end, period_start, periods_between

RANKED = 10
_UNITS: tuple[Unit, ...] = ("week", "month", "bimester", "quarter", "half", "year")
LEVEL = 80


def answer(book: Book, asked: Asked) -> Answer:
    """The answer to what was asked. Raises what loading and forecasting raise, and JobStopped's kinds."""
    reading = asked.reading
    if reading.intent == "unknown":
        return Answer()
    lacks = _unsure(reading) + _foreign_money(book, reading)
    if lacks:
        return Answer(lacks=lacks)
    return _ANSWERS[reading.intent](book, asked)


def _unsure(reading: Reading) -> tuple[Lack, ...]:
    """What has to be asked back before anything is answered."""
    found: list[Lack] = [Lack(part, {}) for part in reading.refused]
    if reading.unclear:
        found.append(Lack("unclear", {"words": ", ".join(reading.unclear)}))
    named = reading.mentions
    for asked in dict.fromkeys(candidate.asked for candidate in named.candidates):
        maybe = [candidate for candidate in named.candidates if candidate.asked == asked]
        reason: Reason = "which_many" if maybe[0].alike > len(maybe) else "which"
        if asked in named.unknown:
            reason = "unknown_code"
        found.append(Lack(reason, {"words": asked, "n": maybe[0].alike}))
    if not named.candidates and named.unknown and (
            reading.intent not in ("top_sellers", "worst_sellers") or any(w.isdigit() for w in named.unknown)):
        found.append(Lack("unknown_item", {"words": ", ".join(named.unknown)}))
    if "groups" in reading.manner:
        found.append(Lack("two_groups", {}))
    return tuple(found)


def _foreign_money(book: Book, reading: Reading) -> tuple[Lack, ...]:
    """Money of another currency than the company's is not known."""
    own = book.company.currency if book.company else None
    wrong = own is not None and reading.currency is not None and own not in reading.currency
    return (Lack("currency", {"currency": own}),) if wrong else ()


def _usual_span(book: Book, asked: Asked, *, ranking: bool) -> Span:
    """Where no time was said: next month; for the past the last month, or for rankings the last twelve, that the data cover.

    All that the data cover where all times were asked about.
    """
    if not asked.reading.past:
        return unit_span(asked.today, "month", 1)
    if book.sold is None:
        return unit_span(asked.today, "month", -1)
    if "all_time" in asked.reading.manner:
        return Span(book.sold.first, book.sold.last)
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


def _asked_part(book: Book, asked: Asked, span: Span) -> Span | Lack:
    """The days that count: those that are over and known, for a question about what has happened in a time that is going on.

    A sum of a longer period is known as far as it goes, even if that period is not over.
    """
    if book.sold is None:
        return span
    until = min(span.end, book.sold.last) if book.sold.sums else min(span.end, asked.today, book.sold.last)
    unknown = span.start > book.sold.last
    if unknown and (span.end < asked.today or (asked.reading.done and span.start <= asked.today)):
        return Lack("not_yet", {"span": span, "last": book.sold.last})
    return Span(span.start, until) if asked.reading.done and span.start <= until < span.end else span


def _amounts(book: Book, asked: Asked, span: Span) -> Amounts | Lack:
    """What sold and will sell in the part of `span` that counts."""
    part = _asked_part(book, asked, span)
    return part if isinstance(part, Lack) else _not_blank(amounts(book, part, asked.reading.understood.items), span)


def _not_blank(made: Amounts | Lack, span: Span) -> Amounts | Lack:
    """What is missing where every quantity is blank: they are not known, which is not nothing."""
    blank = isinstance(made, Amounts) and made.ahead is None and made.blank_lines > 0 and not made.known_lines
    return Lack("blank", {"span": span}) if blank else made


def _notes(book: Book, asked: Asked, *made: Amounts) -> tuple[Note, ...]:
    """What has to be known about the numbers: blank quantities, and what neither sales nor model know of the days to come."""
    notes = known_notes(book, asked) if any(m.ahead for m in made) else ()
    if blanks := sum(m.blank_lines for m in made):
        notes += (Note("blanks", {"n": blanks}),)
    far = max((m.ahead.end for m in made if m.ahead), default=None)
    if far and book.card:
        tested = period_end(next_periods(book.card.last_period, book.card.frequency, book.card.horizon)[-1], book.card.frequency)
        notes += (Note("beyond", {"last": tested}),) if far > tested else ()
    return notes


def _average(book: Book, asked: Asked, unit: Unit) -> Answer:
    """How much sells in a day, week or month of the time asked for."""
    whole = asked.span or _usual_span(book, asked, ranking=True)
    span = averaged_span(book, asked, whole, unit)
    made = span if isinstance(span, Lack) else _amounts(book, asked, span)
    if isinstance(made, Lack) or isinstance(span, Lack):
        return Answer(facts={"span": whole}, lacks=tuple(one for one in (made,) if isinstance(one, Lack)))
    numbers = average(made, span, unit)
    data = {"start": span.start, "end": span.end, **_totals(made), **numbers, "blank_lines": made.blank_lines,
            **_sources(book, made)}
    facts = {"span": span, "made": made, "chosen": asked.unsaid, **_totals(made), **numbers}
    return Answer(data, facts, _named(book, made.table), notes=_notes(book, asked, made))


def _demand(book: Book, asked: Asked) -> Answer:
    if "by_category" in asked.reading.manner:
        return _ranking(book, asked)
    if unit := per_of(asked):
        return _average(book, asked, unit)
    span = asked.span or _usual_span(book, asked, ranking=False)
    made = _amounts(book, asked, span)
    if isinstance(made, Lack):
        return Answer(facts={"span": span}, lacks=(made,))
    table = _named(book, made.table)
    total = _totals(made)
    notes = _notes(book, asked, made)
    beyond = any(note.caution == "beyond" for note in notes)
    band = {} if beyond else _band(book, made, every=not asked.reading.understood.items)
    data = {"start": span.start, "end": span.end, **total, "items": _rows(table, asked), "blank_lines": made.blank_lines,
            **_sources(book, made), **band}
    facts = {"span": span, "made": made, "chosen": asked.unsaid, "several": len(asked.reading.understood.items) > 1,
             "beyond": beyond, **total, **band}
    return Answer(data, facts, table, notes=notes)


def _band(book: Book, made: Amounts, *, every: bool) -> dict[str, float]:
    """The interval of the demand of one article or of all: what was sold, plus the quantiles of the forecast's sum.

    Nothing is known of the sum of some articles, or where a backtest had no error at all: it was too short or too even to tell.
    """
    card = book.card
    if made.ahead is None or card is None or made.table["units"].has_nulls():
        return {}
    spread = card.sums if made.table.height == 1 else card.total if every and card.series <= MOST_ITEMS else None
    if spread is None:
        return {}
    totals = made.table.select(pl.col("forecast", "sold", "units").sum())
    periods = _periods(book, made.ahead)
    ends = [(1 - LEVEL / 100) / 2, (1 + LEVEL / 100) / 2]
    low, high = (float(spread.quantile(totals["forecast"].to_numpy(), periods, p)[0]) + totals["sold"][0] for p in ends)
    middle = float(totals["units"][0])
    return {f"lo-{LEVEL}": min(low, middle), f"hi-{LEVEL}": max(high, middle)} if low < high else {}


def _periods(book: Book, ahead: Span) -> float:
    """The length of a span in the model's periods."""
    assert book.card is not None
    return max(periods_between(period_start(ahead.start, book.card.frequency), ahead.end + DAY, book.card.frequency)
               - periods_between(period_start(ahead.start, book.card.frequency), ahead.start, book.card.frequency), 0.01)


def _totals(made: Amounts) -> dict[str, float | None]:
    """What is known to have been sold, the forecast, and both together: of blank quantities the forecast counts all the same."""
    table = made.table
    revenue = float(table["revenue"].sum()) if table["revenue"].is_not_null().any() else None
    sold, ahead = float(table["sold"].sum()), float(table["forecast"].sum())
    return {"units": sold + ahead, "sold": sold, "forecast": ahead, "revenue": revenue}


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


def _rows(table: pl.DataFrame, asked: Asked) -> list[dict[str, Any]]:
    most = asked.reading.understood.limit or ROWS
    return table.sort("units", "item", descending=[True, False], nulls_last=True).head(min(most, ROWS)).to_dicts()


def _ranking(book: Book, asked: Asked) -> Answer:
    """The best or the worst sellers. The worst include what did not sell at all, the best do not."""
    worst = asked.reading.intent == "worst_sellers"
    span = asked.span or _usual_span(book, asked, ranking=True)
    made = _amounts(book, asked, span)
    if isinstance(made, Lack):
        return Answer(facts={"span": span}, lacks=(made,))
    manner = asked.reading.manner
    grouped = "by_category" in manner
    money, unsold_only = "by_money" in manner, worst and "unsold" in manner
    if grouped and unsold_only:
        return Answer(facts={"span": span}, lacks=(Lack("by_group", {}),))
    if money and made.table["revenue"].is_null().all():
        return Answer(facts={"span": span}, lacks=(Lack("no_price", {}),))
    table = _named(book, made.table).filter(pl.col("units").is_not_null())
    table = _within(by_category(book, table) if grouped else table, asked)
    by = "revenue" if money else "units"
    if money and grouped and table.filter(pl.col("units") != 0)["revenue"].has_nulls():
        return Answer(facts={"span": span}, lacks=(Lack("no_price", {}),))
    table = table if worst else table.filter(pl.col(by) > 0)
    table = table.filter(pl.col("units") <= 0) if unsold_only else table
    table = table.sort(by, "item", descending=[not worst, False], nulls_last=True)
    limit = min(asked.reading.understood.limit or RANKED, ROWS)
    shown = table.head(limit)
    unsold = int((table["units"] <= 0).sum())
    data = {"start": span.start, "end": span.end, "items": shown.to_dicts(), "articles": table.height, "unsold": unsold,
            **threshold_of(asked), **_sources(book, made)}
    facts = {"span": span, "made": made, "chosen": asked.unsaid, "rows": shown.to_dicts(), "unsold": unsold,
             "unused": asked.reading.mentions.unknown, "money": money, "grouped": grouped,
             "only_unsold": unsold_only, "count": table.height}
    return Answer(data, facts, table, notes=_notes(book, asked, made))


def _within(table: pl.DataFrame, asked: Asked) -> pl.DataFrame:
    """The rows that a threshold keeps; one of money needs to know what was sold for."""
    threshold = asked.reading.threshold
    if threshold is None:
        return table
    column = pl.col("units" if threshold.of == "units" else "revenue")
    return table.filter(column > threshold.value if threshold.relation == "more" else column < threshold.value)


def _comparison(book: Book, asked: Asked) -> Answer:
    """Two periods, both cut to equally much of them where one of them is not over or not known to its end."""
    first = asked.span
    if first is None:
        return Answer(lacks=(Lack("two_periods", {}),))
    other = asked.other or before(first)
    if book.sold is None:
        return Answer(facts={"span": first}, lacks=(Lack("no_sales", {}),))
    cut = _cut(book, first, other, asked.today)
    last_whole: tuple[Note, ...] = ()
    if isinstance(cut, Lack):
        whole = _last_whole(book, asked, first)
        if whole is None:
            return Answer(facts={"span": first}, lacks=(cut,))
        last_whole = (Note("last_whole", {"span": first, "last": book.sold.last}),)
        first, other = cut = whole
    spans = dict(zip(("first", "second"), cut, strict=True))
    made = {name: _not_blank(amounts(book, span, asked.reading.understood.items), span) for name, span in spans.items()}
    lacks = tuple(m for m in made.values() if isinstance(m, Lack))
    if lacks:
        return Answer(facts={"span": first}, lacks=lacks[:1])
    sides_made = [m for m in made.values() if isinstance(m, Amounts)]
    totals = {name: _totals(m) for name, m in made.items() if isinstance(m, Amounts)}
    sides = {name: {"start": whole.start, "end": whole.end, "compared_to": spans[name].end, **totals[name]}
             for name, whole in (("first", first), ("second", other))}
    one, two = totals["first"]["units"] or 0.0, totals["second"]["units"] or 0.0
    change = {"difference": one - two, "percent": 100 * (one - two) / two if two else None}
    equal = spans["first"] != first or spans["second"] != other
    data = {**sides, **change, "equal_parts": equal}
    facts = {"first": first, "second": other, "cut": spans, "one": one, "two": two, "equal": equal, **change,
             "ahead": [m.ahead for m in sides_made if m.ahead]}
    return Answer(data, facts, None, notes=last_whole + _notes(book, asked, *sides_made))


def _last_whole(book: Book, asked: Asked, span: Span) -> tuple[Span, Span] | None:
    """The last two whole weeks, months or the like that the sales cover, where `span` is one that they do not; else None."""
    assert book.sold is not None
    units = {(of.start, of.end): unit for unit in _UNITS for of in (unit_span(span.start, unit),)}
    unit = units.get((span.start, span.end))
    if unit is None:
        return None
    after = min(asked.today, book.sold.last + DAY)
    last, other = unit_span(after, unit, -1), unit_span(after, unit, -2)
    return (last, other) if other.start >= book.sold.first and not any(map(book.sold.cuts, (last, other))) else None


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


_ANSWERS: dict[Intent, Callable[[Book, Asked], Answer]] = {
    "demand": _demand, "top_sellers": _ranking, "worst_sellers": _ranking, "compare_periods": _comparison,
    "purchase_list": purchase, "investment_total": purchase, "stockout_risk": stock_answer}
