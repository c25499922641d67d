"""A warm detector answers the boxes that plain Ultralytics answers, under any mix of thresholds and sizes at once."""

import json
import pickle
import subprocess
import sys
import threading
from dataclasses import replace

import cv2
import numpy as np
import pytest

from deploy.digits import Scenes
from jobs.errors import Conflict, DataError
from jobs.vision.library import YOLO
from jobs.vision.package import read_card
from jobs.vision.training import ROOT
from jobs.vision.yolo_model import Detector, read_image, warm_detector
from tests.jobs.vision.conftest import HOSTILE, Trained

pytestmark = pytest.mark.slow

WITHOUT = """
import json, pickle, sys
sys.modules["onnxruntime"] = None  # as if it were not installed
from jobs.vision.yolo_model import warm_detector
version, image = pickle.loads(open(sys.argv[1], "rb").read())
detector = warm_detector(version, "cpu", 1)
found = detector.detect([image], confidence=0.05, iou=0.7)[0]
print(json.dumps({"runtime": detector.runtime, "boxes": [[f.box.x1, f.box.y1, f.box.x2, f.box.y2, f.confidence] for f in found]}))
"""
SETTINGS = [(0.05, 0.3), (0.25, 0.7), (0.5, 0.7), (0.05, 0.95)]


@pytest.fixture(scope="module")
def images():
    """Scenes of three sizes."""
    found = [Scenes(9 + n, HOSTILE, HOSTILE, side_px=side).scene().image for n, side in enumerate((128, 96, 200, 128, 96, 128))]
    found[2] = found[2][:120]
    return found


@pytest.fixture(scope="module")
def plain(trained: Trained, images):
    """What a fresh YOLO of plain Ultralytics finds in each image with each pair of thresholds."""
    weights = trained.ctx.model_version("digits").files["best.pt"]
    return {(n, c, i): YOLO(str(weights)).predict(image, conf=c, iou=i, imgsz=96, device="cpu", verbose=False)[0].boxes.data.numpy()
            for n, image in enumerate(images) for c, i in SETTINGS}


RUNTIMES = pytest.mark.parametrize("file", ["best.pt", "best.onnx"])


def detector_of(trained: Trained, file: str) -> Detector:
    version = trained.ctx.model_version("digits")
    return Detector(version.files[file], read_card(version).classes, 96, "cpu", threads=1)


def assert_same(found, expected, classes):
    assert len(found) == len(expected)
    for f, row in zip(found, expected, strict=True):
        assert (f.box.x1, f.box.y1, f.box.x2, f.box.y2) == pytest.approx(row[:4], abs=0.1)
        assert f.confidence == pytest.approx(row[4], abs=0.001)
        assert f.box.label == classes[int(row[5])]


@RUNTIMES
@pytest.mark.parametrize(("confidence", "iou"), SETTINGS)
def test_boxes_are_those_of_plain_ultralytics_though_sizes_are_mixed(trained, images, plain, file, confidence, iou):
    found = detector_of(trained, file).detect(images, confidence=confidence, iou=iou)
    for n, boxes in enumerate(found):
        assert_same(boxes, plain[n, confidence, iou], trained.result.classes)
    assert sum(map(len, found)) > 0


@RUNTIMES
def test_callers_with_other_thresholds_at_once_do_not_disturb_each_other(trained, images, plain, file):
    # given one warm detector, asked by four threads with settings of their own
    detector, wrong = detector_of(trained, file), []

    def ask(confidence, iou):
        for _ in range(3):
            for n, image in enumerate(images):
                try:
                    found = detector.detect([image], confidence=confidence, iou=iou)[0]
                    assert_same(found, plain[n, confidence, iou], trained.result.classes)
                except AssertionError as e:
                    wrong.append(e)

    threads = [threading.Thread(target=ask, args=setting) for setting in SETTINGS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_detector_stays_warm_until_its_weights_change(trained):
    version = trained.ctx.model_version("digits")
    assert warm_detector(version, "cpu", 1) is warm_detector(version, "cpu", 1)


def test_a_detector_runs_on_what_its_training_chose(trained):
    version = trained.ctx.model_version("digits")
    assert warm_detector(version, "cpu", 1).runtime == "onnxruntime cpu"
    # an older card names none
    older = {name: value for name, value in version.metadata.items() if name != "runtime"}
    assert warm_detector(replace(version, name="older", metadata=older), "cpu", 1).runtime == "torch cpu"


def test_a_worker_without_onnx_runtime_predicts_the_same_boxes_with_torch(trained, tmp_path):
    version, image = trained.ctx.model_version("digits"), Scenes(9, HOSTILE, HOSTILE).scene().image
    given = tmp_path / "given.pickle"
    given.write_bytes(pickle.dumps((version, image)))
    done = subprocess.run([sys.executable, "-c", WITHOUT, str(given)], capture_output=True, text=True, check=True, cwd=ROOT)
    answer = json.loads(done.stdout.splitlines()[-1])
    expected = warm_detector(version, "cpu", 1).detect([image], confidence=0.05, iou=0.7)[0]
    assert answer["runtime"] == "torch cpu"
    assert len(answer["boxes"]) == len(expected) > 0
    for box, f in zip(answer["boxes"], expected, strict=True):
        assert box == pytest.approx([f.box.x1, f.box.y1, f.box.x2, f.box.y2, f.confidence], abs=0.01)


@pytest.mark.parametrize(("file", "runtime"), [("best.onnx", "onnxruntime"), ("best.pt", None)])
def test_weights_that_were_exchanged_are_not_loaded(trained, tmp_path, file, runtime):
    version = trained.ctx.model_version("digits")
    other = tmp_path / file
    other.write_bytes(version.files[file].read_bytes() + b"!")
    metadata = version.metadata if runtime else {**version.metadata, "runtime": None}
    with pytest.raises(Conflict, match="SHA-256"):
        warm_detector(replace(version, name="exchanged", files={file: other}, metadata=metadata), "cpu", 1)


def test_an_image_is_read_upright_as_blue_green_red(tmp_path):
    drawn = np.zeros((20, 30, 3), np.uint8)
    drawn[:, :10] = (255, 0, 0)
    cv2.imwrite(str(tmp_path / "x.png"), drawn)
    assert np.array_equal(read_image(tmp_path / "x.png"), drawn)


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n"])
def test_a_file_that_is_no_image_is_refused(tmp_path, content):
    (tmp_path / "x.png").write_bytes(content)
    with pytest.raises(DataError, match="cannot be read"):
        read_image(tmp_path / "x.png")
