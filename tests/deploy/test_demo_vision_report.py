"""What the demo shows of a retrain."""

from io import StringIO
from pathlib import Path

from rich.console import Console

from deploy.demo_vision_report import picture, scores_table
from deploy.digits import Scenes


def scores(value: float) -> dict[str, object]:
    return {"mAP50": value, "boxes": 12}


def test_the_table_has_both_looks_before_and_after() -> None:
    metrics = {"before": {"all": scores(0.5), "old": scores(0.9), "new": scores(0.01)},
               "after": {"all": scores(0.8), "old": scores(0.875), "new": scores(0.62)}}
    console = Console(file=StringIO(), width=80)
    console.print(scores_table(metrics))
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in console.file.getvalue().splitlines() if "│" in line]
    assert rows == [["old look", "12", "0.900", "0.875"], ["new look", "12", "0.010", "0.620"], ["both", "12", "0.500", "0.800"]]


def test_a_set_without_boxes_has_no_line() -> None:
    metrics = {when: {"all": scores(0.5), "old": scores(0.5), "new": None} for when in ("before", "after")}
    assert scores_table(metrics).row_count == 2


def test_the_picture_is_written_as_png(tmp_path: Path) -> None:
    scene = Scenes(1, inverted=True).scene()
    picture([scene, scene], [[], []], [scene.boxes, []], tmp_path / "deep" / "x.png")
    assert (tmp_path / "deep" / "x.png").read_bytes().startswith(b"\x89PNG")
