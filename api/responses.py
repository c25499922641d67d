"""JSON answers."""

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response


def json_response(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`document` as `application/json`; a NaN or infinity would be written as null."""
    return Response(orjson.dumps(document), status, headers, mimetype="application/json")
