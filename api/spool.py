"""Uploads go to disk as they arrive, into NORIA_HOME/tmp, so that their size never shows in the process's memory.

The server has no time limit for a body, and one that never comes holds a thread. So only half of a process's threads may wait
for bodies: whoever sends theirs slowly keeps others from sending, never from asking.
The launcher imports this, so nothing here may import prometheus-client.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore
from typing import IO, Any, cast

from flask import Request, current_app
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from api.room import require_room
from jobs.errors import StorageUnavailable, Unavailable

MAX_PARTS = 20
STALE_S = 24 * 3600
FOLDER, RECEIVING, SETTINGS = "SPOOL_FOLDER", "RECEIVING", "SETTINGS"  # in the application's config
PATIENCE_S = 0.5


class SpoolingRequest(Request):
    """A request whose uploaded files are named temporary files; Flask closes, and so deletes, them with the request."""

    max_form_parts = MAX_PARTS

    def get_data(self, *args: Any, **kwargs: Any) -> Any:
        """See werkzeug: the body. Raises Unavailable where too many bodies arrive already, and HTTP 413."""
        with _place():
            body = super().get_data(*args, **kwargs)
            # werkzeug ends a body of unknown length at the limit, and takes what it has for the whole.
            if self.content_length is None and len(body) == self.max_content_length and self.environ["wsgi.input"].read(1):
                raise RequestEntityTooLarge
            return body

    def _load_form_data(self) -> None:
        with _place():
            try:
                super()._load_form_data()
            except OSError as e:
                raise StorageUnavailable("There is no room to keep the upload while it arrives.") from e

    def make_form_data_parser(self) -> FormDataParser:
        """See werkzeug: the parser of this request's form."""
        return FormDataParser(
            _open_file, max_form_memory_size=self.max_form_memory_size, max_content_length=self.max_content_length,
            max_form_parts=self.max_form_parts, cls=self.parameter_storage_class)


@contextmanager
def _place() -> Iterator[None]:
    """One of the places for bodies that arrive, of which there are half as many as threads."""
    places: BoundedSemaphore = current_app.config[RECEIVING]
    if not places.acquire(timeout=PATIENCE_S):
        raise Unavailable("Too many bodies arrive here already, and slowly. Try again later.", retry_after_s=5)
    try:
        yield
    finally:
        places.release()


def spool_folder(home: Path) -> Path:
    """Where uploads are kept while they arrive."""
    return home / "tmp"


def remove_stale(home: Path) -> None:
    """Delete what a killed process left in the spool more than a day ago."""
    for path in spool_folder(home).glob("upload-*"):
        if path.stat().st_mtime < time.time() - STALE_S:
            path.unlink(missing_ok=True)


def _open_file(total_content_length: int | None, content_type: str | None, filename: str | None,  # noqa: ARG001 - werkzeug's signature
               content_length: int | None = None) -> IO[bytes]:  # noqa: ARG001
    require_room(current_app.config[SETTINGS], total_content_length or 0)
    folder: Path = current_app.config[FOLDER]
    folder.mkdir(parents=True, exist_ok=True)
    return cast("IO[bytes]", tempfile.NamedTemporaryFile(dir=folder, prefix="upload-"))
