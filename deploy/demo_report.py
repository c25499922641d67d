"""What the demo shows: a table of errors, a chart for the terminal, a picture of one store."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import polars as pl
from matplotlib.figure import Figure
from rich.table import Column, Table
from rich.text import Text

NAMES = {"xgboost": "XGBoost", "xgboost_relative": "XGBoost, relative", "prophet": "Prophet, total",
         "prophet_items": "Prophet by item", "theta": "Theta", "ets": "ETS", "imapa": "IMAPA", "ensemble": "ensemble",
         "seasonal_naive": "seasonal naive"}
EIGHTHS = " ▁▂▃▄▅▆▇█"
CHART_ROWS = 9
SHOWN_DAYS = 24  # with the six weeks and the labels that is 77 columns


@dataclass(frozen=True, slots=True)
class Outcome:
    """Forecast and truth of the six weeks. `rows`: item, date, mean, lo-…, hi-…, quantity (what was really sold)."""

    rows: pl.DataFrame
    history: pl.DataFrame

    def store(self) -> str:
        """The store in the middle, by its sales."""
        stores = self.history.group_by("item").agg(pl.col("quantity").sum()).sort("quantity", "item")["item"]
        return str(stores[len(stores) // 2])

    def wape(self) -> float:
        """Sum of absolute errors over sum of sales in the six weeks (0.08 is 8 %)."""
        error = (pl.col("quantity") - pl.col("mean")).abs().sum()
        return float(self.rows.select(error / pl.col("quantity").sum()).item())

    def inside(self, level: int) -> float:
        """Share of the open days' sales inside the interval of that level."""
        inside = pl.col("quantity").is_between(pl.col(f"lo-{level}"), pl.col(f"hi-{level}"))
        return float(self.rows.filter(pl.col("quantity") > 0).select(inside.mean()).item())


def read_outcome(predictions: Path, held_out: pl.DataFrame, history: pl.DataFrame) -> Outcome:
    """Join the predictions with what was really sold."""
    forecast = pl.read_csv(predictions, schema_overrides={"item": pl.String}, try_parse_dates=True)
    return Outcome(forecast.join(held_out, on=["item", "date"], how="inner").sort("item", "date"), history)


def metrics_table(metrics: dict[str, Any], chosen: str) -> Table:
    """One line for each member of the backtest."""
    table = Table("backtest", *(Column(n, justify="right") for n in ("MAE", "RMSE", "R²", "WAPE")), header_style="bold")
    for name, scores in sorted(metrics.items(), key=lambda pair: pair[1]["rmse"]):
        label = NAMES.get(name, name) + (" (chosen)" if name == chosen else "")
        errors = (f"{scores['mae']:,.0f}", f"{scores['rmse']:,.0f}")
        cells = (*errors, _number(scores["r2"], "{:.3f}"), _number(scores["wape"], "{:.1%}"))
        table.add_row(label, *cells, style="green" if name == chosen else "")
    return table


def chart(outcome: Outcome) -> Text:
    """Some weeks before and the six weeks forecast, all stores together: bars, and dots for what was really sold."""
    before = outcome.history.group_by("date").agg(pl.col("quantity").sum()).sort("date").tail(SHOWN_DAYS)
    after = outcome.rows.group_by("date").agg(pl.col("mean").sum(), pl.col("quantity").sum()).sort("date")
    bars = [*before["quantity"], *after["mean"]]
    dots = [None] * len(before) + list(after["quantity"])
    top = max(*bars, *(d for d in dots if d is not None))
    text = Text()
    for row in reversed(range(CHART_ROWS)):
        label = top * (row + 1) / CHART_ROWS
        text.append(f"{label:>10,.0f} ", style="dim") if row % 4 == 0 else text.append(" " * 11)
        for place, (bar, dot) in enumerate(zip(bars, dots, strict=True)):
            if dot is not None and min(int(dot / top * CHART_ROWS), CHART_ROWS - 1) == row:
                text.append("•", style="bold yellow")
            else:
                level = round(max(0.0, min(1.0, bar / top * CHART_ROWS - row)) * 8)
                text.append(EIGHTHS[level], style="cyan" if place >= len(before) else "bright_black")
        text.append("\n")
    text.append(f"{'':11}{'sold':<{len(before)}}{'forecast':<{len(after)}}\n", style="dim")
    key = ((" " * 11), ("█", "bright_black"), " sold   ", ("█", "cyan"), " forecast   ", ("•", "bold yellow"), " really sold")
    return text.append(Text.assemble(*key))


def picture(outcome: Outcome, store: str, target: Path) -> None:
    """One store: 60 days of sales, the forecast with its intervals, and what was really sold."""
    mpl.use("Agg")
    before = outcome.history.filter(pl.col("item") == store).sort("date").tail(60)
    after = outcome.rows.filter(pl.col("item") == store)
    figure = Figure(figsize=(11, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot(before["date"], before["quantity"], color="#555555", linewidth=1, label="sold")
    truth = "really sold (not shown to the model)"
    axes.plot(after["date"], after["quantity"], color="#e09f00", linewidth=1, marker=".", label=truth)
    for level, shade in ((95, 0.15), (80, 0.3)):
        edges = (after[f"lo-{level}"], after[f"hi-{level}"])
        axes.fill_between(after["date"], *edges, color="#0b7a9e", alpha=shade, linewidth=0, label=f"{level} % interval")
    axes.plot(after["date"], after["mean"], color="#0b7a9e", linewidth=1.6, label="forecast")
    axes.set(title=f"Rossmann store {store}: six weeks ahead", ylabel="sales a day", ylim=(0, None))
    figure.legend(loc="outside lower center", ncols=5, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(target, dpi=120)


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)
