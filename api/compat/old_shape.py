"""Which addresses are old ones, and the shape that errors have there.

Errors are made as everywhere, by `api/problems.py`, and given their old shape on the way out, so that none can be missed:
the vision addresses answer `{"success": false, "error": …}`, those of forecasting `{"error": …, "estado": "error"}`.
The statuses stay but for one: what cannot be used is 400 here, since the old systems knew no 422.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

import orjson
from flask import Flask, Response, request

from api.problems import MEDIA_TYPE
from api.responses import json_response
from jobs.errors import FieldError, InputError, TooLarge
from jobs.lifecycle import is_terminal
from jobs.record import Job

FORECASTING = "/assistant/"
PREFIXES = (FORECASTING, "/api/", "/predict", "/model-info")
E = TypeVar("E", bound=InputError | TooLarge)


def is_old(path: str) -> bool:
    """Whether an address belongs to one of the old systems, known there or not."""
    return path.startswith(PREFIXES)


def register(app: Flask) -> None:
    """Give the errors at old addresses their old shape."""
    app.after_request(reshape)


def reshape(response: Response) -> Response:
    """The response, in the old shape if it is a problem at an old address; its headers stay."""
    if not is_old(request.path) or response.mimetype != MEDIA_TYPE:
        return response
    problem: dict[str, Any] = orjson.loads(response.get_data())
    response.status_code = 400 if response.status_code == 422 else response.status_code
    response.mimetype = "application/json"
    response.set_data(orjson.dumps(failure(problem["detail"])))
    if response.status_code == 401:  # a browser asks for the key then, and sends it as the password
        response.headers["WWW-Authenticate"] = 'Basic realm="noria"'
    return response


def failure(message: str, **more: Any) -> dict[str, Any]:
    """What the present address says when it could not do what was asked."""
    if request.path.startswith(FORECASTING):
        return {"error": message, "estado": "error", **more}
    return {"success": False, "error": message, **more}


def still_working(job: Job) -> Response:
    """202: the job goes on and is found at its URL. It has not done yet what was asked, and says so in the old words."""
    assert not is_terminal(job.state)
    url = f"/v1/jobs/{job.id}"
    about = {"job_id": job.id, "job_url": url, "state": job.state}
    message = f"This takes longer and goes on; see {url}."
    if request.path.startswith(FORECASTING):
        return json_response({"estado": "en_proceso", "mensaje": message, **about}, 202, {"Location": url})
    return json_response({"success": False, "message": message, **about}, 202, {"Location": url})


def in_old_names(error: E, old_names: Mapping[str, str]) -> E:
    """The same faults, with the fields named as the old address does: `old_names` by the new ones, the longest first."""
    def renamed(field: str) -> str:
        field = field.removeprefix("params").removeprefix(".")
        found = next((name for name in old_names if field == name or field.startswith(f"{name}.")), "")
        return old_names.get(found, "") + field[len(found):]

    def reworded(message: str) -> str:
        for name, old in old_names.items():
            message = message.replace(f"`{name}`", f"`{old}`")
        return message

    fields = tuple(FieldError(renamed(f.field), reworded(f.message)) for f in error.fields)
    shown = "; ".join(f"{f.field}: {f.message}".removeprefix(": ").rstrip(".") for f in fields[:3])
    return type(error)(f"{shown}." if shown else error.message, fields=fields)
