"""What may go: files that nothing refers to any more, and what ended jobs left behind longer ago than the settings keep it.

Never planned, whatever its age: what a job that has not ended may need, the files of any published version of a model, images
of a data set, of a snapshot or of a correction that counts, and the records of jobs themselves.
"""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from jobs.record import rfc3339
from jobs.settings import Settings
from storage import names
from storage.job_store import JobStore
from storage.object_store import Listed, ObjectStore
from storage.unended import unended_jobs

DAY_MS = 86_400_000
YOUNG_MS = DAY_MS  # what is younger may be in the midst of an upload, whose document follows its bytes
SNAPSHOT = "/snapshot.json"


@dataclass(frozen=True, slots=True)
class Removal:
    """Something that may go: an object by its name, or (`local`) a file or folder by its path. `bytes` is its size."""

    what: str
    name: str
    bytes: int
    local: bool = False


class Retention:
    """Plans removals and carries them out. The plan is a snapshot: best made and used while little is uploaded."""

    def __init__(self, objects: ObjectStore, jobs: JobStore, settings: Settings, *, now_ms: int | None = None) -> None:
        self._objects, self._jobs, self._home = objects, jobs, settings.home
        self._now = time.time_ns() // 1_000_000 if now_ms is None else now_ms
        self._old = self._now - round(settings.artifact_retention_days * DAY_MS)

    def plan(self) -> list[Removal]:
        """All that may go now. Raises BrokerUnavailable and StorageUnavailable: nothing is guessed about what is needed."""
        unended = list(unended_jobs(self._jobs))
        busy = {job.id for job in unended}
        untold = {path.name for path in (self._home / "spool").glob("*/*")}  # runs that this machine has to tell MLflow still
        named = {text for job in unended for text in _texts(job.params)}
        kept, snapshots = self._versions()
        return [
            *self._of_jobs(busy | untold, kept),
            *self._blobs(),
            *self._images(named, self._pictures(snapshots)),
            *self._temporary(),
            *self._local(busy),
        ]

    def remove(self, removal: Removal) -> None:
        """Take one thing away. Raises StorageUnavailable."""
        if not removal.local:
            self._objects.delete(removal.name)
        elif (path := Path(removal.name)).is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)

    def audit(self, removed: list[Removal], *, by: str, token: str) -> None:
        """Keep in the audit trail what was taken away. Raises StorageUnavailable."""
        document = {"action": "pruned", "at": rfc3339(self._now), "by": by, "removed": [r.name for r in removed],
                    "bytes": sum(r.bytes for r in removed)}
        self._objects.create_json(names.audit(self._now, token), document)

    def _versions(self) -> tuple[set[str], list[str]]:
        """Objects that published versions of models are made of, and those of them that are snapshots."""
        kept: set[str] = set()
        for entry in self._objects.entries("models/"):
            if entry.name.endswith("/version.json"):
                kept |= set(self._objects.read_json(entry.name)["files"].values())
        return kept, sorted(name for name in kept if name.endswith(SNAPSHOT))

    def _of_jobs(self, busy: set[str], kept: set[str]) -> Iterator[Removal]:
        files: dict[str, list[Listed]] = {}
        for entry in self._objects.entries("jobs/"):
            files.setdefault(entry.name.split("/")[1], []).append(entry)
        for job_id, entries in files.items():
            record = next((e for e in entries if e.name == names.job(job_id)), None)
            if job_id in busy or record is None or record.modified_ms > self._old or not self._is_over(record.name):
                continue
            for entry in entries:
                if entry is not record and entry.name not in kept:
                    what = "checkpoints" if entry.name.split("/")[2] == "checkpoints" else "artifacts"
                    yield Removal(what, entry.name, entry.bytes)

    def _is_over(self, record: str) -> bool:
        """Whether the job ended long ago and MLflow has been told all of it, which is read from its artifacts."""
        job = orjson.loads(self._objects.read(record))["job"]
        return (job["finished_at"] or self._now) <= self._old and not (job["tracking"] or {}).get("pending")

    def _blobs(self) -> Iterator[Removal]:
        blobs = list(self._objects.entries("blobs/"))  # before the documents: bytes are put before the document that names them
        used = {self._objects.read_json(e.name)["sha256"] for e in self._objects.entries("datasets/")
                if e.name.endswith("/upload.json")}
        for entry in blobs:
            if entry.name.rsplit("/", 1)[1] not in used and entry.modified_ms < self._now - YOUNG_MS:
                yield Removal("unreferenced uploads", entry.name, entry.bytes)

    def _pictures(self, snapshots: list[str]) -> set[str]:
        """SHA-256 of each image that a data set or a snapshot is made of."""
        found: set[str] = set()
        for entry in self._objects.entries("datasets/"):
            if entry.name.endswith("/records.jsonl"):
                found |= {orjson.loads(line)["image_sha256"] for line in self._objects.read(entry.name).splitlines() if line}
        for name in snapshots:
            found |= {image["sha256"] for image in orjson.loads(self._objects.read(name))["images"]}
        return found

    def _images(self, named: set[str], pictures: set[str]) -> Iterator[Removal]:
        entries = list(self._objects.entries("images/"))
        corrected = self._corrected()
        used = set(pictures)
        for entry in entries:
            if not entry.name.startswith("images/documents/"):
                continue
            document = self._objects.read_json(entry.name)
            if document["created_at"] > self._old or document["id"] in named | corrected:
                used.add(document["sha256"])
            elif document["sha256"] not in pictures:
                yield Removal("images", entry.name, entry.bytes)
        for entry in entries:
            folder, _, sha256 = entry.name.removeprefix("images/").partition("/")
            if len(folder) == 2 and sha256 not in used and entry.modified_ms < self._now - YOUNG_MS:
                yield Removal("images", entry.name, entry.bytes)

    def _corrected(self) -> set[str]:
        """Images that a correction speaks of, unless it was withdrawn."""
        found = [e.name for e in self._objects.entries("corrections/")]
        withdrawn = {name.split("/")[1] for name in found if name.endswith("/withdrawn.json")}
        return {self._objects.read_json(name)["image"] for name in found
                if name.endswith("/correction.json") and name.split("/")[1] not in withdrawn}

    def _temporary(self) -> Iterator[Removal]:
        for prefix in ("staging/", "probes/"):
            for entry in self._objects.entries(prefix):
                if entry.modified_ms < self._now - YOUNG_MS:
                    yield Removal("temporary files", entry.name, entry.bytes)

    def _local(self, busy: set[str]) -> Iterator[Removal]:
        """Local copies that were not used for as long, and scratch folders of jobs that do not run."""
        for path in sorted((self._home / "cache").rglob("*")):
            if path.is_file() and _used_ms(path) < self._old:
                yield Removal("local copies", str(path), path.stat().st_size, local=True)
        for path in sorted((self._home / "scratch").glob("*")):
            if path.name.partition("-")[0] not in busy and _used_ms(path) < self._now - YOUNG_MS:
                size = sum(f.stat().st_size for f in path.rglob("*") if f.is_file())
                yield Removal("temporary files", str(path), size, local=True)


def _used_ms(path: Path) -> float:
    found = path.stat()
    return max(found.st_mtime, found.st_atime) * 1000


def _texts(value: Any) -> Iterator[str]:
    """Every text in a job's params, whatever field it stands in."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)

