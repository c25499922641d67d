"""A version's files: its card is read back, and its weights are those that were trained or are not loaded."""

import json
from dataclasses import replace

import pytest

from jobs.context import ModelVersion
from jobs.errors import Conflict, InputError
from jobs.vision.package import Card, checked_export, checked_weights, code_version, library_versions, read_card, write_files
from jobs.vision.starting_point import sha256_of
from jobs.vision.training_plan import Runtime

NUMBERS = {"mAP50": 0.5, "mAP50-95": 0.25, "precision": 0.75, "recall": 1.0, "boxes": 3}


@pytest.fixture
def version(tmp_path) -> ModelVersion:
    """A version whose weights are nine bytes."""
    weights = tmp_path / "best.pt"
    weights.write_bytes(b"9 weights")
    card = Card.model_validate({
        "classes": ("a: b", "../x"), "image_size": 96, "weights_sha256": sha256_of(weights), "base": "tiny11n", "architecture": None,
        "epochs": 1, "batch": 8, "seed": 0, "metrics": {**NUMBERS, "per_class": {"a: b": NUMBERS}},
        "data": {"dataset": "d", "sha256": "0", "images": {"train": 1}}, "code": code_version(), "libraries": library_versions()})
    files = write_files(tmp_path / "model", card.model_dump(mode="json", by_alias=True), weights)
    return ModelVersion("m", 1, "vision", json.loads(files["metadata.json"].read_text()), files)


def test_a_card_is_read_back_as_it_was_written(version):
    card = read_card(version)
    assert card.classes == ("a: b", "../x")
    assert json.loads(card.model_dump_json(by_alias=True)) == version.metadata
    assert card.metrics.per_class["a: b"].mAP50_95 == 0.25


def test_weights_that_were_trained_are_given(version):
    assert checked_weights(version, read_card(version)).read_bytes() == b"9 weights"


def test_a_card_from_before_runtimes_were_measured_is_read_and_means_torch(version):
    older = {name: value for name, value in version.metadata.items() if name != "runtime"}
    card = read_card(replace(version, metadata=older))
    assert card.runtime is None
    assert checked_export(version, card) is None


def test_an_export_is_a_file_beside_the_weights_and_checked_like_them(version, tmp_path):
    (tmp_path / "best.onnx").write_bytes(b"8 export")
    runtime = Runtime(name="onnxruntime", version="1.2", sha256=sha256_of(tmp_path / "best.onnx"), images=1, boxes=1, unmatched=0,
                      shift_px=0, shift_confidence=0, speed_up=2)
    card = read_card(version).model_copy(update={"runtime": runtime})
    files = write_files(tmp_path / "model", version.metadata, tmp_path / "best.pt")
    assert list(files) == ["best.pt", "best.onnx", "metadata.json"]
    assert checked_export(replace(version, files=files), card).read_bytes() == b"8 export"
    files["best.onnx"].write_bytes(b"9 export")
    with pytest.raises(Conflict, match="SHA-256 differs"):
        checked_export(replace(version, files=files), card)


def test_weights_that_were_changed_are_not_given(version):
    version.files["best.pt"].write_bytes(b"8 weights")
    with pytest.raises(Conflict, match="SHA-256 differs"):
        checked_weights(version, read_card(version))


def test_a_model_of_demand_cannot_look_at_images(version):
    with pytest.raises(InputError, match="not made by vision.train"):
        read_card(replace(version, metadata={"horizon": 3}))


def test_the_libraries_that_shape_a_detector_are_named():
    assert {"ultralytics", "torch"} <= set(library_versions())
    assert len(code_version()) == 16
