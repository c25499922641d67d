"""What is in the warehouse and how long it lasts: what runs out, and how much there is of an article."""

from datetime import date, timedelta
from typing import Any

import polars as pl

from jobs.forecasting.ask_book import Book, Lack
from jobs.forecasting.ask_purchases import Bought, buy_for, known_notes, stock_notes
from jobs.forecasting.asked import Answer, Asked
from jobs.forecasting.question_calendar import Span

ROWS = 200
USUAL_DAYS, FAR_DAYS = 30, 90


def stock_answer(book: Book, asked: Asked) -> Answer:
    """What runs out, or how much there is where a question asks for that."""
    return _on_hand(book, asked) if "on_hand" in asked.reading.manner else _stockout(book, asked)


def _stockout(book: Book, asked: Asked) -> Answer:
    """What runs out before the end of the time asked for (30 days if none was said), the largest expected loss first."""
    said = asked.span
    given = buy_for(book, asked, Span(asked.today, said.end if said else asked.today + timedelta(days=USUAL_DAYS)))
    if isinstance(given, Lack):
        return Answer(facts={"span": said}, lacks=(given,))
    if given.stock is None:
        return Answer(facts={"span": given.span}, lacks=(Lack("no_stock", {}),))
    u = asked.reading.understood
    chosen = _by_loss(given, asked, pl.read_parquet(given.stock.path, columns=["item"]), even_later=said is None)
    unlisted = chosen.filter(pl.col("on_hand").is_null())
    out = _within(chosen.filter(pl.col("runs_out")), asked)
    shown = chosen if u.items else out
    rows = _rows(shown.head(min(u.limit or ROWS, ROWS)), given.covers.start)
    data = {"start": asked.today, "end": given.span.end, "items": rows, "items_at_risk": out.height,
            "items_empty": int(out["empty"].sum()), "items_before_delivery": int(out["before_delivery"].sum()),
            "items_not_in_stock": unlisted.height, "stock": given.stock.id, **threshold_of(asked),
            "assumptions": list(given.made.assumptions), "model": book.model,
            "version": book.found.version if book.found else None}
    soon = ~pl.col("empty") & pl.col("before_delivery")
    groups = {"empty": out.filter(pl.col("empty")), "soon": out.filter(soon),
              "later": out.filter(~pl.col("empty") & ~pl.col("before_delivery"))}
    facts = {"span": Span(asked.today, given.covers.end), "rows": rows, "count": out.height, "names": bool(u.items),
             "urgent": data["items_before_delivery"], "waiting": _waiting(out), "asked": len(u.items),
             "unlisted": (unlisted.height, _rows(unlisted.head(ROWS), given.covers.start)),
             "known": chosen.height > unlisted.height,
             "groups": {name: (group.height, _rows(group.head(ROWS), given.covers.start)) for name, group in groups.items()}}
    return Answer(data, facts, shown, notes=(*known_notes(book, asked), *stock_notes(given.made)))


def _by_loss(given: Bought, asked: Asked, listed: pl.DataFrame, *, even_later: bool) -> pl.DataFrame:
    """The articles asked for with what they lack, the largest loss first: in money where prices are known, else in units.

    before_delivery is the exception `stockout` of the buy list; `even_later`: those run out, too, where no time was said.
    An empty shelf is out even where what is on order will do. What is not `listed` in the stock is not known, so the columns
    that follow from it are null and it does not run out.
    """
    table = given.made.table.join(given.made.needs, on="item", how="left", maintain_order="left")
    table = asked.of_items(table).filter(~pl.col("exceptions").list.contains("dead"))
    before = pl.col("exceptions").list.contains("stockout")
    empty = pl.col("on_hand") <= 0
    in_time = (pl.col("days_of_stock") < given.covers.days) & (pl.col("short") > 0) | (empty & (pl.col("forecast") > 0))
    runs_out = (in_time | before if even_later else in_time).fill_null(value=False)
    table = table.sort("lost", "short", "item", descending=[True, True, False], nulls_last=True)
    known = pl.col("item").is_in(listed["item"].implode())
    return table.with_columns(
        pl.when(known).then(pl.col("on_hand", "on_order", "days_of_stock", "short", "lost")), runs_out=known & runs_out,
        before_delivery=known & before, empty=known & empty)


