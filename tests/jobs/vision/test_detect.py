"""A prediction answers boxes in pixels of the stored images, with the champion of this very moment."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from jobs.errors import InputError, JobCanceled, NotFound
from jobs.memory_context import MemoryContext
from jobs.vision import detect
from jobs.vision.boxes import Box, iou
from jobs.vision.dataset import read_examples
from jobs.vision.kinds import DetectionParams
from jobs.vision.training import ROOT
from tests.jobs.vision.conftest import Trained, Trap

pytestmark = pytest.mark.slow

ALONE = """
import sys
from pathlib import Path
from jobs.vision.yolo_model import Detector, read_image
detector = Detector(Path(sys.argv[1]), "abc", 96, "cpu", threads=1)
found = detector.detect([read_image(Path(sys.argv[2]))], confidence=0.05, iou=0.7)
print(len(found[0]))
"""


@pytest.fixture
def ctx(trained: Trained) -> MemoryContext:
    """A fresh context that knows the trained model and its images."""
    return MemoryContext(versions={"digits": list(trained.ctx.versions["digits"])}, promotions={"digits": 1}, images=trained.ctx.images)


def params(ctx, count=3, **given):
    return DetectionParams(**{"images": tuple(list(ctx.images)[-count:]), "model": "digits", **given})


def test_the_boxes_lie_on_the_digits_in_pixels(ctx, trained: Trained):
    truth = {e.sha256: e.boxes for e in read_examples(trained.ctx.datasets["digits"]) if e.split == "val"}
    result = detect.run(params(ctx, 20, confidence=0.1), ctx)
    hits = boxes = 0
    for found in result.predictions:
        assert (found.width, found.height) == (128, 128)
        for true in truth[found.image]:
            boxes += 1
            hits += any(iou(true, Box(b.label, b.x1, b.y1, b.x2, b.y2)) > 0.5 for b in found.boxes if b.label == true.label)
    assert hits > 0.5 * boxes


def test_images_are_answered_in_the_order_they_were_named(ctx):
    wanted = params(ctx, 20)
    assert [p.image for p in detect.run(wanted, ctx).predictions] == list(wanted.images)


def test_many_images_in_one_job_answer_what_each_answers_alone(ctx):
    together = detect.run(params(ctx, 20), ctx).predictions
    for one in (together[0], together[17]):
        alone = detect.run(params(ctx, images=(one.image,)), ctx).predictions[0]
        assert len(alone.boxes) == len(one.boxes)
        for a, b in zip(alone.boxes, one.boxes, strict=True):
            assert (a.x1, a.y1, a.x2, a.y2) == pytest.approx((b.x1, b.y1, b.x2, b.y2), abs=0.1)


def test_boxes_below_the_confidence_are_left_out_and_the_surest_stands_first(ctx):
    few, many = (detect.run(params(ctx, confidence=c), ctx) for c in (0.5, 0.05))
    for low, high in zip(many.predictions, few.predictions, strict=True):
        sure = [box.confidence for box in low.boxes]
        assert sure == sorted(sure, reverse=True)
        assert [b for b in low.boxes if b.confidence >= 0.5] == list(high.boxes)


def test_a_new_champion_answers_the_very_next_prediction(ctx):
    assert detect.run(params(ctx), ctx).version == 1
    first = ctx.versions["digits"][0]
    ctx.versions["digits"].append(replace(first, version=2))
    ctx.promotions["digits"] = 2
    assert detect.run(params(ctx), ctx).version == 2
    assert detect.run(params(ctx, version=1), ctx).version == 1


def test_what_was_asked_and_found_is_tracked(ctx):
    result = detect.run(params(ctx), ctx)
    assert (ctx.params["model"], ctx.params["version"], ctx.params["images"]) == ("digits", 1, 3)
    assert ("boxes", float(sum(len(p.boxes) for p in result.predictions)), None) in ctx.metrics
    assert result.runtime == ctx.params["runtime"] == "onnxruntime cpu"


def test_unknown_images_and_models_are_not_found(ctx):
    with pytest.raises(NotFound, match="image"):
        detect.run(params(ctx, images=("nothing",)), ctx)
    with pytest.raises(NotFound, match="model"):
        detect.run(params(ctx, model="nothing"), ctx)


def test_a_model_of_another_domain_is_refused(ctx):
    ctx.versions["demand"] = [replace(ctx.versions["digits"][0], name="demand", metadata={"horizon": 3})]
    ctx.promotions["demand"] = 1
    with pytest.raises(InputError, match="not made by vision"):
        detect.run(params(ctx, model="demand"), ctx)


def test_a_canceled_prediction_stops_at_once(ctx):
    ctx.stop = True
    with pytest.raises(JobCanceled):
        detect.run(params(ctx), ctx)


@pytest.mark.parametrize("file", ["best.pt", "best.onnx"])
def test_no_network_attempt_is_made_while_predicting(trained: Trained, tmp_path, trap: Trap, file):
    environment = {**os.environ, **trap.environment, "NORIA_HOME": str(tmp_path)}
    environment["PYTHONPATH"] += os.pathsep + str(ROOT)
    environment.pop("YOLO_CONFIG_DIR", None)
    weights, image = trained.ctx.model_version("digits").files[file], list(trained.ctx.images.values())[-1]
    done = subprocess.run([sys.executable, "-c", ALONE, str(weights), str(image)], env=environment, capture_output=True, text=True,
                          check=True)
    assert int(done.stdout.splitlines()[-1]) > 0
    assert trap.attempts == []
