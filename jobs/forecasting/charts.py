"""Pictures of a model as PNG bytes: forecasts as fans beside what was sold, and what the trees look at."""

import io
import re
from dataclasses import dataclass
from typing import Any

import polars as pl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from jobs.forecasting.intervals import band
from jobs.forecasting.lumpiness import lumpiness_by_item
from jobs.forecasting.nature import largest
from jobs.forecasting.sums import SumSpread

SOLD, FORECAST = "#555555", "#0b7a9e"
LEVELS = ((95, 0.15), (80, 0.3))
LARGEST, TITLE_LENGTH, FEATURES = 3, 40, 15
TOTAL, TOTAL_BUT = "All items", "All items but {} of unknown sales"
# Items of which more than this part of what is drawn is blank count in neither line of the total.
MOST_BLANK = 0.5
# Periods of sales that are drawn before the forecasts: so many for each period of these, and at most.
SHOWN, MOST_SHOWN = 3, 180
# The total has a gap where more than this part of it would be values that stand in for blank quantities.
MOST_STOOD_IN = 0.05
# With more points than this, lines are drawn thinner.
MANY_POINTS = 150


@dataclass(frozen=True, slots=True)
class Panel:
    """One fan. sold: ds, y. forecast: ds, mean, cutoff (each has a line of its own) and, where known, lo-80, hi-80 and so on."""

    title: str
    sold: pl.DataFrame
    forecast: pl.DataFrame


@dataclass(frozen=True, slots=True)
class SoldBefore:
    """A model's history, to be drawn.

    history: unique_id, ds, y. unknown: unique_id, ds of the rows whose y only stands in for a blank quantity. names: unique_id
    and, where the sales had one, item_name.
    """

    history: pl.DataFrame
    unknown: pl.DataFrame
    names: pl.DataFrame


def panels(sold: SoldBefore, made: pl.DataFrame, spread: SumSpread, total: SumSpread | None) -> list[Panel]:
    """The total and the largest items; days on which nothing at all was sold, or is expected to be, are left out.

    made: unique_id, ds, cutoff, mean (units) of all or some of the items sold before. spread: of single items. total: of the sum
    over all items, which is drawn without a band if nothing is known of it. What was sold is null where it is not known; items of
    which hardly anything is known are left out of the total and of the largest, and its title counts them.
    """
    history = sold.history
    forecast = made["ds"].n_unique()
    shown = forecast + min(forecast * SHOWN, MOST_SHOWN)
    recent = _busy(history.filter(pl.col("ds") >= history["ds"].unique().sort().tail(shown)[0]), "y")
    made = _busy(made, "mean")
    recent = recent.join(made.select("unique_id").unique(), on="unique_id", how="semi", maintain_order="left")
    recent = recent.join(sold.unknown.with_columns(blank=True), on=["unique_id", "ds"], how="left", maintain_order="left")
    recent = recent.with_columns(pl.col("blank").fill_null(False))
    hidden = recent.group_by("unique_id").agg(pl.col("blank").mean()).filter(pl.col("blank") > MOST_BLANK).select("unique_id")
    if 0 < hidden.height < recent["unique_id"].n_unique():
        recent, made = (frame.join(hidden, on="unique_id", how="anti", maintain_order="left") for frame in (recent, made))
    else:
        hidden = hidden.clear()
    sums = made.group_by("ds", "cutoff").agg(pl.col("mean").sum()).sort("ds")
    title = TOTAL_BUT.format(hidden.height) if hidden.height else TOTAL
    found = [Panel(title, _total_sold(recent), _with_bands(sums, total) if total else sums)]
    lumps, titles = dict(lumpiness_by_item(history).iter_rows()), _titles(sold.names)
    for item in sorted(largest(recent, LARGEST)):
        rows = made.filter(pl.col("unique_id") == item).select("ds", "cutoff", "mean").sort("ds")
        own = recent.filter(pl.col("unique_id") == item).select("ds", y=pl.when(~pl.col("blank")).then("y")).sort("ds")
        found.append(Panel(titles.get(item, item), own, _with_bands(rows, spread, lumps[item])))
    return found


def _total_sold(recent: pl.DataFrame) -> pl.DataFrame:
    """ds and the sum of y, null where too much of it only stands in for blank quantities."""
    stood_in = pl.col("y").filter("blank").sum() > MOST_STOOD_IN * pl.col("y").sum()
    return recent.group_by("ds").agg(y=pl.when(~stood_in & ~pl.col("blank").all()).then(pl.col("y").sum())).sort("ds")


