"""Data sets: uploads kept by content, inspected in a child process, and announced once they are usable.

The truth is in the object store. `upload.json` says what was sent; then exactly one of `profile.json` (usable, the
whole document) or `refused.json` (the reasons) follows. Neither of them: an inspection is due, and whoever asks next
starts it, unless `inspecting.json` says that one is alive.
"""

import contextlib
import hashlib
import json
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from jobs import context
from jobs.errors import BrokerUnavailable, DatasetUnusable, NoriaError, NotFound, StorageUnavailable, Unavailable
from jobs.record import rfc3339
from jobs.settings import Settings
from storage import names
from storage.columns import require_mapping, require_type
from storage.convention import NO_CONVENTION, Convention
from storage.images import Images
from storage.index import DocumentIndex
from storage.inspection import InspectionFailed, Limits, refusal, run_inspection, unusable
from storage.object_store import ObjectStore
from storage.replaced import losses

COLLECTION = "datasets"
ID = re.compile(r"[0-9a-f]{24}")
CLAIM_MS = 15_000
PARALLEL = 2
STALE_S = 24 * 3600
DECOMPRESSED = 8  # times the largest upload: what a compressed file may grow to

PARTS = ("upload.json", "profile.json", "table.parquet", "records.jsonl", "refused.json", "inspecting.json", "sent.json")


@dataclass(frozen=True, slots=True)
class DatasetDocument:
    """A data set as it is known. `rows` and `profile` are None while it is inspected; `created_at` is epoch ms.

    `name` is made safe, `original_name` is as it was given; `bytes` is the size of the upload. sent_name, sent_at: of the last
    time that the same bytes came again.
    """

    id: str
    type: str
    name: str
    original_name: str
    filename: str
    sha256: str
    bytes: int
    company: str | None
    mapping: dict[str, str]
    created_at: int
    rows: int | None = None
    profile: dict[str, Any] | None = None
    convention: dict[str, Any] = field(default_factory=dict)
    sent_name: str = ""
    sent_at: int | None = None


def dataset_document(d: DatasetDocument) -> dict[str, Any]:
    """The data set as the HTTP contract shows it, ready for JSON."""
    return {
        "id": d.id, "type": d.type, "name": d.name, "original_name": d.original_name, "sha256": d.sha256, "rows": d.rows,
        "profile": d.profile, "company": d.company, "created_at": rfc3339(d.created_at), "mapping": d.mapping,
        "links": {"self": f"/v1/datasets/{d.id}"},
    }


def remove_stale_scratch(home: Path) -> None:
    """Delete what inspections of a killed process left in their scratch folder more than a day ago."""
    for folder in scratch_folder(home).glob("*"):
        with contextlib.suppress(FileNotFoundError):
            if folder.stat().st_mtime < time.time() - STALE_S:
                shutil.rmtree(folder, ignore_errors=True)


def scratch_folder(home: Path) -> Path:
    """Where uploads are taken apart."""
    return home / "inspect"


