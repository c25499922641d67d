"""What was sold and what is forecast, as people look at it: the company's total, its categories, and every item.

The artifact `fans.jsonl` has a line of JSON each, so that a reader finds an item without reading more than it has to:

    {"frequency", "starts", "items", "groups", "events"}   the first line. starts: first day of every period that is shown, ISO.
                                                           events: [first start, last start, name], oldest first
    {"kind", "code", "name", "group", "sold", "mean", "bands"}

kind: `total`, `group` (a category) or `item`, in this order, each kind's largest first. sold: units of the periods up to the last
one sold, as many as there are, null where they are not known. mean: units of the periods after it; empty where no forecast is
known. bands: level → [lower, upper], of the same length as mean, where one is known. sold and mean meet where `starts` says,
counted from its end.
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import holidays
import polars as pl

from jobs.forecasting.backtest import MOST_ITEMS
from jobs.forecasting.charts import MOST_STOOD_IN, SoldBefore
from jobs.forecasting.demand import column_of
from jobs.forecasting.intervals import band
from jobs.forecasting.lumpiness import lumpiness_by_item
from jobs.forecasting.package import Card
from jobs.forecasting.sums import SumSpread, learn_sums
from jobs.periods import Frequency, next_periods, period_start

FILE, MEDIA_TYPE = "fans.jsonl", "application/x-ndjson"
LEVELS = (80, 95)
# Periods of sales that are shown, less where all items together would have more than so many numbers.
SHOWN: dict[Frequency, int] = {"day": 731, "week": 209, "month": 120, "quarter": 60}
MOST_NUMBERS = 1_000_000
MOST_GROUPS = 200
# A regressor that nearly always has one of two values marks an event where at least half of the items have the larger one.
NEARLY_ALL, USUAL = 0.95, 0.5


def write_fans(
    card: Card, before: SoldBefore, ahead: pl.DataFrame | None, known: pl.DataFrame, *, group: SumSpread | None = None,
) -> bytes:
    """The artifact.

    before: its history has the regressors too, and no gaps to the last period. ahead: unique_id, ds, mean (units) and closed
    of the periods after it for all items, None where they are not known. known: item, item_name, category, null where unknown.
    group: spread of a category's sums, drawn without a band where it is not known.
    """
    future = pl.DataFrame(schema={"unique_id": pl.String, "ds": pl.Date, "mean": pl.Float64, "closed": pl.Boolean})
    future = future if ahead is None else ahead.select("unique_id", "ds", "mean", "closed")
    steps = future["ds"].unique().sort().to_list()
    past = before.history["ds"].unique().sort().tail(_shown(card, len(steps))).to_list()
    history = before.history.filter(pl.col("ds") >= past[0])
    blanks = before.unknown.with_columns(blank=True)
    recent = history.select("unique_id", "ds", "y").join(blanks, on=["unique_id", "ds"], how="left")
    recent = recent.with_columns(pl.col("blank").fill_null(False))
    items = history.select("unique_id").unique().join(
        known.select(unique_id="item", name="item_name", group="category"), on="unique_id", how="left")
    groups = sorted(items["group"].drop_nulls().unique())
    groups = groups if 1 < len(groups) <= MOST_GROUPS else []
    # the spread of a sample's sum, learned where there are too many items to backtest them all, says nothing of the whole
    lines = [_summed(recent, future, pl.lit(""), card.total if card.series <= MOST_ITEMS else None, kind="total")]
    if groups:
        of = items.select("unique_id", "group").drop_nulls()
        sold, expected = (frame.join(of, on="unique_id") for frame in (recent, future))
        lines.append(_summed(sold, expected, pl.col("group"), group, kind="group"))
    single = _lines(recent.with_columns(y=pl.when(~pl.col("blank")).then("y")),
                    future.join(lumpiness_by_item(before.history), on="unique_id", how="left"), card.sums)
    lines.append(single.join(items.rename({"unique_id": "code"}), on="code", how="left", maintain_order="left")
                 .with_columns(kind=pl.lit("item")))
    head = {"frequency": card.frequency, "starts": [str(d) for d in (*past, *steps)], "items": items.height, "groups": groups,
            "events": learn_events(card, history, [*past, *steps])}
    return "".join(f"{_json(line)}\n" for line in (head, *_documents(lines))).encode()


def group_spread(backtest: pl.DataFrame, member: str, groups: pl.DataFrame) -> SumSpread:
    """The spread of the sums over the items of a group, learned from the few sums that the folds have.

    backtest: unique_id, ds, cutoff, y, closed and a column `member`. groups: unique_id, group.
    """
    grouped = backtest.join(groups.drop_nulls(), on="unique_id")
    sums = grouped.group_by("group", "cutoff", "ds").agg(pl.col("y").sum(), pl.col(member).sum(), pl.col("closed").all())
    return learn_sums(sums.rename({"group": "unique_id"}).with_columns(lumpiness=pl.lit(1.0)), member, counted=False)


def learn_events(card: Card, history: pl.DataFrame, starts: list[date]) -> list[list[str]]:
    """[first start, last start, name] of what is known to matter, oldest first.

    Public holidays by day and by week (a month always has some), and for how long a regressor had the larger of its two values.
    history: ds and the regressors, of the periods of `starts` that were sold.
    """
    found = [[str(at), str(at), name] for at, name in _holidays(card, starts)]
    means = history.group_by("ds").agg(pl.col(column_of(name)).mean() for name in card.regressors).sort("ds")
    for name in card.regressors:
        values = pl.col(column_of(name))
        least, most, outer = history.select(
            values.min().alias("least"), values.max().alias("most"),
            ((values == values.min()) | (values == values.max())).mean().alias("outer")).row(0)
        if least < most and outer >= NEARLY_ALL:
            on = (means[column_of(name)] - least) >= USUAL * (most - least)
            runs = means.select("ds").with_columns(on=on).with_columns(run=pl.col("on").rle_id()).filter("on")
            ends = runs.group_by("run", maintain_order=True).agg(first=pl.col("ds").first(), last=pl.col("ds").last())
            found += [[str(first), str(last), name] for first, last in ends.select("first", "last").iter_rows()]
    return sorted(found)


def _holidays(card: Card, starts: list[date]) -> Iterator[tuple[date, str]]:
    """Start of the period and name of each public holiday."""
    if card.country is None or card.frequency not in ("day", "week"):
        return
    end = next_periods(starts[-1], card.frequency, 1)[0]
    # in the country's own language, whatever that of this process is
    language = holidays.country_holidays(card.country).default_language
    calendar = holidays.country_holidays(card.country, years=range(starts[0].year, end.year + 1), language=language)
    for day, name in sorted(calendar.items()):
        if starts[0] <= day < end:
            yield period_start(day, card.frequency), name


def _shown(card: Card, steps: int) -> int:
    """How many periods of sales are shown, beside five numbers for each one forecast."""
    room = MOST_NUMBERS // max(card.series, 1) - 5 * steps
    return max(2 * card.horizon, min(SHOWN[card.frequency], room))


def _summed(
    recent: pl.DataFrame, future: pl.DataFrame, key: pl.Expr, spread: SumSpread | None, *, kind: str,
) -> pl.DataFrame:
    """`_lines` of the sums over the items that share a key, null where too much of one only stands in for blank quantities."""
    stood_in = pl.col("y").filter("blank").sum() > MOST_STOOD_IN * pl.col("y").sum()
    units = pl.when(~stood_in & ~pl.col("blank").all()).then(pl.col("y").sum()).alias("y")
    sold = recent.group_by(key.alias("unique_id"), "ds").agg(units)
    sums = future.group_by(key.alias("unique_id"), "ds").agg(pl.col("mean").sum(), pl.col("closed").all())
    made = _lines(sold, sums.with_columns(lumpiness=pl.lit(1.0)), spread)
    return made.with_columns(kind=pl.lit(kind), name=pl.lit(None, dtype=pl.String), group=pl.lit(None, dtype=pl.String))


def _lines(sold: pl.DataFrame, future: pl.DataFrame, spread: SumSpread | None) -> pl.DataFrame:
    """code, sold, mean and, where a spread is known, lo-80, hi-80, …: a row for each unique_id, the one that sold most first."""
    future = future.sort("unique_id", "ds")
    columns = {"mean": future["mean"]}
    for level in LEVELS if spread is not None and future.height else ():
        assert spread is not None
        lower, upper = band(spread, future["mean"].to_numpy(), level, future["lumpiness"].to_numpy())
        opened = ~future["closed"].to_numpy()
        columns |= {f"lo-{level}": pl.Series(lower * opened), f"hi-{level}": pl.Series(upper * opened)}
    banded = future.select("unique_id").with_columns(**columns)
    digits = [pl.col(name).round_sig_figs(4) for name in columns]
    ahead = banded.group_by("unique_id").agg(digits)
    past = sold.sort("unique_id", "ds").group_by("unique_id").agg(units=pl.col("y").sum(), sold=pl.col("y").round_sig_figs(6))
    ordered = past.sort(["units", "unique_id"], descending=[True, False])
    joined = ordered.join(ahead, on="unique_id", how="left", maintain_order="left")
    return joined.rename({"unique_id": "code"}).drop("units")


def _documents(tables: list[pl.DataFrame]) -> Iterator[dict[str, Any]]:
    for table in tables:
        for row in table.iter_rows(named=True):
            bands = {str(level): [row[f"lo-{level}"], row[f"hi-{level}"]] for level in LEVELS if row.get(f"lo-{level}")}
            yield {"kind": row["kind"], "code": row["code"], "name": row["name"], "group": row["group"], "sold": row["sold"],
                   "mean": row["mean"] or [], "bands": bands}


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
