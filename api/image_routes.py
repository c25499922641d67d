"""The routes under /v1/images: pictures to predict on and to correct, kept by their content."""

from pathlib import Path

from flask import Blueprint, Response, request
from werkzeug.exceptions import UnsupportedMediaType

from api import queries
from api.bodies import unknown_parts
from api.deletions import record_deletion, require_unneeded_image
from api.responses import json_response
from api.services import services
from jobs.errors import FieldError, InputError
from storage import names
from storage.images import image_document

MAX_FILES = 200
FOREVER = "private, max-age=31536000, immutable"  # an id is made of the content

routes = Blueprint("images", __name__, url_prefix="/v1/images")


@routes.post("")
def upload() -> Response:
    """Keep one image or more, all or none: 201, or 200 if every one of them was there before."""
    s = services()
    request.max_content_length = s.settings.max_upload_mb << 20
    request.max_form_parts = MAX_FILES
    received = s.images.receive_all(_files())
    status = 201 if any(created for _, created in received) else 200
    return json_response({"images": [image_document(document) for document, _ in received]}, status)


@routes.get("")
def listing() -> Response:
    """Uploaded images, newest first."""
    found, following = services().images.page(limit=queries.limit(), cursor=queries.cursor())
    return json_response({"images": [image_document(d) for d in found], "next_cursor": following})


@routes.get("/<image_id>")
def show(image_id: str) -> Response:
    """The image's bytes, upright."""
    s = services()
    document = s.images.get(image_id)
    if request.if_none_match.contains_weak(document.sha256):
        response = Response(status=304)
    else:
        response = Response(s.objects.stream(names.image(document.sha256)), mimetype=document.media_type)
        response.content_length = document.bytes
    response.set_etag(document.sha256)
    response.headers["Cache-Control"] = FOREVER
    response.headers.set("Content-Disposition", "inline", filename=f"{document.id}.{document.suffix}")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@routes.delete("/<image_id>")
def delete(image_id: str) -> Response:
    """Forget an image; 409 while an unended job or a correction needs it."""
    s = services()
    s.images.get(image_id)
    require_unneeded_image(s, image_id)
    s.images.delete(image_id, shared=s.datasets.holding_image)
    record_deletion(s, "image", image_id)
    return Response(status=204)


def _files() -> list[Path | bytes]:
    """The files of the form. Raises InputError naming what is missing or unknown."""
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType
    form, files = request.form, request.files
    faults = unknown_parts({*form, *files} - {"file"})
    given = files.getlist("file")
    if not given or "file" in form:
        faults.append(FieldError("file", "has to be one file or more"))
    if faults:
        raise InputError("; ".join(f"{f.field} {f.message}" for f in faults[:3]) + ".", fields=tuple(faults[:50]))
    return [Path(str(file.stream.name)) for file in given]
