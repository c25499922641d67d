"""The routes under /v1/corrections: what people say is in an image, which the model's next retrain learns from."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, g, request
from pydantic import TypeAdapter

from api import queries
from api.admission import caller
from api.bodies import read_json_body, validated
from api.responses import json_response
from api.services import services
from jobs.errors import Conflict, NotFound
from jobs.vision.boxes import Box
from storage.corrections import Correction, CorrectionIn, correction_document
from storage.detection_export import export_zip
from storage.names import NAME, image
from storage.retrain_queue import CORRECTION_STATES, Added

routes = Blueprint("corrections", __name__, url_prefix="/v1/corrections")
_correction = TypeAdapter(CorrectionIn)
ONE = "/<string(length=24):correction_id>"  # as long as every id, so that `export` is none


@routes.post("")
def add() -> Response:
    """Keep a correction; the one that makes enough of them starts the model's retrain."""
    s, (correction, added) = services(), keep(read_json_body())
    document = {"id": correction.id, "pending": added.pending, "threshold": s.corrections.threshold,
                "retrain_job": added.retrain_job, "links": {"self": f"/v1/corrections/{correction.id}"}}
    return json_response(document, 201, {"Location": f"/v1/corrections/{correction.id}"})


def keep(raw: bytes, *, seen: str | None = None) -> tuple[Correction, Added]:
    """Keep the correction that a body holds; gives it and what it did. `seen`, what it raises: as `Corrections.add`."""
    given = validated(_correction, raw)
    predicted = _predicted(given) if given.prediction is not None else None
    return services().corrections.add(given, by=caller(), predicted=predicted, request_id=g.request_id, seen=seen)


@routes.get("")
def listing() -> Response:
    """Corrections newest first, those of a model or in a state only if asked for."""
    model, state = request.args.get("model"), request.args.get("state")
    if model is not None and not NAME.fullmatch(model):
        raise queries.fault("model", "is not a model's name")
    if state is not None and state not in CORRECTION_STATES:
        raise queries.fault("state", f"must be one of {', '.join(CORRECTION_STATES)}")
    corrections = services().corrections
    corrections.heal()
    found, following = corrections.page(model=model, state=state, limit=queries.limit(),
                                        cursor=queries.cursor())
    return json_response({"corrections": [correction_document(c, standing) for c, standing in found], "next_cursor": following})


@routes.get("/export")
def export() -> Response:
    """A model's corrected images as a ZIP in the format asked for, streamed; each as its newest correction has it."""
    s = services()
    format_ = queries.export_format()
    model = request.args.get("model", "")
    if not NAME.fullmatch(model):
        raise queries.fault("model", "must be a model's name")
    labels, images = s.corrections.labelled_images(model)
    if not images:
        raise Conflict(f"The model {model} has no corrections to export.")
    pieces = export_zip(format_, labels, lambda: images, lambda sha256: s.objects.stream(image(sha256)))
    response = Response(pieces, mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=f"{model}-corrections-{format_}.zip")
    return response


@routes.get(ONE)
def show(correction_id: str) -> Response:
    """A correction, with what the model had said and what changed."""
    return json_response(correction_document(*services().corrections.get(correction_id)))


@routes.delete(ONE)
def delete(correction_id: str) -> Response:
    """Let a pending correction not count any more; 409 once a retrain has claimed it."""
    s = services()
    s.corrections.withdraw(correction_id, by=caller())
    return Response(status=204)


def _predicted(given: CorrectionIn) -> list[Box]:
    """What the prediction that was corrected had said of the image. Raises InputError."""
    try:
        job = services().reader.get(str(given.prediction))
    except NotFound as e:
        raise queries.fault("prediction", e.message.rstrip(".")) from None
    result = job.result or {}
    if job.state != "succeeded" or not isinstance(result.get("predictions"), Sequence):
        raise queries.fault("prediction", "is not a prediction that succeeded")
    if result.get("model") != given.model:
        raise queries.fault("prediction", "is one of another model")
    entries: list[dict[str, Any]] = [p for p in result["predictions"] if p.get("image") == given.image]
    if not entries:
        raise queries.fault("prediction", "did not look at this image")
    return [Box(b["label"], b["x1"], b["y1"], b["x2"], b["y2"]) for b in entries[0]["boxes"]]
