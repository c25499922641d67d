"""The addresses of the old detection system: predict, correct, retrain, and choose the model that answers."""

import base64
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, g, request
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from api import job_routes, queries
from api.admission import caller
from api.bodies import ParsedSubmit, input_error
from api.compat import old_jobs
from api.compat.current_model import current, devices, entry, find_current, path_of, published, switch
from api.compat.old_shape import failure, in_old_names
from api.responses import json_response
from api.services import Services, services
from jobs.errors import InputError, TooLarge
from jobs.record import Job
from storage.corrections import BoxIn, Coordinate
from storage.images import ImageDocument
from storage.retrain_queue import RetrainStatus

IMAGE_NAMES = {"file[0]": "image", "file": "image"}
BOX_NAMES = {"boxes.0.label": "tag", "boxes.0": "bbox", "boxes": "bbox"}
RETRAIN_NAMES = {"experiment_id": "experiment_id", "epochs": "epochs", "batch": "batch_size"}
SCORES = ("mAP50", "precision", "recall")

routes = Blueprint("compat_vision", __name__)


class Corners(BaseModel):
    """The old `bbox`: corners in pixels."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False)

    x1: Coordinate
    y1: Coordinate
    x2: Coordinate
    y2: Coordinate


_corners = TypeAdapter(Corners)


@routes.post("/predict")
def predict() -> Response:
    """The boxes in an uploaded image, as numbers and drawn in."""
    s = services()
    _read_form(s)
    model, image = current(s), _image(s)
    job = old_jobs.start("vision.predict", {"model": model.model, "images": [image.id]}, {})
    return old_jobs.answer(job, lambda ended: _detections(s, image, old_jobs.result_of(ended)), shows_run=False)


@routes.get("/model-info")
def model_info() -> Response:
    """The model that answers, and what it runs on."""
    s = services()
    model = find_current(s)
    classes = list(model.metadata.get("classes", ())) if model else []
    return json_response({
        "model": model.model if model else None, "classes": classes, "num_classes": len(classes),
        "model_loaded": model is not None, "model_path": path_of(model.model, model.version) if model else None, **devices(s)})


@routes.get("/api/models/list")
def list_models() -> Response:
    """Every version of every vision model."""
    s = services()
    present = find_current(s)
    return json_response({"success": True, "models": [entry(s, version, present) for version in published(s)],
                          "device": devices(s)["device"]})


@routes.post("/api/models/switch")
def switch_model() -> Response:
    """Have a version that the list names answer from now on."""
    s, path = services(), old_jobs.old_body().get("model_path")
    if not isinstance(path, str):
        raise queries.fault("model_path", "has to be a `path` that /api/models/list gives")
    version = switch(s, path, by=caller())
    return json_response({"success": True, "model": entry(s, version, version)})


@routes.post("/api/corrections/add")
def add_correction() -> Response:
    """Add one box to what is known of an image."""
    s = services()
    _read_form(s)
    model, box = current(s).model, _box()
    image = _image(s)
    try:
        correction, added = s.corrections.add_box(image.id, model, box, by=caller(), request_id=g.request_id)
    except InputError as e:
        raise in_old_names(e, BOX_NAMES) from None
    return json_response({
        "success": True, "message": f"The correction is kept; the image has {len(correction.boxes)} box(es).",
        "correction_id": correction.id, **_counts(s, s.jobs.retrain_status(correction.model)), "retrain_job": added.retrain_job})


@routes.get("/api/corrections/stats")
def correction_stats() -> Response:
    """How many corrections wait, and whether they are enough."""
    s = services()
    model = find_current(s)
    status = s.jobs.retrain_status(model.model) if model else RetrainStatus(0, (), None, None)
    return json_response({"success": True, **_counts(s, status)})


@routes.post("/api/model/retrain")
def retrain() -> Response:
    """Learn from the corrections that wait; the retrain that is under way answers, where there is one."""
    s, body = services(), old_jobs.old_body()
    params = {param: body[old] for param, old in RETRAIN_NAMES.items() if old in body}
    model = current(s).model
    parsed = old_jobs.parse("vision.retrain", {"model": model, **params}, RETRAIN_NAMES)
    status = s.jobs.retrain_status(model)
    needed = s.corrections.threshold - status.pending
    if needed > 0 and not status.under_way:
        message = f"{s.corrections.threshold} corrections are needed for a retrain, and {status.pending} wait; add {needed} more."
        return json_response(failure(message, corrections_needed=needed), 400)
    job = s.reader.get(status.active or status.under_way[0]) if status.under_way else _started(s, parsed)
    return old_jobs.answer(job, _retrained)


def _started(s: Services, parsed: ParsedSubmit) -> Job:
    """A new retrain; of several that were asked for at once, the one that is first."""
    job = job_routes.start(parsed).job
    status = s.jobs.retrain_status(parsed.params["model"])
    first = status.active or min(status.under_way, default=job.id)
    if first == job.id:
        return job
    s.jobs.request_cancel(job.id)
    return s.reader.get(first)


def _retrained(job: Job) -> dict[str, Any]:
    result = old_jobs.result_of(job)
    before, after = result["metrics"]["before"]["all"], result["metrics"]["after"]["all"]
    # The new version is measured once, on the held-out images, so `mAP50` and `val_mAP50` are one number.
    metrics = {**{f"pre_{name}": before[name] for name in SCORES}, **{name: after[name] for name in SCORES},
               **{f"val_{name}": after[name] for name in SCORES}}
    return {
        "success": True, "new_version": result["version"], "model_path": path_of(result["model"], result["version"]),
        "metrics": metrics, "mlflow_run_id": old_jobs.run_of(job).get("mlflow_run_id"),
        "experiment_id": result["experiment_id"],
        "message": f"Version {result['version']} was {result['decision']}: {result['reason']}"}


def _detections(s: Services, image: ImageDocument, result: dict[str, Any]) -> dict[str, Any]:
    boxes = result["predictions"][0]["boxes"]
    known = s.models.version(result["model"], result["version"]).metadata.get("classes", ())
    class_ids = {label: n for n, label in enumerate(known)}
    picture = s.images.with_boxes(image, boxes)
    return {
        "success": True,
        "detections": [
            {"class": box["label"], "class_id": class_ids.get(box["label"]), "confidence": box["confidence"],
             "bbox": {side: box[side] for side in ("x1", "y1", "x2", "y2")}} for box in boxes],
        "num_detections": len(boxes), "image_size": {"width": image.width, "height": image.height},
        "image_with_detections": base64.b64encode(picture).decode()}


def _counts(s: Services, status: RetrainStatus) -> dict[str, Any]:
    needed = s.corrections.threshold
    ready = status.pending >= needed or bool(status.under_way)
    return {"total": status.pending, "ready_for_retrain": ready, "min_required": needed}


def _read_form(s: Services) -> None:
    """Take in the request's form, which may be as large as any upload. Raises HTTP 413 and 415, and StorageUnavailable."""
    request.max_content_length = s.settings.max_upload_mb << 20
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType
    request.files  # noqa: B018 - the form is read when it is first looked at


def _image(s: Services) -> ImageDocument:
    """The form's `image`, kept as any upload. Raises InputError, TooLarge."""
    given = request.files.getlist("image")
    if len(given) != 1:
        raise queries.fault("image", "has to be exactly one file")
    try:
        return s.images.receive(Path(str(given[0].stream.name)))[0]
    except (InputError, TooLarge) as e:
        raise in_old_names(e, IMAGE_NAMES) from None


def _box() -> BoxIn:
    """The form's `bbox` and `tag`. Raises InputError."""
    text, tag = request.form.get("bbox"), request.form.get("tag", "")
    if text is None:
        raise queries.fault("bbox", 'is required: {"x1", "y1", "x2", "y2"} in pixels')
    try:
        return BoxIn.model_validate({"label": tag, **_corners.validate_json(text).model_dump()})
    except ValidationError as e:
        first = input_error(e).fields[0]
        raise queries.fault("tag" if first.field == "label" else f"bbox.{first.field}".rstrip("."), first.message) from None
