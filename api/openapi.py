"""The OpenAPI 3.1 document, generated from the job catalog, the answers' schemas and the table of operations."""

import re
from functools import cache
from typing import Any

import orjson
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from api.bodies import submission_adapter
from api.model_routes import PromotionIn, RollbackIn
from api.model_schemas import MODEL_ANSWERS
from api.operations import NAME_PATTERN, OPERATIONS, PROBLEMS, Operation, Schema
from api.schemas import ANSWERS
from jobs.catalog import kinds
from storage.companies import CompanyIn
from storage.corrections import CorrectionIn

IN_PATH: dict[str, dict[str, Any]] = {"company_id": {"type": "string", "pattern": NAME_PATTERN},  # the one that a caller makes
                                      "version": {"type": "integer", "minimum": 1}}
REF = "#/components/schemas/{model}"
VERSION = "1.0.0"
DESCRIPTION = """Work is asked for as a *job* of some *kind*: `POST /v1/jobs`, then wait, poll or listen.
Errors are RFC 9457 problem documents; every response carries `X-Request-Id`."""


@cache
def openapi_json() -> bytes:
    """The document as JSON."""
    return orjson.dumps(openapi_document())


def openapi_document() -> dict[str, Any]:
    """The document: paths from `operations.OPERATIONS`, schemas from the models, one `oneOf` over the kinds for a submit."""
    refs, schemas = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation, refs)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Noria", "version": VERSION, "description": DESCRIPTION,
                 "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"}},
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in dict.fromkeys(o.tag for o in OPERATIONS)],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"},
                                "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}},
        # The empty one: an installation without keys is open, on loopback only.
        "security": [{"bearer": []}, {"header": []}, {}],
    }


def _schemas() -> tuple[dict[str, Any], dict[str, Any]]:
    """What to put where a schema is needed, by name; and the components that those point to."""
    inputs: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        ("submit", "validation", submission_adapter()), ("company", "validation", TypeAdapter(CompanyIn)),
        ("correction", "validation", TypeAdapter(CorrectionIn)), ("promotion", "validation", TypeAdapter(PromotionIn)),
        ("rollback", "validation", TypeAdapter(RollbackIn))]
    answers: list[type[BaseModel]] = [*ANSWERS, *MODEL_ANSWERS, *dict.fromkeys(kind.result for kind in kinds().values())]
    inputs += [(model.__name__, "serialization", TypeAdapter(model)) for model in answers]
    made, definitions = TypeAdapter.json_schemas(inputs, ref_template=REF)
    return {name: schema for (name, _), schema in made.items()}, definitions["$defs"]


def _operation(o: Operation, refs: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = {"operationId": o.id, "summary": o.summary, "tags": [o.tag], "responses": _responses(o, refs)}
    in_path = [{"name": name, "in": "path", "required": True, "schema": IN_PATH.get(name, {"type": "string"})}
               for name in re.findall(r"{(\w+)}", o.path)]
    if in_path or o.parameters:
        document["parameters"] = [*in_path, *(_told_kinds(p) for p in o.parameters)]
    if o.body:
        document["requestBody"] = {"required": True, "content": _content((o.body,), refs)}
    if o.open:
        document["security"] = []
    else:
        document["x-noria-role"] = o.role
    return document


def _told_kinds(parameter: dict[str, Any]) -> dict[str, Any]:
    return parameter | {"schema": parameter["schema"] | {"enum": list(kinds())}} if parameter["name"] == "kind" else parameter


def _responses(o: Operation, refs: dict[str, Any]) -> dict[str, Any]:
    request_id = {"X-Request-Id": {"description": "Id of this request, also on the log lines.", "schema": {"type": "string"}}}
    responses: dict[str, Any] = {}
    for answer in o.answers:
        responses[str(answer.status)] = {
            "description": answer.description,
            "headers": request_id | {name: {"description": text, "schema": {"type": "string"}} for name, text in answer.headers},
            **({"content": _content(answer.content, refs)} if answer.content else {})}
    for status in sorted({*o.problems, 500, *(() if o.open else (401, 403, 429, 503))}):
        retry = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
        headers = request_id | (retry if status in {429, 503} else {})
        responses[str(status)] = {"description": PROBLEMS[status], "headers": headers,
                                  "content": {"application/problem+json": {"schema": refs["Problem"]}}}
    return responses


def _content(bodies: tuple[tuple[str, Schema], ...], refs: dict[str, Any]) -> dict[str, Any]:
    return {media_type: {"schema": refs[schema] if isinstance(schema, str) else schema} for media_type, schema in bodies}