def _within(out: pl.DataFrame, asked: Asked) -> pl.DataFrame:
    limit = asked.reading.threshold
    if limit is None or limit.of != "units":
        return out
    return out.filter(pl.col("on_hand") < limit.value if limit.relation == "less" else pl.col("on_hand") > limit.value)


def _waiting(out: pl.DataFrame) -> dict[str, int]:
    """Why those that are short, but most likely not before a delivery ordered today, are not: how many for each reason."""
    rest = out.filter(~pl.col("before_delivery"))
    coming, there = pl.col("on_order") > 0, pl.col("on_hand") > 0
    return {"coming": rest.filter(coming).height, "there": rest.filter(~coming, there).height,
            "rare": rest.filter(~coming, ~there).height}


def _rows(table: pl.DataFrame, first: date) -> list[dict[str, Any]]:
    """Rows for the result; of an empty shelf no days are left, as those of the buy list count what is on order, too."""
    columns = ("item", "item_name", "on_hand", "on_order", "days_of_stock", "runs_out", "before_delivery", "empty", "short",
               "lost")
    left = table.select(columns).with_columns(days_of_stock=pl.when(~pl.col("empty")).then("days_of_stock"))
    return [{**row, "runs_out_on": day_after(first, row["days_of_stock"])} for row in left.to_dicts()]


def day_after(first: date, days: float | None) -> date | None:
    """The day on which what lasts for so many days from `first` on is used up."""
    return first + timedelta(days=int(days)) if days is not None else None


def threshold_of(asked: Asked) -> dict[str, Any]:
    """The limit that a question sets, for the result."""
    t = asked.reading.threshold
    return {"threshold": {"relation": t.relation, "value": t.value, "of": t.of}} if t else {}


def _on_hand(book: Book, asked: Asked) -> Answer:
    """What is on hand and on order by the stock file, and how long it lasts where a model can tell."""
    stock = book.stock(asked.stock)
    if stock is None:
        return Answer(facts={"span": asked.span}, lacks=(Lack("no_stock", {}),))
    table = pl.read_parquet(stock.path)
    missing = [pl.lit(None, dtype=pl.Float64).alias("on_order")] if "on_order" not in table.columns else []
    table = table.with_columns(missing).select("item", "on_hand", pl.col("on_order").fill_null(0.0))
    if asked.reading.understood.items:
        items = pl.DataFrame({"item": asked.reading.understood.items}, schema={"item": pl.String})
        table = items.join(table, on="item", how="left", maintain_order="left")
    given = buy_for(book, asked, Span(asked.today, asked.today + timedelta(days=FAR_DAYS)))
    first = asked.today if isinstance(given, Lack) else given.covers.start
    lasts = pl.DataFrame(schema={"item": pl.String, "days_of_stock": pl.Float64}) if isinstance(given, Lack) else (
        given.made.table.select("item", "days_of_stock"))
    table = table.join(lasts, on="item", how="left", maintain_order="left")
    table = table.with_columns(pl.when(pl.col("on_hand") > 0).then("days_of_stock"))
    names = {a.code: a.name for a in book.catalog.articles}
    rows = [{**row, "item_name": names.get(row["item"]), "runs_out_on": day_after(first, row["days_of_stock"])}
            for row in table.sort(pl.col("on_hand"), "item", descending=[True, False], nulls_last=True).to_dicts()]
    known = table.filter(pl.col("on_hand").is_not_null())
    data = {"items": rows[:ROWS], "articles": known.height, "on_hand": float(known["on_hand"].sum()),
            "on_order": float(known["on_order"].sum()), "stock": stock.id}
    facts = {"rows": rows, "articles": known.height, "on_hand": data["on_hand"], "on_order": data["on_order"],
             "forecast": not isinstance(given, Lack), "last": first + timedelta(days=FAR_DAYS)}
    return Answer(data, facts, table, notes=() if isinstance(given, Lack) else stock_notes(given.made))
