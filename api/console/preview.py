"""The beginning of an artifact, as a page shows it: a picture, a table, or text. Never more than the first 64 KiB are read."""

import csv
import io
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import orjson

from jobs.record import Artifact
from storage.object_store import ObjectStore

MOST_BYTES = 64 << 10
MOST_ROWS = 20
PICTURES = frozenset({"image/png", "image/jpeg", "image/webp"})
TEXTS = frozenset({"text/plain", "text/csv", "application/json"})


@dataclass(frozen=True, slots=True)
class Preview:
    """What is shown. `cut`: there is more of it in the file."""

    form: Literal["picture", "table", "text"]
    rows: tuple[tuple[str, ...], ...] = ()
    text: str = ""
    cut: bool = False


def can_preview(artifact: Artifact) -> bool:
    """Whether there is a preview of files of that type."""
    return artifact.media_type in PICTURES | TEXTS


def preview_of(objects: ObjectStore, artifact: Artifact) -> Preview | None:
    """The beginning of the file; None for a type that has no preview. Raises NotFound if its bytes are gone."""
    if artifact.media_type in PICTURES:
        return Preview("picture")
    if artifact.media_type not in TEXTS:
        return None
    content, cut = _head(objects, artifact)
    text = content.decode("utf-8", "replace")
    if artifact.media_type == "text/csv":
        return _table(text, cut)
    if artifact.media_type == "application/json" and not cut:
        with suppress(orjson.JSONDecodeError):  # then it is shown as it is
            text = orjson.dumps(orjson.loads(content), option=orjson.OPT_INDENT_2).decode()
    return Preview("text", text=text, cut=cut)


def _head(objects: ObjectStore, artifact: Artifact) -> tuple[bytes, bool]:
    content = b""
    for piece in objects.stream(artifact.key):
        content += piece
        if len(content) > MOST_BYTES:
            break
    return content[:MOST_BYTES], len(content) > MOST_BYTES


def _table(text: str, cut: bool) -> Preview:
    whole = text[:text.rfind("\n") + 1] if cut else text  # no half line at the end
    rows = tuple(tuple(row) for row in islice(csv.reader(io.StringIO(whole.replace("\0", ""))), MOST_ROWS + 2))
    return Preview("table", rows=rows[:MOST_ROWS + 1], cut=cut or len(rows) > MOST_ROWS + 1)
