"""Every error as RFC 9457 `application/problem+json`, and the one table from an error's class to its HTTP status."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import orjson
import structlog
from flask import Flask, Response, request
from werkzeug import Response as BaseResponse
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from jobs.errors import (
    Conflict,
    FieldError,
    Forbidden,
    InputError,
    NoriaError,
    NotFound,
    TooLarge,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)

MEDIA_TYPE = "application/problem+json"
STATUS: dict[type[NoriaError], int] = {
    InputError: 422,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    Unauthorized: 401,
    Forbidden: 403,
    TooManyRequests: 429,
    Unavailable: 503,
    NoriaError: 500,
}
# What Flask and Werkzeug raise by themselves: status → code and sentence.
HTTP_ERRORS: dict[int, tuple[str, str]] = {
    400: ("bad_request", "The request is not valid HTTP for this address."),
    404: ("not_found", "There is nothing at this address; /openapi.json lists what there is."),
    405: ("method_not_allowed", "This method is not allowed here; the Allow header lists those that are."),
    406: ("not_acceptable", "None of the media types in the Accept header can be given here."),
    413: ("too_large", "The body is larger than this address takes."),
    415: ("unsupported_media_type", "This address does not take a body of that Content-Type."),
}
DEFAULT_RETRY_AFTER_S = {429: 10.0, 503: 2.0}

log = structlog.get_logger("api")


def status_of(error: type[NoriaError]) -> int:
    """The HTTP status of an error's class: its own, else that of the nearest class above it."""
    return next(STATUS[c] for c in error.__mro__ if c in STATUS)


def status_of_code(code: str) -> int:
    """The HTTP status of the error that has this code, such as a failed job's; 500 for a code that no error has."""
    return next((status_of(error) for error in _below(NoriaError) if error.code == code), STATUS[NoriaError])


def _below(error: type[NoriaError]) -> Iterator[type[NoriaError]]:
    yield error
    for child in error.__subclasses__():
        yield from _below(child)


def problem(status: int, *, code: str, title: str, detail: str, fields: tuple[FieldError, ...] = (),
            retry_after_s: float | None = None, **more: Any) -> Response:
    """A problem document as a response; `more` are extension members. 429 and 503 always carry Retry-After."""
    document: dict[str, Any] = {
        "type": f"urn:noria:problem:{code}", "title": title, "status": status, "detail": detail, "instance": quote(request.path),
        "code": code,
        **({"errors": [{"field": f.field, "message": f.message} for f in fields]} if fields else {}), **more}
    response = Response(orjson.dumps(document), status, mimetype=MEDIA_TYPE)
    wait_s = retry_after_s if retry_after_s is not None else DEFAULT_RETRY_AFTER_S.get(status)
    if wait_s is not None:
        response.headers["Retry-After"] = str(max(1, round(wait_s)))
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="noria"'
    return response


def from_error(error: NoriaError, say: Callable[[str], str] = str) -> Response:
    """The answer to one of Noria's own errors, its sentences as `say` has them; what should never reach HTTP says nothing of its
    inside.
    """
    status = status_of(type(error))
    if status >= 500:
        log.warning("request failed", code=error.code, detail=error.message, cause=repr(error.__cause__))
    if status == 500:
        return unexpected(error)
    more = {"role": error.role} if isinstance(error, Forbidden) and error.role else {}
    fields = tuple(FieldError(f.field, say(f.message)) for f in error.fields)
    return problem(status, code=error.code, title=say(error.title), detail=say(error.message), fields=fields,
                   retry_after_s=error.retry_after_s, **more)


def from_http(error: HTTPException) -> BaseResponse:
    """The answer to an error that Flask or Werkzeug raised; redirects pass through."""
    status = error.code or 500
    if status < 400 or error.response is not None:
        return error.get_response(request.environ)
    if status >= 500:
        return unexpected(error)
    code, detail = HTTP_ERRORS.get(status, ("bad_request", error.description or error.name))
    response = problem(status, code=code, title=error.name, detail=detail)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def unexpected(error: BaseException) -> Response:
    """The answer to a bug: the log has the traceback under the request's id, the caller has the id only."""
    log.error("request crashed", path=request.path, exc_info=error)
    return problem(500, code=NoriaError.code, title=NoriaError.title,
                   detail="This is a fault in Noria. Its log holds the cause under the X-Request-Id of this answer.")


def register(app: Flask) -> None:
    """Answer every error of `app` as a problem document."""
    app.register_error_handler(NoriaError, from_error)
    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(Exception, unexpected)
