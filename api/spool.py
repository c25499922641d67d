"""Uploads go to disk as they arrive, into NORIA_HOME/tmp, so that their size never shows in the process's memory."""

import tempfile
import time
from pathlib import Path
from typing import IO, cast

from flask import Request, current_app
from werkzeug.formparser import FormDataParser

from api.room import require_room
from api.services import services

MAX_PARTS = 20
STALE_S = 24 * 3600
FOLDER = "SPOOL_FOLDER"  # in the application's config


class SpoolingRequest(Request):
    """A request whose uploaded files are named temporary files; Flask closes, and so deletes, them with the request."""

    max_form_parts = MAX_PARTS

    def make_form_data_parser(self) -> FormDataParser:
        """See werkzeug: the parser of this request's form."""
        return FormDataParser(
            _open_file, max_form_memory_size=self.max_form_memory_size, max_content_length=self.max_content_length,
            max_form_parts=self.max_form_parts, cls=self.parameter_storage_class)


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
    require_room(services().settings, total_content_length or 0)
    folder: Path = current_app.config[FOLDER]
    folder.mkdir(parents=True, exist_ok=True)
    return cast("IO[bytes]", tempfile.NamedTemporaryFile(dir=folder, prefix="upload-"))
