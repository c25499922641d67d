"""What vision offers is a contract: fields, bounds, and what is refused."""

import json
import subprocess
import sys

import pytest
from pydantic import ValidationError

from jobs.vision.kinds import KINDS, DetectionParams, DetectionScores, DetectorParams


def test_training_waits_in_the_gpu_queue_and_prediction_in_its_fast_lane():
    assert [(k.name, k.queue) for k in KINDS][:2] == [("vision.train", "gpu"), ("vision.predict", "gpu.fast")]
    assert KINDS[0].time_limit_s == 12 * 3600


def test_every_kind_names_a_function_of_this_domain():
    assert all(kind.run.startswith("jobs.vision.") for kind in KINDS)


@pytest.mark.parametrize("wrong", [
    {"epochs": 0}, {"epochs": 1001}, {"epochs": 3.0}, {"epochs": "3"}, {"epochs": True}, {"image_size": 100}, {"image_size": 32},
    {"image_size": 4096}, {"batch": 0}, {"batch": 257}, {"seed": -1}, {"model": "a/b"}, {"model": ""}, {"surprise": 1},
    {"base": "../x.pt"}, {"base": "/etc/x.pt"}, {"base": ".x.pt"}, {"base": "a\\b.pt"}, {"base": "http://a/b.pt"}, {"base": ""},
    {"base": "x.pt\n"}, {"architecture": "yolo11n"}, {"base": "x.pt", "architecture": "resnet"}, {"dataset": ""},
])
def test_a_training_refuses_what_makes_no_sense(wrong):
    with pytest.raises(ValidationError):
        DetectorParams.model_validate_json(json.dumps({"dataset": "a", **wrong}))


def test_a_training_starts_from_a_random_yolo11n_by_default():
    params = DetectorParams.model_validate_json('{"dataset": "a"}')
    assert (params.base, params.architecture, params.image_size, params.mirror) == ("yolo11n", None, 640, False)


def test_an_architecture_may_stand_beside_a_file_of_weights():
    assert DetectorParams(dataset="a", base="100ep.pt", architecture="yolov8n").architecture == "yolov8n"


@pytest.mark.parametrize("wrong", [{"images": []}, {"images": ["a"] * 101}, {"images": [""]}, {"confidence": 0}, {"confidence": 1.1},
                                   {"iou": -0.1}, {"version": 0}, {"model": "a/b"}, {"confidence": "0.5"}, {"images": "a"}])
def test_a_prediction_refuses_what_makes_no_sense(wrong):
    with pytest.raises(ValidationError):
        DetectionParams.model_validate_json(json.dumps({"images": ["a"], "model": "m", **wrong}))


def test_a_prediction_uses_the_thresholds_of_the_contract_by_default():
    params = DetectionParams.model_validate_json('{"images": ["a"], "model": "m"}')
    assert (params.confidence, params.iou, params.version) == (0.25, 0.7, None)


def test_scores_are_written_with_the_names_of_the_contract():
    numbers = {"mAP50": 0.5, "mAP50-95": 0.25, "precision": 1, "recall": 0, "boxes": 3}
    written = DetectionScores.model_validate({**numbers, "per_class": {"RBC": numbers}}).model_dump(by_alias=True)
    assert written == {**numbers, "per_class": {"RBC": numbers}}


def test_every_field_of_every_schema_says_what_it_means():
    for kind in KINDS:
        for model in (kind.params, kind.result):
            schema = model.model_json_schema()
            for part in (schema, *schema.get("$defs", {}).values()):
                assert all("description" in field or "$ref" in field for field in part.get("properties", {}).values()), part


def test_the_schemas_load_none_of_the_heavy_libraries():
    code = ("import sys, jobs.vision.kinds;"
            "print([m for m in ('torch', 'ultralytics', 'cv2', 'numpy', 'polars', 'yaml') if m in sys.modules])")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
