"""The classes of a buy list as a picture: how many items are in each ABC/XYZ class, and what they are to be bought for."""

import io

import numpy as np
import polars as pl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from jobs.forecasting.item_classes import Basis

ABC, XYZ = "ABC", "XYZ"
BASES: dict[Basis, str] = {"cost": "cost of\nwhat is sold", "price": "revenue", "units": "units sold"}
MEANINGS = {"B": "B  next 15 %", "C": "C  the rest", "X": "X  even", "Y": "Y  varying", "Z": "Z  erratic"}


def draw_classes(table: pl.DataFrame, basis: Basis) -> bytes:
    """A PNG of three by three fields, the darker the more money is spent there. table: class and investment by item.

    basis: what the ABC classes count.
    """
    meanings = {"A": f"A  80 % of {BASES[basis]}", **MEANINGS}
    by_class = table.group_by("class").agg(items=pl.len(), money=pl.col("investment").sum())
    found = {row["class"]: row for row in by_class.to_dicts()}
    money = np.array([[found.get(a + x, {}).get("money", 0.0) for x in XYZ] for a in ABC])
    items = np.array([[found.get(a + x, {}).get("items", 0) for x in XYZ] for a in ABC])
    shares = money / max(float(money.sum()), 1e-12) if money.sum() else items / max(int(items.sum()), 1)
    figure = Figure(figsize=(5.2, 3.6), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=max(float(shares.max()), 0.01) * 1.3, aspect="auto")
    axes.set_xticks(range(3), [meanings[x] for x in XYZ])
    axes.set_yticks(range(3), [meanings[a] for a in ABC])
    axes.tick_params(length=0)
    for row in range(3):
        for column in range(3):
            dark = shares[row, column] > 0.7 * shares.max()
            plural = "" if items[row, column] == 1 else "s"
            label = f"{items[row, column]:,} item{plural}" + (f"\n{money[row, column]:,.0f}" if money.sum() else "")
            axes.text(column, row, label, ha="center", va="center", color="white" if dark else "black", fontsize=9)
    axes.set_title("Items by class, and the money to spend on them" if money.sum() else "Items by class", fontsize=10)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
