"""Images by upload: checked and made upright in a child process, kept by their content, known by a short id.

An id is made of the hash of the upright bytes, so the same bytes have the same id; a note (`images/sources/`) leads an
upload that had to be turned to the image that it became, so that it is not parsed twice either.
"""

import contextlib
import hashlib
import re
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from jobs.errors import FieldError, InputError, NotFound, TooLarge
from jobs.record import rfc3339
from jobs.settings import Settings
from storage import names
from storage.index import DocumentIndex
from storage.inspection import InspectionFailed, Limits, run_child
from storage.object_store import ObjectStore

COLLECTION = "images"
ID = re.compile(r"[0-9a-f]{24}")
SHA256 = re.compile(r"[0-9a-f]{64}")
PARALLEL = 2
MEMORY_MB, TIME_S = 1024, 120.0  # what one request's images may take; the settings may say less
MAX_IMAGE_BYTES = 256 << 20
MEDIA_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "bmp": "image/bmp", "tif": "image/tiff"}
MAGIC = ((b"\xff\xd8\xff", "jpg"), (b"\x89PNG", "png"), (b"RIFF", "webp"), (b"BM", "bmp"))


@dataclass(frozen=True, slots=True)
class ImageDocument:
    """An uploaded image. `sha256`, `bytes`, `width` and `height` (pixels) are those of the upright image that is kept.

    `suffix` is jpg, png, webp, bmp or tif; `created_at` is epoch ms.
    """

    id: str
    sha256: str
    width: int
    height: int
    suffix: str
    bytes: int
    created_at: int

    @property
    def media_type(self) -> str:
        """Such as `image/jpeg`."""
        return MEDIA_TYPES[self.suffix]


def image_document(d: ImageDocument) -> dict[str, Any]:
    """The image as the HTTP contract shows it, ready for JSON."""
    return {"id": d.id, "sha256": d.sha256, "width": d.width, "height": d.height, "media_type": d.media_type, "bytes": d.bytes,
            "created_at": rfc3339(d.created_at), "links": {"self": f"/v1/images/{d.id}"}}


