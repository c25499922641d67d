"""What the demo shows of its results."""

from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from deploy.demo_report import Outcome, chart, metrics_table, picture, read_outcome

START = date(2015, 6, 1)
SCORES = {"mae": 870.2, "rmse": 1330.0, "r2": 0.95, "wape": 0.084}


@pytest.fixture
def outcome(tmp_path: Path) -> Outcome:
    days = [START + timedelta(d) for d in range(42)]
    forecast = pl.DataFrame([{"item": item, "date": day, "mean": 110.0, "lo-80": 90.0, "hi-80": 130.0, "lo-95": 50.0, "hi-95": 170.0}
                             for item in ("7", "08", "9") for day in days])
    forecast.write_csv(tmp_path / "predictions.csv")
    truth = pl.DataFrame([{"date": day, "item": item, "quantity": 0 if n == 0 else 100 if n % 2 else 140}
                          for item in ("7", "08", "9") for n, day in enumerate(days)])
    history = pl.DataFrame([{"date": START - timedelta(d + 1), "item": item, "quantity": size}
                            for item, size in (("7", 10), ("08", 20), ("9", 30)) for d in range(60)])
    return read_outcome(tmp_path / "predictions.csv", truth, history)


def shown(renderable: object) -> str:
    console = Console(file=StringIO(), width=80)
    console.print(renderable)
    return console.file.getvalue()


def test_items_are_joined_as_text_with_their_zeros(outcome: Outcome) -> None:
    assert len(outcome.rows) == 3 * 42
    assert outcome.store() == "08"


def test_errors_are_those_that_a_hand_would_compute(outcome: Outcome) -> None:
    # Per store: one closed day (error 110), 21 days of 100 (error 10), 20 days of 140 (error 30).
    assert outcome.wape() == pytest.approx((110 + 21 * 10 + 20 * 30) / (21 * 100 + 20 * 140))
    assert outcome.inside(80) == pytest.approx(21 / 41)
    assert outcome.inside(95) == 1.0


def test_the_table_has_a_line_for_each_member_the_best_first() -> None:
    worse = {**SCORES, "rmse": 3998.0, "r2": None, "wape": None}
    lines = [line for line in shown(metrics_table({"seasonal_naive": worse, "xgboost": SCORES}, "xgboost")).splitlines() if "│" in line]

    assert lines[0].split("│")[1].strip() == "XGBoost (chosen)"
    assert [cell.strip() for cell in lines[0].split("│")[2:6]] == ["870", "1,330", "0.950", "8.4%"]
    assert lines[1].split("│")[4].strip() == "–"


def test_the_chart_fits_a_terminal_and_marks_what_was_really_sold(outcome: Outcome) -> None:
    lines = shown(chart(outcome)).splitlines()

    assert max(len(line) for line in lines) <= 80
    assert sum(line.count("•") for line in lines) == 42 + 1  # and one in the key


def test_the_picture_is_written_as_png(outcome: Outcome, tmp_path: Path) -> None:
    picture(outcome, "08", tmp_path / "store.png")

    assert (tmp_path / "store.png").read_bytes().startswith(b"\x89PNG")