def _titles(names: pl.DataFrame) -> dict[str, str]:
    """Name and code of each item that has a name."""
    if "item_name" not in names.columns:
        return {}
    named = names.filter(pl.col("item_name").str.strip_chars() != "")
    rows = named.select("unique_id", "item_name").iter_rows()
    return {item: name if name == item else f"{name} ({item})" for item, name in rows}


def _busy(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """The rows of dates on which `column` is above 0 somewhere; all rows if there is no such date."""
    busy = frame.filter(pl.col(column).sum().over("ds") > 0)
    return frame if busy.is_empty() else busy


def draw_fans(shown: list[Panel], title: str) -> bytes:
    """Fans, two in a row."""
    rows = (len(shown) + 1) // 2
    figure = Figure(figsize=(9.6, 0.6 + 2.5 * rows), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    grid: Any = figure.subplots(rows, 2, squeeze=False)
    for axes, panel in zip(grid.flat, shown, strict=False):
        _draw_fan(axes, panel)
    for axes in grid.flat[len(shown):]:
        axes.set_visible(False)
    handles, labels = grid.flat[min(1, len(shown) - 1)].get_legend_handles_labels()
    named = dict(zip(labels, handles, strict=True))
    figure.legend(named.values(), named.keys(), loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    figure.suptitle(title, fontsize=11)
    return _png(figure)


def draw_importance(gains: dict[str, float]) -> bytes:
    """Bars of the features that matter most. gains: feature → how much it reduced the trees' loss in all."""
    top = sorted(gains.items(), key=lambda pair: (-pair[1], pair[0]))[:FEATURES][::-1]
    whole = sum(gains.values()) or 1.0
    figure = Figure(figsize=(6.4, 4.4), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.barh([_short(readable(name)) for name, _ in top], [100 * gain / whole for _, gain in top], color=FORECAST)
    axes.set_xlabel("share of what the trees learned, %")
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=9)
    axes.set_title("What XGBoost looks at", fontsize=11)
    return _png(figure)


def readable(feature: str) -> str:
    """A feature's name in words."""
    words = ((r"lag(\d+)", r"\1 before"), (r"rolling_mean_lag1_window_size(\d+).*", r"mean of the last \1"),
             (r"seasonal_rolling_mean_lag(\d+).*", r"mean of every \1th before"), (r"expanding_mean_lag1", "mean of all before"),
             (r"exponentially_weighted_mean_lag1_alpha(.+)", r"smoothed by \1"), (r"(x|calendar)_(.+)", r"\2"))
    return next((re.sub(pattern, text, feature) for pattern, text in words if re.fullmatch(pattern, feature)), feature)


def _with_bands(rows: pl.DataFrame, spread: SumSpread, lumpiness: float = 1.0) -> pl.DataFrame:
    columns: dict[str, pl.Series] = {}
    for level, _ in LEVELS:
        lower, upper = band(spread, rows["mean"].to_numpy(), level, lumpiness)
        columns |= {f"lo-{level}": pl.Series(lower), f"hi-{level}": pl.Series(upper)}
    return rows.with_columns(**columns)


def _draw_fan(axes: Axes, panel: Panel) -> None:
    thin = panel.sold.height > MANY_POINTS
    axes.plot(panel.sold["ds"], panel.sold["y"].to_numpy(), color=SOLD, linewidth=0.6 if thin else 1, label="sold")
    for _, fold in panel.forecast.group_by("cutoff", maintain_order=True):
        mark = "." if fold.height < 3 else ""
        for level, shade in LEVELS:
            if f"lo-{level}" in fold.columns:
                edges = fold[f"lo-{level}"].to_numpy(), fold[f"hi-{level}"].to_numpy()
                axes.fill_between(fold["ds"], *edges, color=FORECAST, alpha=shade, linewidth=0, label=f"{level} % interval")
        axes.plot(fold["ds"], fold["mean"], color=FORECAST, linewidth=1.5, marker=mark, label="forecast")
    axes.set_title(_short(panel.title), fontsize=9)
    axes.set_ylim(bottom=0)
    locator = AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.yaxis.set_major_formatter(EngFormatter(sep=""))
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)


def _short(name: str) -> str:
    """A name that fits, and that matplotlib takes as it stands."""
    cut = name if len(name) <= TITLE_LENGTH else f"{name[:TITLE_LENGTH - 1]}…"
    return cut.replace("$", r"\$")


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
