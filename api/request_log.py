"""The beginning and the end of every request: its id, its key, its log line, its duration."""

import re
import secrets
import time

import structlog
from flask import Flask, Response, g, request
from werkzeug.exceptions import NotAcceptable

from api.compat.old_keys import admit_old
from api.compat.old_shape import is_old
from api.console.session import admit_visitor, is_console, is_lost
from api.keys import presented_key
from api.services import services

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Addresses that work without a key, by endpoint.
OPEN = frozenset({"health.healthz", "health.readyz", "docs.page", "docs.asset", "docs.openapi"})
# Addresses that give something else than JSON, and look at the Accept header themselves.
OWN_MEDIA_TYPES = frozenset({"jobs.events", "jobs.artifact"})

log = structlog.get_logger("api.request")


def register(app: Flask) -> None:
    """Do these for every request of `app`."""
    app.before_request(begin)
    app.after_request(finish)


def begin() -> None:
    """Name the request, and turn it away if it has no key or takes no JSON."""
    g.started = time.perf_counter()
    # The environ, not request.headers: looking there for a header that was not sent makes and catches two exceptions.
    sent, path, endpoint = request.environ, request.path, request.endpoint
    given = sent.get("HTTP_X_REQUEST_ID", "")
    g.request_id = request_id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(12)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    if is_old(path):
        admit_old(services())
    elif is_console(endpoint) or is_lost():
        admit_visitor(services())
    elif endpoint not in OPEN:
        services().door.admit(presented_key())
    if path.startswith("/v1/") and endpoint not in OWN_MEDIA_TYPES:
        accept = sent.get("HTTP_ACCEPT") or "*/*"
        if accept != "*/*" and not request.accept_mimetypes.accept_json:
            raise NotAcceptable


def finish(response: Response) -> Response:
    """Give the response its common headers, and write its line."""
    seconds = time.perf_counter() - g.started
    rule, method, status = request.url_rule, request.method, response.status_code
    response.headers["X-Request-Id"] = g.request_id
    known = method if method in METHODS else "other"  # a client may send any word, and a label is kept for ever
    services().metrics.request_seconds.labels(known, rule.rule if rule else "unmatched", status).observe(seconds)
    write = log.debug if method in {"GET", "HEAD"} and status < 400 else log.info
    write("request", method=method, path=request.path, status=status, ms=round(seconds * 1000, 1))
    return response
