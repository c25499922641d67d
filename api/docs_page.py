"""GET /docs and /openapi.json: the contract for people and for tools, with Swagger UI from a wheel, no foreign address."""

from pathlib import Path

from flask import Blueprint, Response, send_from_directory
from swagger_ui_bundle import swagger_ui_path

from api.openapi import openapi_json
from jobs.errors import NotFound

FILES = frozenset({"swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"})
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Noria: the HTTP contract</title><meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="docs/swagger-ui.css"><link rel="icon" href="docs/favicon-32x32.png"></head>
<body><div id="docs"></div><script src="docs/swagger-ui-bundle.js"></script><script src="docs/start.js"></script></body>
</html>
"""
START = 'SwaggerUIBundle({url: "openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null});\n'

routes = Blueprint("docs", __name__)


@routes.get("/openapi.json")
def openapi() -> Response:
    """The OpenAPI 3.1 document."""
    return Response(openapi_json(), mimetype="application/json")


@routes.get("/docs")
def page() -> Response:
    """Swagger UI on /openapi.json."""
    return Response(PAGE, mimetype="text/html")


@routes.get("/docs/<name>")
def asset(name: str) -> Response:
    """The files of that page."""
    if name == "start.js":
        return Response(START, mimetype="text/javascript")
    if name not in FILES:
        raise NotFound("There is no such file.")
    return send_from_directory(Path(str(swagger_ui_path)), name, max_age=86400)
