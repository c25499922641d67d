"""A row's verdict, and what a report keeps."""

import json
from pathlib import Path

import pytest

from benchmarks.goals import PICTURE, Row, report


@pytest.mark.parametrize(("values", "at_most", "verdict"), [
    ((1.0, 1.1, 9.0), True, "reached"), ((1.0, 1.3, 1.4), True, "MISSED"),
    ((0.1, 1.2, 1.3), False, "reached"), ((0.1, 1.1, 9.0), False, "MISSED")])
def test_the_median_decides_whether_a_goal_is_reached(values: tuple[float, ...], at_most: bool, verdict: str) -> None:
    assert Row("a", "b", values, 1.2, at_most).verdict == verdict


def test_a_row_without_a_goal_cannot_miss_it() -> None:
    assert Row("a", "b", (100.0,), None).verdict == ""


def test_a_report_is_printed_kept_and_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("NORIA_HOME", str(tmp_path))

    reached = report("some", [Row("fast", "slow", (2.0, 4.0, 3.0), 5.0, at_most=False), Row("cost", "", (7.0,), None)], more=[1])

    kept = json.loads((tmp_path / "bench" / "some.json").read_text())
    assert not reached
    assert "MISSED" in capsys.readouterr().out
    assert [(row["median"], row["verdict"]) for row in kept["rows"]] == [(3.0, "MISSED"), (7.0, "")]
    assert kept["more"] == [1]
    assert kept["machine"]["cores"] >= 1
    assert (tmp_path / "bench" / PICTURE).read_bytes().startswith(b"\x89PNG")
