"""The prediction job: read the images, ask the warm detector, answer boxes in pixels of the stored images."""

from collections import Counter
from collections.abc import Sequence
from typing import cast

from jobs.context import JobContext
from jobs.kind import Params
from jobs.settings import load_settings
from jobs.vision.kinds import DetectionParams, DetectionResult, FoundBox, ImagePrediction
from jobs.vision.yolo_model import MAX_BATCH, Detector, Found, Image, read_image, warm_detector


def run(params: Params, ctx: JobContext) -> DetectionResult:
    """Carry out `vision.predict`. The champion is looked up at each call, so a new one answers at once.

    Raises NotFound for an unknown image or model, InputError for a model of another domain, Conflict for weights that are not
    those that were trained, DataError for an image that cannot be read, and JobStopped's kinds.
    """
    wanted = cast(DetectionParams, params)
    ctx.progress(0.0, "load", f"loading {wanted.model}")
    found = ctx.model_version(wanted.model, wanted.version)
    detector = warm_detector(found, load_settings().device, ctx.threads)
    predictions: list[ImagePrediction] = []
    for start in range(0, len(wanted.images), MAX_BATCH):
        ctx.progress(0.1 + 0.8 * start / len(wanted.images), "detect", f"image {start + 1} of {len(wanted.images)}")
        predictions += _look(wanted.images[start:start + MAX_BATCH], wanted, detector, ctx)
    _track(ctx, wanted, found.version, detector, predictions)
    boxes = sum(len(p.boxes) for p in predictions)
    ctx.progress(1.0, "done", f"{boxes} boxes in {len(predictions)} images")
    return DetectionResult(model=found.name, version=found.version, runtime=detector.runtime, predictions=tuple(predictions))


def _look(ids: Sequence[str], wanted: DetectionParams, detector: Detector, ctx: JobContext) -> list[ImagePrediction]:
    images = [read_image(ctx.image(image)) for image in ids]
    found = detector.detect(images, confidence=wanted.confidence, iou=wanted.iou)
    return [_prediction(*each) for each in zip(ids, images, found, strict=True)]


def _prediction(image_id: str, image: Image, found: Sequence[Found]) -> ImagePrediction:
    boxes = tuple(
        FoundBox(label=f.box.label, confidence=round(f.confidence, 4), x1=round(f.box.x1, 2), y1=round(f.box.y1, 2),
                 x2=round(f.box.x2, 2), y2=round(f.box.y2, 2)) for f in found)
    return ImagePrediction(image=image_id, width=image.shape[1], height=image.shape[0], boxes=boxes)


def _track(ctx: JobContext, wanted: DetectionParams, version: int, detector: Detector,
           predictions: list[ImagePrediction]) -> None:
    described = {"model": wanted.model, "version": version, "images": len(predictions), "confidence": wanted.confidence,
                 "iou": wanted.iou, "runtime": detector.runtime}
    for name, value in described.items():
        ctx.param(name, value)
    ctx.tag("modelo_id", wanted.model)
    found = [box for prediction in predictions for box in prediction.boxes]
    ctx.metric("boxes", float(len(found)))
    for label, boxes in Counter(box.label for box in found).items():
        ctx.metric(f"boxes/{label}", float(boxes))
