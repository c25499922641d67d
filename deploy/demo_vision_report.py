"""What the demo shows of a retrain: its scores, and what was found before and after."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from rich.table import Column, Table

from deploy.digits import Scene

SETS = {"old": "old look", "new": "new look", "all": "both"}
FOUND, TRUE = "#4fc3f7", "#ffb74d"


def scores_table(metrics: dict[str, Any]) -> Table:
    """mAP50 of the old, the new and all held-out images, before and after the retrain."""
    numbers = (Column(name, justify="right") for name in ("boxes", "mAP50 before", "after"))
    table = Table("held-out images", *numbers, header_style="bold")
    for name, label in SETS.items():
        before, after = metrics["before"][name], metrics["after"][name]
        if before and after:
            table.add_row(label, str(after["boxes"]), f"{before['mAP50']:.3f}", f"{after['mAP50']:.3f}")
    return table


def picture(scenes: Sequence[Scene], before: Sequence[list[dict[str, Any]]], after: Sequence[list[dict[str, Any]]],
            target: Path) -> None:
    """Draw each scene in three rows: what is there, what was found before, what is found after."""
    mpl.use("Agg")
    truth = [scene.boxes for scene in scenes]
    rows = (("what is there", truth, TRUE), ("found before", before, FOUND), ("found after", after, FOUND))
    figure = Figure(figsize=(3 * len(scenes), 9.4), layout="constrained")
    for row, (title, boxes, colour) in zip(figure.subplots(3, len(scenes), squeeze=False), rows, strict=True):
        for axes, scene, found in zip(row, scenes, boxes, strict=True):
            _draw(axes, scene, found, colour)
        row[0].set_title(title, loc="left")
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=90)


def _draw(axes: Axes, scene: Scene, boxes: list[dict[str, Any]], colour: str) -> None:
    axes.imshow(scene.image)
    axes.set_axis_off()
    for box in boxes:
        corner, size = (box["x1"], box["y1"]), (box["x2"] - box["x1"], box["y2"] - box["y1"])
        axes.add_patch(Rectangle(corner, *size, fill=False, edgecolor=colour, linewidth=1.6))
        axes.text(*corner, box["label"], color="black", fontsize=9, va="bottom", bbox={"color": colour, "pad": 1, "linewidth": 0})
