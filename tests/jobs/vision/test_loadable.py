"""A version can be used if its weights are those that were trained, load, and know its classes."""

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jobs.vision.library import YOLO
from jobs.vision.loadable import Asked, problem_of
from jobs.vision.starting_point import TINY, sha256_of

SCORES = {"mAP50": 0.5, "mAP50-95": 0.4, "precision": 0.5, "recall": 0.5, "boxes": 9, "per_class": {}}


class Touch:
    """Unpickled as it asks, it leaves a file."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return Path.touch, (self.mark,)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of the small architecture, for its own number of classes."""
    path = tmp_path_factory.mktemp("weights") / "best.pt"
    YOLO(str(TINY), task="detect").save(path)
    return path


def asked(weights: Path, *, classes: int | None = None, sha256: str | None = None) -> Asked:
    number = classes or len(YOLO(str(TINY), task="detect").names)
    card = {"classes": [f"class {n}" for n in range(number)], "image_size": 96, "weights_sha256": sha256 or sha256_of(weights),
            "base": "tiny11n", "architecture": None, "epochs": 1, "batch": 8, "seed": 0, "metrics": SCORES,
            "data": {"dataset": "d"}, "code": "c", "libraries": {}}
    return Asked(name="shapes", version=3, metadata=card, files={"best.pt": weights})


def test_weights_as_they_were_trained_can_be_used(weights: Path) -> None:
    assert problem_of(asked(weights)) is None


def test_other_weights_are_not_even_opened(tmp_path: Path) -> None:
    # given a file that does harm as it is opened
    harmful = tmp_path / "best.pt"
    harmful.write_bytes(pickle.dumps(Touch(tmp_path / "mark")))
    # then
    assert "SHA-256" in (problem_of(asked(harmful, sha256="0" * 64)) or "")
    assert "do not load" in (problem_of(asked(harmful)) or "")
    assert not (tmp_path / "mark").exists()


def test_weights_of_other_classes_are_told(weights: Path) -> None:
    assert "classes" in (problem_of(asked(weights, classes=2)) or "")


def test_a_model_of_another_kind_is_told(weights: Path) -> None:
    assert "not made by vision.train" in (problem_of(Asked(name="m", version=1, metadata={}, files={"best.pt": weights})) or "")


def test_a_process_answers_line_by_line(weights: Path) -> None:
    # given
    lines = [asked(weights), asked(weights, sha256="0" * 64)]
    # when
    ran = subprocess.run([sys.executable, "-m", "jobs.vision.loadable"], input="\n".join(a.model_dump_json() for a in lines),
                         capture_output=True, text=True, check=True)
    # then
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [(a["name"], a["version"], bool(a["problem"])) for a in answers] == [("shapes", 3, False), ("shapes", 3, True)]