class Datasets:
    """The data sets of an installation. Safe to use from many threads and processes at once."""

    def __init__(self, objects: ObjectStore, index: DocumentIndex, settings: Settings) -> None:
        self._objects, self._index = objects, index
        self._scratch = scratch_folder(settings.home)
        self._limits = Limits(settings.inspect_memory_mb, settings.inspect_time_s, settings.max_rows,
                              settings.max_upload_mb * DECOMPRESSED << 20, settings.max_image_mp)
        self._images = Images(objects, index, settings)
        self._slots = threading.BoundedSemaphore(PARALLEL)
        self._lock = threading.Lock()
        self._running: dict[str, threading.Event] = {}
        self._failures: dict[str, NoriaError] = {}

    def receive(self, source: Path, *, type: str, name: str, company: str | None = None,
                mapping: Mapping[str, str] | None = None, convention: Convention = NO_CONVENTION, filename: str = "",
                now_ms: int | None = None) -> tuple[DatasetDocument, bool]:
        """Keep the file at `source` and start its inspection; gives the document and whether it is new.

        The same bytes with the same type, company, mapping and said decimal mark give the first document and are not parsed
        again, but become the last ones uploaded for their company, and are compared with the last ones until then.
        `source` is no longer needed afterwards. `wait` tells how the inspection went.
        Raises InputError (type, mapping), DatasetUnusable (empty, or refused before), StorageUnavailable.
        """
        checked = require_type(type)
        columns = require_mapping(checked, mapping)
        sha256, size = _sha256(source)
        if size == 0:
            raise DatasetUnusable("The file is empty.")
        now = time.time_ns() // 1_000_000 if now_ms is None else now_ms
        document = DatasetDocument(
            id=_identify(sha256, checked, company, columns, convention.said), type=checked, name=names.safe_name(name),
            original_name=name[:500], filename=filename[:255], sha256=sha256, bytes=size, company=company, mapping=columns,
            created_at=now, convention=asdict(convention))
        if not self._objects.exists(names.blob(sha256)):
            self._objects.put(names.blob(sha256), source)
        created = self._objects.create_json(names.dataset(document.id, "upload.json"), asdict(document))
        if not created:
            self._forget_old_limits(document.id)
            document = replace(self.get(document.id), sent_name=document.original_name, sent_at=now)
            if company is not None:
                self._objects.put_json(names.dataset(document.id, "sent.json"), {"at": now})
        if document.profile is not None:
            document = self._compared(document)
            self._objects.put_json(names.dataset(document.id, "profile.json"), asdict(document))
            self._announce(document)
        self.start_inspection(document)
        return document, created

    def get(self, dataset_id: str) -> DatasetDocument:
        """The document; an inspection that is due, with nobody at it, is started.

        Raises NotFound, and DatasetUnusable with the reasons for an upload that was refused.
        """
        document = self._read(dataset_id)
        if document.profile is None:
            self.start_inspection(document)
        return document

    def wait(self, dataset_id: str, timeout_s: float) -> DatasetDocument:
        """The document once its inspection is over, or as it is after `timeout_s` (then `profile` is None).

        Raises DatasetUnusable with the reasons when the file was refused, and Unavailable (the storage, the broker, an
        inspection that was killed) when it was not its fault: whoever asks next starts another inspection.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            failure = self._failures.pop(dataset_id, None)
            if failure is not None:
                raise failure
            document = self.get(dataset_id)
            left = deadline - time.monotonic()
            if document.profile is not None or left <= 0:
                return document
            with self._lock:
                here = self._running.get(dataset_id)
            # Another process may be at it: then only looking again tells.
            (here or threading.Event()).wait(min(left, 2.0 if here else 0.25))

    def page(self, *, limit: int = 50, cursor: str | None = None) -> tuple[tuple[DatasetDocument, ...], str | None]:
        """Usable data sets, newest first, and the next page's cursor. A page may be short."""
        ids, following = self._index.indexed(COLLECTION, limit=limit, cursor=cursor)
        found = []
        for dataset_id in ids:
            with contextlib.suppress(NotFound, DatasetUnusable):
                found.append(self._read(dataset_id))
        return tuple(found), following

    def latest_for_company(self, company_id: str, type: str = "sales") -> str | None:
        """Id of the last usable data set of `type` that was uploaded for a company, or None."""
        ids, _ = self._index.indexed(_company_collection(company_id, type), limit=1)
        return ids[0] if ids else None

    def of_company(self, company_id: str, type: str, *, limit: int = 20) -> tuple[DatasetDocument, ...]:
        """The usable data sets of `type` that were uploaded for a company, the last uploaded one first."""
        ids, _ = self._index.indexed(_company_collection(company_id, type), limit=limit)
        found = []
        for dataset_id in ids:
            with contextlib.suppress(NotFound, DatasetUnusable):
                found.append(self._read(dataset_id))
        return tuple(found)

    def delete(self, dataset_id: str) -> None:
        """Forget a data set, and its bytes unless another one is made of them. Raises NotFound."""
        document = self._upload(dataset_id)
        self._index.unindex(COLLECTION, dataset_id)
        if document.company is not None:
            self._index.unindex(_company_collection(document.company, document.type), dataset_id)
        # The upload first: what a crash leaves behind is then unreachable, and is made anew by the same upload.
        for part in PARTS:
            self._objects.delete(names.dataset(dataset_id, part))
        self._drop_bytes(document)

    def table(self, dataset_id: str, folder: Path) -> Path:
        """A local copy of the table in canonical columns (Parquet), kept in `folder` by id. Raises NotFound."""
        target = folder / f"{_checked(dataset_id)}.parquet"
        return target if target.exists() else self._objects.fetch(names.dataset(dataset_id, "table.parquet"), target)

    def records(self, dataset_id: str, target: Path) -> Path:
        """A local copy, at `target`, of a detection data set's rows as lines of JSON. Raises NotFound."""
        return self._objects.fetch(names.dataset(_checked(dataset_id), "records.jsonl"), target)

    def holding_image(self, sha256: str) -> bool:
        """Whether a detection data set has the image with this SHA-256; reads the rows of every one of them."""
        wanted = f'"image_sha256":"{sha256}"'.encode()
        for name in self._objects.names("datasets/"):
            if name.endswith("/records.jsonl"):
                tail = b""
                for piece in self._objects.stream(name):
                    if wanted in tail + piece:
                        return True
                    tail = piece[-len(wanted):]
        return False

    def local(self, dataset_id: str, folder: Path) -> context.Dataset:
        """What a job is given: the data set with a local copy of its table.

        Raises NotFound, DatasetUnusable, and Unavailable (try again) while it is still inspected.
        """
        d = self.get(dataset_id)
        if d.rows is None or d.profile is None:
            raise Unavailable(f"Data set {dataset_id} is still being inspected; try again in a moment.", retry_after_s=60)
        return context.Dataset(d.id, d.type, d.name, d.sha256, d.rows, d.profile, d.company, self.table(dataset_id, folder))

    def reindex(self) -> int:
        """Announce every usable data set to the index again; gives how many."""
        count = 0
        for upload in self._uploads():
            with contextlib.suppress(NotFound, DatasetUnusable):
                document = self._read(upload.id)
                if document.profile is not None:
                    self._announce(document)
                    count += 1
        return count

    def start_inspection(self, document: DatasetDocument) -> None:
        """Inspect in the background unless it is done or somebody is at it. Never blocks, never raises for the file."""
        if document.profile is not None or self._claimed(document.id):
            return
        with self._lock:
            if document.id in self._running:
                return
            self._running[document.id] = threading.Event()
            self._failures.pop(document.id, None)
        threading.Thread(target=self._inspect, args=(document,), daemon=True, name=f"inspect-{document.id}").start()

    def _inspect(self, document: DatasetDocument) -> None:
        try:
            with self._slots:
                if self._read(document.id).profile is None and not self._claimed(document.id):
                    self._claim(document.id)
                    try:
                        self._inspect_now(document)
                    finally:
                        self._objects.delete(names.dataset(document.id, "inspecting.json"))
        except (NotFound, DatasetUnusable):
            pass  # deleted, or refused by another process, meanwhile
        except NoriaError as e:
            self._failures[document.id] = e
        except OSError as e:  # the scratch folder, or no process to be had
            self._failures[document.id] = StorageUnavailable(f"The file cannot be read now ({e.strerror}); send it again.",
                                                             retry_after_s=10)
        finally:
            with self._lock:
                self._running.pop(document.id).set()

    def _inspect_now(self, document: DatasetDocument) -> None:
        self._scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._scratch, ignore_cleanup_errors=True) as made:
            folder = Path(made)
            raw = self._objects.fetch(names.blob(document.sha256), folder / "raw")
            try:
                profile = run_inspection(raw, folder, type_=require_type(document.type), mapping=document.mapping,
                                         limits=self._limits, heartbeat=lambda: self._claim(document.id),
                                         convention=Convention(**document.convention), uploaded_ms=document.created_at)
            except DatasetUnusable as e:
                limits = asdict(self._limits) if isinstance(e, InspectionFailed) else None
                self._objects.put_json(names.dataset(document.id, "refused.json"), {**refusal(e), "limits": limits})
                if limits is None:  # with other limits the bytes may be of use yet, without them never
                    self._drop_bytes(document)
                return
            if document.type == "detection":
                self._images.put_upright(folder / "images", lambda: self._claim(document.id))
                self._objects.put(names.dataset(document.id, "records.jsonl"), folder / "records.jsonl")
            self._objects.put(names.dataset(document.id, "table.parquet"), folder / "table.parquet")
        usable = replace(document, rows=int(profile["rows"]), profile=profile)
        with contextlib.suppress(BrokerUnavailable):  # the announcement tells of it; when the file is sent again it is compared
            usable = self._compared(usable)
        self._objects.put_json(names.dataset(document.id, "profile.json"), asdict(usable))
        if self._objects.exists(names.dataset(document.id, "upload.json")):
            self._announce(usable)

    def _compared(self, document: DatasetDocument) -> DatasetDocument:
        """The document, with the warning in its profile of what its company loses when these sales replace its last ones."""
        if document.profile is None or document.company is None or document.type != "sales":
            return document
        before = self.latest_for_company(document.company)
        if before is None or before == document.id:
            return document
        with contextlib.suppress(NotFound, DatasetUnusable):
            last = self._read(before)
            lost = losses(document.profile, last.profile) if last.profile is not None else None
            return replace(document, profile={**document.profile, "warnings": [lost] if lost else []})
        return document

    def _drop_bytes(self, document: DatasetDocument) -> None:
        """Remove the bytes as they were uploaded, unless another data set is made of them."""
        if not any(other.sha256 == document.sha256 and other.id != document.id for other in self._uploads()):
            self._objects.delete(names.blob(document.sha256))

    def _announce(self, document: DatasetDocument) -> None:
        self._index.index(COLLECTION, document.id, document.created_at)
        if document.company is not None:
            self._index.index(_company_collection(document.company, document.type), document.id, self._sent_at(document))

    def _sent_at(self, document: DatasetDocument) -> int:
        """When it was last uploaded, epoch ms."""
        with contextlib.suppress(NotFound):
            return int(self._objects.read_json(names.dataset(document.id, "sent.json"))["at"])
        return document.created_at

    def _read(self, dataset_id: str) -> DatasetDocument:
        upload = self._upload(dataset_id)
        with contextlib.suppress(NotFound):
            return _parse(self._objects.read_json(names.dataset(dataset_id, "profile.json")))
        with contextlib.suppress(NotFound):
            raise unusable(self._objects.read_json(names.dataset(dataset_id, "refused.json")))
        return upload

    def _upload(self, dataset_id: str) -> DatasetDocument:
        try:
            return _parse(self._objects.read_json(names.dataset(_checked(dataset_id), "upload.json")))
        except NotFound:
            raise NotFound(f"There is no data set {dataset_id!r}.") from None

    def _uploads(self) -> list[DatasetDocument]:
        found = []
        for name in self._objects.names("datasets/"):
            if name.endswith("/upload.json"):
                with contextlib.suppress(NotFound):
                    found.append(self._upload(name.split("/")[1]))
        return found

    def _forget_old_limits(self, dataset_id: str) -> None:
        """A file that took too much is tried again once the limits are others."""
        name = names.dataset(dataset_id, "refused.json")
        with contextlib.suppress(NotFound):
            limits = self._objects.read_json(name)["limits"]
            if limits is not None and limits != asdict(self._limits):
                self._objects.delete(name)

    def _claim(self, dataset_id: str) -> None:
        until = time.time_ns() // 1_000_000 + CLAIM_MS
        self._objects.put_json(names.dataset(dataset_id, "inspecting.json"), {"until": until})

    def _claimed(self, dataset_id: str) -> bool:
        try:
            until = self._objects.read_json(names.dataset(dataset_id, "inspecting.json"))["until"]
        except NotFound:
            return False
        return bool(until > time.time_ns() // 1_000_000)


def _identify(sha256: str, type_: str, company: str | None, mapping: Mapping[str, str], decimal: str | None) -> str:
    parts = [sha256, type_, company, sorted(mapping.items()), *([decimal] if decimal else [])]
    canonical = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:24]


def _sha256(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def _checked(dataset_id: str) -> str:
    if not ID.fullmatch(dataset_id):
        raise NotFound(f"There is no data set {dataset_id[:64]!r}.")
    return dataset_id


def _parse(document: dict[str, Any]) -> DatasetDocument:
    return DatasetDocument(**{f.name: document[f.name] for f in fields(DatasetDocument) if f.name in document})


def _company_collection(company_id: str, type_: str) -> str:
    return f"datasets:{company_id}:{type_}"
