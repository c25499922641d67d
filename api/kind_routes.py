"""GET /v1/kinds: the catalog, as clients see it."""

from functools import cache
from typing import Any

from flask import Blueprint, Response

from api.responses import json_response
from jobs.catalog import kinds

routes = Blueprint("kinds", __name__, url_prefix="/v1/kinds")


@routes.get("")
def listing() -> Response:
    """Every kind with its queue and the JSON Schemas of its params and its result."""
    return json_response({"kinds": list(_documents())})


@cache
def _documents() -> tuple[dict[str, Any], ...]:
    return tuple(
        {"name": kind.name, "summary": kind.summary, "queue": kind.queue, "time_limit_s": kind.time_limit_s,
         "max_attempts": kind.max_attempts, "params": kind.params.model_json_schema(),
         "result": kind.result.model_json_schema(mode="serialization")}
        for kind in kinds().values())
