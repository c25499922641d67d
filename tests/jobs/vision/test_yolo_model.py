"""A warm detector answers the boxes that plain Ultralytics answers, under any mix of thresholds and sizes at once."""

import threading

import cv2
import numpy as np
import pytest

from deploy.digits import Scenes
from jobs.errors import Conflict, DataError
from jobs.vision.library import YOLO
from jobs.vision.package import read_card
from jobs.vision.yolo_model import Detector, read_image, warm_detector
from tests.jobs.vision.conftest import HOSTILE, Trained

pytestmark = pytest.mark.slow

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


def detector_of(trained: Trained) -> Detector:
    version = trained.ctx.model_version("digits")
    return Detector(version.files["best.pt"], read_card(version).classes, 96, "cpu")


def assert_same(found, expected, classes):
    assert len(found) == len(expected)
    for f, row in zip(found, expected, strict=True):
        assert (f.box.x1, f.box.y1, f.box.x2, f.box.y2) == pytest.approx(row[:4], abs=0.1)
        assert f.confidence == pytest.approx(row[4], abs=0.001)
        assert f.box.label == classes[int(row[5])]


@pytest.mark.parametrize(("confidence", "iou"), SETTINGS)
def test_boxes_are_those_of_plain_ultralytics_though_sizes_are_mixed(trained, images, plain, confidence, iou):
    found = detector_of(trained).detect(images, confidence=confidence, iou=iou, threads=1)
    for n, boxes in enumerate(found):
        assert_same(boxes, plain[n, confidence, iou], trained.result.classes)
    assert sum(map(len, found)) > 0


def test_callers_with_other_thresholds_at_once_do_not_disturb_each_other(trained, images, plain):
    # given one warm detector, asked by four threads with settings of their own
    detector, wrong = detector_of(trained), []

    def ask(confidence, iou):
        for _ in range(3):
            for n, image in enumerate(images):
                try:
                    found = detector.detect([image], confidence=confidence, iou=iou, threads=1)[0]
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
    assert warm_detector(version, "cpu") is warm_detector(version, "cpu")
    assert warm_detector(version, "cpu").runtime == "torch cpu"


def test_weights_that_were_exchanged_are_not_loaded(trained, tmp_path):
    from dataclasses import replace

    version = trained.ctx.model_version("digits")
    other = tmp_path / "best.pt"
    other.write_bytes(version.files["best.pt"].read_bytes() + b"!")
    with pytest.raises(Conflict, match="SHA-256"):
        warm_detector(replace(version, name="exchanged", files={"best.pt": other}), "cpu")


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
