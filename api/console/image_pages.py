"""Uploaded images as pages show them."""

from flask import Response

from api import image_routes
from api.console.page import page_blueprint
from api.image_routes import FOREVER
from api.services import services

UNSHOWN = "tif"  # a browser has no picture of it

routes = page_blueprint("images", __name__)


@routes.get("/images/<image_id>")
def image(image_id: str) -> Response:
    """The image, as `/v1/images/{id}` has it; a TIFF as a JPEG of its size. Raises NotFound."""
    s = services()
    document = s.images.get(image_id)
    if document.suffix != UNSHOWN:
        return image_routes.show(image_id)
    return Response(s.images.with_boxes(document, ()), mimetype="image/jpeg", headers={"Cache-Control": FOREVER})
