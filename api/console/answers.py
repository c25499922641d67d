"""The result of `forecasting.ask` as a page shows it: what was understood, tables, and the other numbers, each with a name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date

from api.console.language import gettext, language, marked
from api.console.views import number
from jobs.forecasting.ask_speech import Speech

INTENTS = {
    "purchase_list": marked("what to buy"), "investment_total": marked("how much money the purchases need"),
    "stockout_risk": marked("what may run out"), "top_sellers": marked("what sells the most"),
    "worst_sellers": marked("what sells the least"), "compare_periods": marked("how two times compare"),
    "demand": marked("how much sells"), "unknown": marked("not understood"),
}
# Columns and numbers that a person reads, in their order; what a table has beside them stands in the answer's file.
NAMES = {
    "item_name": marked("Article"), "item": marked("Code"), "quantity": marked("To order"), "units": marked("Units"),
    "sold": marked("Sold"), "forecast": marked("Forecast"), "revenue": marked("Worth"), "on_hand": marked("On hand"),
    "on_order": marked("On order"), "days_of_stock": marked("Lasts (days)"), "runs_out_on": marked("Runs out on"),
    "short": marked("Units short"), "lost": marked("Sales lost"), "unit_cost": marked("Unit cost"),
    "investment": marked("Investment"), "supplier": marked("Supplier"),
    "difference": marked("Difference"), "percent": marked("Difference in %"), "articles": marked("Articles"),
    "unsold": marked("Articles without a sale"), "items_recommended": marked("Articles to order"),
    "quantity_total": marked("Units to order"), "investment_total": marked("Money needed"), "budget": marked("Budget"),
    "items_left_out": marked("Articles left out"), "investment_left_out": marked("Money for what is left out"),
    "items_without_cost": marked("Articles without a known cost"), "items_at_risk": marked("Articles at risk"),
    "items_empty": marked("Articles that are out"), "items_before_delivery": marked("Articles short before a delivery"),
    "items_not_in_stock": marked("Articles that the stock file does not have"),
    "start": marked("From"), "end": marked("To"), "low": marked("At least (8 times of 10)"),
    "high": marked("At most (8 times of 10)"),
}
SIDES = ("first", "second")
TABLES = ("recommendations", "items")
PERIOD = frozenset({"start", "end"})
ROWS_SHOWN = 100
NAMED = 5


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; `more`: how many rows are not among them."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[Mapping[str, Any], ...]
    more: int


@dataclass(frozen=True, slots=True)
class AnswerParts:
    """An answer: (name, text) of what was understood and of other numbers, the tables, what was taken for granted."""

    intent: str
    understood: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    facts: tuple[tuple[str, str], ...]
    assumptions: tuple[str, ...]


def answer_parts(result: Mapping[str, Any]) -> AnswerParts:
    """The parts of a result, in the page's language where they are names."""
    data: Mapping[str, Any] = result["data"]
    sides = tuple(data[side] for side in SIDES if isinstance(data.get(side), dict))
    tables = [_table(sides)] if sides else []
    tables += [_table(tuple(data[name])) for name in TABLES if data.get(name)]
    facts = tuple((gettext(label), shown(name, data[name])) for name, label in NAMES.items()
                  if name not in PERIOD and isinstance(data.get(name), int | float))
    return AnswerParts(gettext(INTENTS.get(result["intent"], result["intent"])), _understood(result["understood"]), tuple(tables),
                       facts, tuple(data.get("assumptions", ())))


def shown(name: str, value: float) -> str:
    """A number of an answer by its name, with as many digits as the answer says it with."""
    return Speech.of("es" if language() == "es" else "en", None, None).shown(name, value)


def with_item(question: str, asked: str, item: str) -> str:
    """The question with the code of an article in the place of the words that were not sure, or at its end."""
    changed, count = re.subn(re.escape(asked), lambda _: item, question, count=1, flags=re.IGNORECASE)
    return changed if count else f"{question} ({item})"


def _table(rows: tuple[Mapping[str, Any], ...]) -> Table:
    rows = tuple(map(_told, rows))
    past = all(not row.get("forecast") and row.get("sold") == row.get("units") for row in rows)  # then both say nothing new
    known = tuple((name, gettext(label)) for name, label in NAMES.items()
                  if any(row.get(name) is not None for row in rows) and not (past and name in ("sold", "forecast")))
    order = sorted(known, key=lambda column: column[0] not in PERIOD)  # of a period first when it was
    return Table(tuple(order), rows[:ROWS_SHOWN], max(0, len(rows) - ROWS_SHOWN))


def _told(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row, with words in the place of the day on which an article runs out of which nothing is there."""
    if not row.get("empty"):
        return row
    coming = row.get("on_order") or 0
    now = gettext("empty now, %(count)s on order") % {"count": shown("on_order", coming)} if coming else gettext("empty now")
    return {**row, "runs_out_on": now}


def _understood(said: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    found = [(gettext("Period"), _span(said.get("start"), said.get("end"))),
             (gettext("Compared with"), _span(said.get("compare_start"), said.get("compare_end")))]
    if items := said.get("items"):
        named = ", ".join(items[:NAMED]) + (" …" if len(items) > NAMED else "")
        found.append((gettext("Articles"), f"{number(len(items))}: {named}" if len(items) > 1 else named))
    found += [(gettext(label), number(said[name])) for name, label in (("budget", marked("Budget")), ("limit", marked("At most")))
              if said.get(name) is not None]
    return tuple((name, text) for name, text in found if text)


def _span(start: str | None, end: str | None) -> str:
    if not start or not end:
        return ""
    first, last = (format_date(date.fromisoformat(day), "medium", locale=language()) for day in (start, end))
    return first if first == last else f"{first} – {last}"
