"""The console's own files, each under an address that holds its hash, so that browsers keep it for a year."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, request, url_for

from jobs.errors import NotFound

FOLDER = Path(__file__).with_name("static")
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FOREVER = "public, max-age=31536000, immutable"

routes = Blueprint("console_static", __name__)


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file with its media type, the first digits of its SHA-256, and its bytes, plain and compressed."""

    media_type: str
    digest: str
    plain: bytes
    packed: bytes


@cache
def static_files() -> dict[str, StaticFile]:
    """Every file below `static/` that a page may use, by name."""
    found = {}
    for path in FOLDER.rglob("*"):
        if path.suffix in TYPES:
            content = path.read_bytes()
            found[path.relative_to(FOLDER).as_posix()] = StaticFile(
                TYPES[path.suffix], hashlib.sha256(content).hexdigest()[:16], content, gzip.compress(content, 9, mtime=0))
    return found


def asset(name: str) -> str:
    """The address of a file below `static/`, with its hash. Raises KeyError where there is none."""
    return url_for("console_static.file", digest=static_files()[name].digest, name=name)


@routes.get("/static/<digest>/<path:name>")
def file(digest: str, name: str) -> Response:
    """The file, for ever; under another hash than its own it is not there."""
    found = static_files().get(name)
    if found is None or digest != found.digest:
        raise NotFound("There is no such file here; a page that asks for it is old: load it anew.")
    packed = request.accept_encodings.quality("gzip") > 0
    response = Response(found.packed if packed else found.plain, mimetype=found.media_type)
    response.headers.update({"Cache-Control": FOREVER, "Vary": "Accept-Encoding"})
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    return response