class Images:
    """The images of an installation. Safe to use from many threads and processes at once."""

    def __init__(self, objects: ObjectStore, index: DocumentIndex, settings: Settings) -> None:
        self._objects, self._index = objects, index
        self._scratch = settings.home / "inspect"
        self._max_pixels = int(settings.max_image_mp * 1_000_000)
        self._limits = Limits(min(settings.inspect_memory_mb, MEMORY_MB), min(settings.inspect_time_s, TIME_S), max_rows=0,
                              max_bytes=MAX_IMAGE_BYTES)
        self._slots = threading.BoundedSemaphore(PARALLEL)

    def receive(self, source: Path | bytes, *, now_ms: int | None = None) -> tuple[ImageDocument, bool]:
        """Keep one image; gives its document and whether it is new. See `receive_all`."""
        return self.receive_all([source], now_ms=now_ms)[0]

    def receive_all(self, sources: Sequence[Path | bytes], *, now_ms: int | None = None) -> list[tuple[ImageDocument, bool]]:
        """Keep images, all or none; gives for each its document and whether it is new. `sources` are free afterwards.

        Raises InputError (not an image, damaged) and TooLarge (MAX_IMAGE_MP), naming each as `file[n]`, from 0; and
        StorageUnavailable.
        """
        created_at = time.time_ns() // 1_000_000 if now_ms is None else now_ms
        hashes = [_sha256(source) for source in sources]
        known = {sha256: (document, False) for sha256 in set(hashes) if (document := self._known(sha256)) is not None}
        fresh = {sha256: (n, sources[n]) for n, sha256 in enumerate(hashes) if sha256 not in known}
        found = known | (self._keep(fresh, created_at) if fresh else {})
        for document, _ in found.values():
            self._index.index(COLLECTION, document.id, document.created_at)
        return [found[sha256] for sha256 in hashes]

    def get(self, image_id: str) -> ImageDocument:
        """The document. Raises NotFound."""
        if not ID.fullmatch(image_id):
            raise NotFound(f"There is no image {image_id[:64]!r}.")
        try:
            return _parse(self._objects.read_json(names.image_document(image_id)))
        except NotFound:
            raise NotFound(f"There is no image {image_id!r}.") from None

    def page(self, *, limit: int = 50, cursor: str | None = None) -> tuple[tuple[ImageDocument, ...], str | None]:
        """Uploaded images, newest first, and the next page's cursor. A page may be short."""
        ids, following = self._index.indexed(COLLECTION, limit=limit, cursor=cursor)
        found = []
        for image_id in ids:
            with contextlib.suppress(NotFound):
                found.append(self.get(image_id))
        return tuple(found), following

    def delete(self, image_id: str, *, shared: Callable[[str], bool]) -> None:
        """Forget an upload, and its bytes unless `shared` says of their SHA-256 that others need them. Raises NotFound."""
        document = self.get(image_id)
        self._index.unindex(COLLECTION, image_id)
        self._objects.delete(names.image_document(image_id))
        if not shared(document.sha256):
            self._objects.delete(names.image(document.sha256))

    def put_upright(self, folder: Path, heartbeat: Callable[[], None]) -> None:
        """Keep the bytes of every file of `folder`, each named by its SHA-256 and upright already, as an inspection left them.

        `heartbeat` is called about every second meanwhile.
        """
        beat = time.monotonic() + 1
        for path in sorted(folder.iterdir()):
            if not self._objects.exists(names.image(path.name)):
                self._objects.put(names.image(path.name), path)
            if time.monotonic() > beat:
                heartbeat()
                beat = time.monotonic() + 1

    def local(self, sha256: str, folder: Path) -> Path:
        """A local copy of an image's upright bytes, kept in `folder` as `{sha256}.{suffix}`; not to be written to.

        It need not have been uploaded by itself: images of data sets are found too. Raises NotFound.
        """
        if not SHA256.fullmatch(sha256):
            raise NotFound(f"There is no image {sha256[:64]!r}.")
        places = [folder / sha256[:2] / f"{sha256}.{suffix}" for suffix in MEDIA_TYPES]
        there = next((place for place in places if place.exists()), None)
        if there is not None:
            return there
        try:
            fetched = self._objects.fetch(names.image(sha256), folder / sha256[:2] / f".{sha256}.{threading.get_ident()}")
        except NotFound:
            raise NotFound(f"There is no image {sha256!r}.") from None
        with fetched.open("rb") as file:
            head = file.read(4)
        return fetched.replace(folder / sha256[:2] / f"{sha256}.{suffix_of(head)}")

    def with_boxes(self, image: ImageDocument, boxes: Sequence[Mapping[str, Any]]) -> bytes:
        """The image as a JPEG of its own size with boxes drawn in, each `label`, `confidence`, `x1`, `y1`, `x2`, `y2` (px).

        Raises NotFound, and InputError if it takes too much time or memory.
        """
        self._scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._scratch, ignore_cleanup_errors=True) as made:
            folder = Path(made)
            source = self._objects.fetch(names.image(image.sha256), folder / "image")
            drawn = self._have_child("storage.draw_boxes", folder, {"source": str(source), "boxes": [dict(b) for b in boxes]})
            return Path(drawn["path"]).read_bytes()

    def reindex(self) -> int:
        """Announce every image to the index again; gives how many."""
        count = 0
        for name in self._objects.names("images/documents/"):
            document = _parse(self._objects.read_json(name))
            self._index.index(COLLECTION, document.id, document.created_at)
            count += 1
        return count

    def _known(self, sha256: str) -> ImageDocument | None:
        """The document of an upload by the hash of what was sent, or None."""
        try:
            document = self.get(sha256[:24])
        except NotFound:
            try:
                return self.get(str(self._objects.read_json(names.image_source(sha256))["id"]))
            except NotFound:
                return None
        return document if document.sha256 == sha256 else None

    def _keep(self, fresh: dict[str, tuple[int, Path | bytes]], created_at: int) -> dict[str, tuple[ImageDocument, bool]]:
        """Inspect uploads, by the hash of what was sent, and keep them; gives documents and whether they are new."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._scratch, ignore_cleanup_errors=True) as made:
            folder = Path(made)
            paths = [_as_file(source, folder / f"sent-{n}") for n, source in fresh.values()]
            found = self._inspected(paths, folder)
            _require_sound([n for n, _ in fresh.values()], found)
            return {sent: self._keep_one(sent, facts, created_at) for sent, facts in zip(fresh, found, strict=True)}

    def _inspected(self, paths: Sequence[Path], folder: Path) -> list[dict[str, Any]]:
        order = {"sources": [str(path) for path in paths], "max_pixels": self._max_pixels}
        found: list[dict[str, Any]] = self._have_child("storage.inspect_images", folder, order)["images"]
        return found

    def _have_child(self, module: str, folder: Path, order: Mapping[str, Any]) -> dict[str, Any]:
        try:
            with self._slots:
                return run_child(module, folder, order, self._limits, lambda: None)
        except InspectionFailed:
            raise InputError("Reading the images took too much time or memory; send fewer or smaller ones.",
                             fields=(FieldError("file", "takes too much time or memory to read"),)) from None

    def _keep_one(self, sent: str, facts: dict[str, Any], created_at: int) -> tuple[ImageDocument, bool]:
        path = Path(facts["path"])
        sha256 = _sha256(path)
        document = ImageDocument(sha256[:24], sha256, facts["width"], facts["height"], facts["suffix"], path.stat().st_size,
                                 created_at)
        if not self._objects.exists(names.image(sha256)):
            self._objects.put(names.image(sha256), path)
        new = self._objects.create_json(names.image_document(document.id), asdict(document))
        if sent != sha256:
            self._objects.put_json(names.image_source(sent), {"id": document.id})
        return (document if new else self.get(document.id)), new


def suffix_of(head: bytes) -> str:
    """The suffix that the first bytes (4 at least) of an image that was taken in stand for."""
    return next((suffix for magic, suffix in MAGIC if head.startswith(magic)), "tif")


def _require_sound(numbers: Sequence[int], found: Sequence[dict[str, Any]]) -> None:
    faults = sorted((n, facts) for n, facts in zip(numbers, found, strict=True) if "fault" in facts)
    if not faults:
        return
    fields = tuple(FieldError(f"file[{n}]", facts["fault"]) for n, facts in faults[:50])
    message = f"{fields[0].field} {fields[0].message}" + (f" (and {len(faults) - 1} more)." if len(faults) > 1 else ".")
    raise (TooLarge if all(facts["too_large"] for _, facts in faults) else InputError)(message, fields=fields)


def _as_file(source: Path | bytes, target: Path) -> Path:
    if isinstance(source, Path):
        return source
    target.write_bytes(source)
    return target


def _sha256(source: Path | bytes) -> str:
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _parse(document: dict[str, Any]) -> ImageDocument:
    return ImageDocument(**{field.name: document[field.name] for field in fields(ImageDocument)})
