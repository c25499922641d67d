"""Where uploads are kept while they arrive."""

import os
import time
from pathlib import Path

from api.spool import remove_stale, spool_folder
from tests.api.conftest import Api
from tests.api.server import multipart


def test_an_upload_stands_in_the_spool_while_it_is_handled_and_not_after(api: Api) -> None:
    seen: list[tuple[Path, int]] = []

    @api.app.post("/look")
    def look() -> str:
        from flask import request
        request.max_content_length = 10 << 20
        path = Path(request.files["file"].stream.name)
        seen.append((path, path.stat().st_size))
        return ""

    body, content_type = multipart(b"x" * (2 << 20))
    api.client.post("/look", data=body, content_type=content_type)

    (path, size), = seen
    assert (path.parent, size) == (api.app.config["SPOOL_FOLDER"], 2 << 20)
    assert not path.exists()


def test_only_what_was_left_a_day_ago_is_removed(tmp_path: Path) -> None:
    folder = spool_folder(tmp_path)
    folder.mkdir()
    for name in ("upload-old", "upload-new", "other-old"):
        (folder / name).write_bytes(b"")
    for name in ("upload-old", "other-old"):
        os.utime(folder / name, (time.time() - 90_000,) * 2)

    remove_stale(tmp_path)

    assert {p.name for p in folder.iterdir()} == {"upload-new", "other-old"}


def test_a_form_with_too_many_parts_is_refused(api: Api) -> None:
    body, content_type = multipart(b"x", **{f"f{n}": "" for n in range(30)})

    assert api.client.post("/v1/datasets", data=body, content_type=content_type).status_code == 413
