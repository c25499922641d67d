"""Everything that one machine's installation knows, in one tar file, taken while it runs; and back again while it is down.

The jobs are taken first, as one moment of the broker (an RDB file), then the files, which are written whole and mostly never
changed: what the jobs of that moment refer to is in the backup. A job that ended in between runs once more after a restore.
"""

import json
import os
import sqlite3
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import redis

from jobs.errors import BrokerUnavailable, Conflict, InputError, NotFound
from jobs.record import rfc3339
from jobs.settings import Settings
from storage.redis_answers import answers

SCHEMA = 1
MANIFEST = "backup.json"
SNAPSHOT = "broker/dump.rdb"
DATABASE = "mlflow/mlflow.db"
SINGLE = ("settings.env", "flower_password")
FOLDERS = ("spool", "mlflow/artifacts", "weights", "objects")
GUARDED = ("objects", "broker", "mlflow", "spool", "settings.env")  # what a restore would overwrite
SNAPSHOT_TIMEOUT_S = 600.0
AOF = "broker/appendonlydir"
AOF_MANIFEST = "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n"


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds: its time, the number of files, and which parts are kept elsewhere, to be backed up there."""

    at: str
    files: int
    elsewhere: tuple[str, ...]


def write_backup(settings: Settings, target: Path, *, progress: Callable[[str], object] = lambda _: None) -> Backup:
    """Write the backup to `target`, which appears whole or not at all and is readable by its owner alone: it holds secrets.

    `progress` is told each file's name. Raises Conflict if `target` is there, BrokerUnavailable if a running broker gives no
    snapshot.
    """
    if target.exists():
        raise Conflict(f"{target} is there already.")
    elsewhere = tuple(said for said, so in (
        ("the broker (REDIS_URL)", settings.redis_url), ("the object store (STORAGE_URL)", settings.storage_url)) if so)
    at = rfc3339(time.time_ns() // 1_000_000)
    aside = target.with_name(f".{target.name}.part")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    files = 0
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        with os.fdopen(handle, "wb") as out, tarfile.open(fileobj=out, mode="w|") as tar, \
                TemporaryDirectory(dir=settings.home, prefix=".backup-") as made:
            manifest = Path(made, MANIFEST)
            manifest.write_text(json.dumps({"schema": SCHEMA, "at": at, "elsewhere": elsewhere}), encoding="utf-8")
            for name, path in _contents(settings, manifest):
                if _add(tar, name, path):
                    files += 1
                    progress(name)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    return Backup(str(at), files, elsewhere)


def restore_backup(settings: Settings, source: Path, *, progress: Callable[[str], object] = lambda _: None) -> Backup:
    """Put a backup back into NORIA_HOME. Raises NotFound, InputError (not a backup), Conflict (data are there)."""
    there = [name for name in GUARDED if _holds_something(settings.home / name)]
    if there:
        raise Conflict(f"{settings.home} holds {', '.join(there)} already. Stop the stack (`make down`) and move that "
                       "away first.")
    files, document = 0, {}
    try:
        with tarfile.open(source) as tar:
            for member in tar:
                if files == 0:
                    document = _manifest(tar, member)
                else:
                    tar.extract(member, settings.home, filter="data")
                    progress(member.name)
                files += 1
    except FileNotFoundError as e:
        raise NotFound(f"There is no file {source}.") from e
    except tarfile.TarError as e:
        raise InputError(f"{source} is not a backup, or it is damaged: {e}") from e
    _make_log(settings.home)
    return Backup(document["at"], files, tuple(document["elsewhere"]))


def _contents(settings: Settings, manifest: Path) -> Iterator[tuple[str, Path]]:
    """Name in the backup and path of each file, in the order in which they have to be taken."""
    home = settings.home
    yield MANIFEST, manifest
    if not settings.redis_url:
        yield from _broker(settings)
    for name in SINGLE:
        yield name, home / name
    for folder in FOLDERS[:1]:
        yield from _files(home, folder)
    if (home / DATABASE).exists():
        copy = manifest.with_name("mlflow.db")
        with closing(sqlite3.connect(home / DATABASE)) as live, closing(sqlite3.connect(copy)) as kept:
            live.backup(kept)
        yield DATABASE, copy
    for folder in FOLDERS[1:]:
        if folder != "objects" or not settings.storage_url:
            yield from _files(home, folder)


def _broker(settings: Settings) -> Iterator[tuple[str, Path]]:
    """A snapshot of the embedded broker; its log as it lies there if the broker is down."""
    client: Any = redis.Redis.from_url(settings.broker_url, socket_timeout=30, socket_connect_timeout=2, decode_responses=True)
    with closing(client):
        try:
            client.ping()
        except redis.ConnectionError:
            yield from _files(settings.home, AOF)
            return
        with answers():
            taken = _snapshot(client)
            yield SNAPSHOT, taken
            taken.unlink(missing_ok=True)


def _snapshot(client: Any) -> Path:
    before = client.info("stats")["total_forks"]
    client.execute_command("BGSAVE", "SCHEDULE")
    deadline = time.monotonic() + SNAPSHOT_TIMEOUT_S
    while True:
        found, forks = client.info("persistence"), client.info("stats")["total_forks"]
        if forks > before and not found["rdb_bgsave_in_progress"] and not found["aof_rewrite_in_progress"]:
            break
        if time.monotonic() > deadline:
            raise BrokerUnavailable("The broker made no snapshot in time; try again when it has less to do.")
        time.sleep(0.1)
    if found["rdb_last_bgsave_status"] != "ok":
        raise BrokerUnavailable("The broker could not write its snapshot: see its log; its disk may be full.")
    return Path(client.config_get("dir")["dir"], client.config_get("dbfilename")["dbfilename"])


def _files(home: Path, folder: str) -> Iterator[tuple[str, Path]]:
    for path in sorted((home / folder).rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield str(path.relative_to(home)), path


def _add(tar: tarfile.TarFile, name: str, path: Path) -> bool:
    """Add a file; False if it is gone by now, as what is needed no more may be. Names in the backup are those in NORIA_HOME."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return False
    with file:
        info = tar.gettarinfo(arcname=name, fileobj=file)
        info.uname = info.gname = ""
        tar.addfile(info, file)
    return True


def _manifest(tar: tarfile.TarFile, member: tarfile.TarInfo) -> dict[str, Any]:
    content = tar.extractfile(member) if member.name == MANIFEST else None
    document = json.load(content) if content else {}
    if document.get("schema") != SCHEMA:
        raise InputError("This is not a backup of Noria, or one of a newer version.")
    return dict(document)


def _make_log(home: Path) -> None:
    """Give the broker its snapshot as the base of its log, which is what it reads when it starts."""
    snapshot, folder = home / SNAPSHOT, home / AOF
    if snapshot.exists():
        folder.mkdir(parents=True, exist_ok=True)
        snapshot.replace(folder / "appendonly.aof.1.base.rdb")
        (folder / "appendonly.aof.1.incr.aof").touch()
        (folder / "appendonly.aof.manifest").write_text(AOF_MANIFEST, encoding="ascii")


def _holds_something(path: Path) -> bool:
    return path.is_file() or (path.is_dir() and any(p.is_file() for p in path.rglob("*")))
