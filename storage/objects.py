"""The object store over obstore: a local folder or an S3 bucket, chosen by one URL."""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import LocalStore, S3Store

from jobs.errors import InputError, NotFound, StorageUnavailable
from storage.object_store import Listed, ObjectStore

SCHEMA = 1
PART_BYTES = 8 << 20
PARTS_AT_ONCE = 2  # bounds the memory of a streaming upload to some 16 MiB
STAGING = "staging/"


def open_store(url: str) -> ObjectStore:
    """The object store at `url`: `file:///folder`, a plain folder, or `s3://bucket/prefix`.

    S3's keys, region and endpoint come from the usual AWS_* variables, which obstore reads by itself; path-style
    requests, http allowed, as MinIO needs them. Raises InputError for another kind of URL, StorageUnavailable when a
    local folder cannot be made.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3":
        return ObstoreObjects(S3Store(
            bucket=parts.netloc, prefix=parts.path.strip("/") or None, config={"copy_if_not_exists": "multipart"},
            client_options={"allow_http": True, "connect_timeout": "2s", "timeout": "60s"},
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)}))
    if parts.scheme not in {"", "file"} or (parts.scheme == "file" and parts.netloc not in {"", "localhost"}):
        raise InputError(f"STORAGE_URL has the scheme {parts.scheme!r}; it takes a folder, file:///folder or s3://bucket/prefix.")
    folder = Path(unquote(parts.path) if parts.scheme else url).expanduser().resolve()
    with _errors(f"the folder {folder.name}"):
        return ObstoreObjects(LocalStore(folder, mkdir=True))


class ObstoreObjects:
    """See ObjectStore.

    What is streamed in appears whole: obstore writes aside and renames (local), or completes a multipart upload (S3).
    """

    def __init__(self, store: LocalStore | S3Store) -> None:
        self._store = store

    def create(self, name: str, content: bytes | Path) -> bool:
        """See ObjectStore. A large Path is staged under another name first, since a conditional write cannot stream."""
        with _errors(_checked(name)):
            try:
                if isinstance(content, bytes) or content.stat().st_size <= PART_BYTES:
                    whole = content if isinstance(content, bytes) else content.read_bytes()
                    obstore.put(self._store, name, whole, mode="create")
                else:
                    self._create_staged(name, content)
            except AlreadyExistsError:
                return False
        return True

    def _create_staged(self, name: str, content: Path) -> None:
        staged = STAGING + secrets.token_hex(12)
        try:
            self.put(staged, content)
            obstore.copy(self._store, staged, name, overwrite=False)
        finally:
            self.delete(staged)

    def put(self, name: str, content: bytes | Path) -> None:
        """See ObjectStore."""
        with _errors(_checked(name)):
            obstore.put(self._store, name, content, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)

    def read(self, name: str) -> bytes:
        """See ObjectStore."""
        with _errors(_checked(name)):
            return bytes(obstore.get(self._store, name).bytes())

    def stream(self, name: str, *, chunk_bytes: int = 1 << 20) -> Iterator[bytes]:
        """See ObjectStore."""
        with _errors(_checked(name)):
            chunks = obstore.get(self._store, name).stream(min_chunk_size=chunk_bytes)
        return _pieces(name, iter(chunks))

    def fetch(self, name: str, target: Path) -> Path:
        """See ObjectStore."""
        chunks = self.stream(name)
        aside = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
        with _errors(name):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with aside.open("wb") as file:
                    file.writelines(chunks)
                aside.replace(target)
            finally:
                aside.unlink(missing_ok=True)
        return target

    def size(self, name: str) -> int:
        """See ObjectStore."""
        with _errors(_checked(name)):
            return int(obstore.head(self._store, name)["size"])

    def exists(self, name: str) -> bool:
        """See ObjectStore."""
        try:
            self.size(name)
        except NotFound:
            return False
        return True

    def names(self, prefix: str) -> Iterator[str]:
        """See ObjectStore. A local listing is held in memory to be sorted; S3 lists in order by itself."""
        for entry in self.entries(prefix):
            yield entry.name

    def entries(self, prefix: str) -> Iterator[Listed]:
        """See ObjectStore."""
        if not prefix.endswith("/"):
            raise InputError(f"A prefix of objects ends with a slash, {prefix!r} does not.")
        _checked(prefix[:-1])
        with _errors(prefix):
            found = [Listed(meta["path"], meta["size"], round(meta["last_modified"].timestamp() * 1000))
                     for batch in obstore.list(self._store, prefix.rstrip("/")) for meta in batch]
        yield from sorted(found, key=lambda entry: entry.name)

    def delete(self, name: str) -> None:
        """See ObjectStore."""
        with _errors(_checked(name)):
            try:
                obstore.delete(self._store, name)
            except (NotFoundError, FileNotFoundError):
                return

    def read_json(self, name: str) -> dict[str, Any]:
        """See ObjectStore."""
        return cast("dict[str, Any]", json.loads(self.read(name)))

    def create_json(self, name: str, document: dict[str, Any]) -> bool:
        """See ObjectStore."""
        return self.create(name, _json(document))

    def put_json(self, name: str, document: dict[str, Any]) -> None:
        """See ObjectStore."""
        self.put(name, _json(document))


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps({"schema": SCHEMA, **document}, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _pieces(name: str, chunks: Iterator[Any]) -> Iterator[bytes]:
    step: Callable[[], Any] = chunks.__next__
    while True:
        with _errors(name):
            try:
                piece = bytes(step())
            except StopIteration:
                return
        yield piece


def _checked(name: str) -> str:
    """Names are made by Noria; one that would leave the store's folder is refused all the same."""
    if not name or len(name) > 1000 or "\\" in name or any(ord(c) < 32 for c in name) or {"", ".", ".."} & set(name.split("/")):
        raise InputError(f"{name[:100]!r} cannot be the name of an object.")
    return name


@contextmanager
def _errors(name: str) -> Iterator[None]:
    """Turn what obstore raises into Noria's errors; the cause is kept for the log, not for the message."""
    try:
        yield
    except AlreadyExistsError:
        raise
    except (NotFoundError, FileNotFoundError) as e:
        raise NotFound(f"There is no object {name!r} in the storage.") from e
    except (BaseError, OSError) as e:
        raise StorageUnavailable("The storage does not answer or is full; see to it (STORAGE_URL) and send this again.",
                                 retry_after_s=10) from e
