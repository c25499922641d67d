"""The local notebook of what runs have to tell MLflow: the job's thread writes, the shipper reads.

    <home>/spool/runs/{job id}/{fence}.jsonl        what one attempt wrote, an op a line, with its own time
    <home>/spool/runs/{job id}/{fence}-end.jsonl    the end that the reaper wrote for an attempt whose worker is gone
    <home>/spool/runs/{job id}/state.json           how far the shipper has come
    <home>/spool/runs/{job id}/scratch/              files on their way to MLflow, while they are
    <home>/spool/locks/{job id}                     held (flock) by the process that ships the job's folder
    <home>/spool/dead/{job id}/ops.jsonl            ops that MLflow refused, each with the reason
    <home>/spool/dead/{job id}/run-{n}/             a run that MLflow refused whole; move it to runs/{job id} to try again

A segment is locked by its writer as long as it lives, so that the shipper sees when nothing more will come.
"""

import errno
import fcntl
import os
import shutil
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson
import structlog

log = structlog.get_logger("tracking")

_NEWBORN_S = 60.0
_FLUSH_S = 1.0
_ROOM_EVERY_S = 0.1
FULL = (errno.ENOSPC, errno.EDQUOT)
PATIENCE_S = 30.0  # that a job's end waits for room on the disk
WAITING_MAX = 100_000  # ops of one run that wait for a full disk

OpType = Literal["begin", "param", "metric", "tag", "artifact", "model", "end", "unreadable"]


@dataclass(frozen=True, slots=True)
class Op:
    """One thing to tell MLflow. `at`: epoch milliseconds when it happened."""

    op: OpType
    at: int
    data: dict[str, Any]

    def line(self) -> bytes:
        """The op as a line of the segment."""
        return orjson.dumps({"op": self.op, "at": self.at, **self.data}, option=orjson.OPT_APPEND_NEWLINE)


def parse(line: bytes) -> Op:
    """The op of a line; one that cannot be read becomes an `unreadable` op, so that it is seen and not lost."""
    try:
        document = orjson.loads(line)
        return Op(document.pop("op"), int(document.pop("at")), document)
    except (ValueError, TypeError, KeyError, AttributeError):
        return Op("unreadable", 0, {"line": line.decode(errors="replace")[:1000]})


class Segment:
    """What one attempt writes. Never raises: without a file it forgets, with one warning.

    While the disk is full ops wait in memory, also after `close`, and the shipper's thread writes them once there is room;
    only past WAITING_MAX ops, or if the process dies meanwhile, is the rest of the run lost. So whoever ends a job lets
    its run `settle` first: once the job has ended, no later attempt would write it again.

    Ops wait in memory for at most a second: a system call lets other threads have the interpreter, and getting it back
    from a busy one takes up to 5 ms, which a job with thousands of metrics would feel. The shipper's thread writes them.
    """

    def __init__(self, fd: int | None, spool: "Spool") -> None:
        self._fd, self._spool = fd, spool
        self._waiting: deque[bytes] = deque()
        self._block = b""  # what of it the disk has not taken
        self._closing = False
        self._writing = threading.Lock()
        self._written = time.monotonic()

    def append(self, op: Op) -> None:
        """Note an op; it is in the file at the latest with the first op that comes a second later, or with `close`."""
        if self._fd is None:
            return
        try:
            self._waiting.append(op.line())
        except (ValueError, TypeError) as e:
            log.warning("tracking could not be written down", op=op.op, reason=str(e))
        if op.op == "begin" or time.monotonic() - self._written > _FLUSH_S:
            self.flush()
            self._spool.news.set()

    def flush(self) -> None:
        """Write what waits, with one system call and no fsync. Called by the job's thread and by the shipper's."""
        with self._writing:
            self._written = time.monotonic()
            if self._fd is not None:
                self._write(self._fd)

    def _write(self, fd: int) -> None:
        full = bool(self._block)
        try:
            while self._block or self._waiting:
                self._block += b"".join(self._waiting.popleft() for _ in range(len(self._waiting)))
                self._block = self._block[os.write(fd, self._block):]
        except OSError as e:
            if e.errno not in FULL or self._block.count(b"\n") > WAITING_MAX:
                log.warning("tracking could not be written down; the rest of this run is lost", reason=str(e))
                self._release()
            elif not full:
                log.warning("the disk is full; what is tracked waits in memory", reason=str(e))
            return
        if self._closing:
            self._release()

    def close(self) -> None:
        """Nothing more will come."""
        with self._writing:
            self._closing = True
        self.flush()

    def settle(self, patience_s: float) -> bool:
        """Wait until the disk has taken all that was noted; False if it is still full after `patience_s` seconds."""
        until = time.monotonic() + patience_s
        self.flush()
        while self._fd is not None and (self._waiting or self._block):
            if time.monotonic() > until:
                return False
            time.sleep(_ROOM_EVERY_S)
            self.flush()
        return True

    def forget(self) -> None:
        """Give up what the disk has not taken."""
        with self._writing:
            self._waiting.clear()
            self._block = b""
            self._release()

    def _release(self) -> None:
        self._spool.open_segments.discard(self)
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
            self._spool.news.set()


@dataclass
class ShippingState:
    """How far a folder has been shipped.

    done: bytes of each segment. failures: of the next op, in a row. creations: how often MLflow was asked to create the run.
    """

    uri: str | None = None
    ui: str | None = None
    experiment_id: str | None = None
    run_id: str | None = None
    announced: Literal["no", "begun", "ended"] = "no"
    ended: bool = False
    failures: int = 0
    creations: int = 0
    done: dict[str, int] = field(default_factory=dict)


class RunFolder:
    """The folder of one job, as the process that holds its lock sees it."""

    def __init__(self, spool: "Spool", job_id: str) -> None:
        self.job_id = job_id
        self.path = spool.runs / job_id
        self._dead = spool.dead / job_id
        self.state = self._read_state()

    def _read_state(self) -> ShippingState:
        try:
            return ShippingState(**orjson.loads((self.path / "state.json").read_bytes()))
        except (FileNotFoundError, ValueError, TypeError):
            # Lost or torn: all is shipped again, which MLflow takes as it took it the first time.
            return ShippingState()

    def save_state(self) -> None:
        """Write the state, whole or not at all."""
        fresh = self.path / "state.tmp"
        fresh.write_bytes(orjson.dumps(self.state))
        fresh.replace(self.path / "state.json")

    def uri(self) -> str | None:
        """The server that this run goes to, wholly; None if its first op is not written yet."""
        if self.state.uri:
            return self.state.uri
        for segment in self.segments():
            with segment.open("rb") as file:
                uri = parse(file.readline()).data.get("uri")
            if uri:
                return str(uri)
        return None

    def discard_unbegun(self) -> None:
        """Clear away what a worker left that died before it had written where the run goes."""
        segments = self.segments()
        # Asked in this order: a begin that waited for room on the disk may have been written since somebody looked for it.
        if not all(self.over(segment) for segment in segments) or self.uri():
            return
        if any(segment.stat().st_size for segment in segments):
            self._put_aside(segments, "the begin of the run was not written whole")
        self.remove(segments)

    def segments(self) -> list[Path]:
        """The segments in the order of their fences, an end written by the reaper after the attempt's own."""
        return sorted(self.path.glob("*.jsonl"), key=lambda p: p.stem)

    def pending(self, segment: Path, *, limit_bytes: int = 1 << 20) -> list[tuple[Op, int]]:
        """The next whole ops of a segment, each with the offset behind it; a torn last line is left out."""
        offset = self.state.done.get(segment.name, 0)
        with segment.open("rb") as file:
            file.seek(offset)
            block = file.read(limit_bytes)
            if b"\n" not in block:
                block += file.readline()
        ops = []
        for line in block[: block.rfind(b"\n") + 1].splitlines(keepends=True):
            offset += len(line)
            ops.append((parse(line), offset))
        return ops

    def over(self, segment: Path) -> bool:
        """Whether the segment's writer has closed it or is gone, so that what it holds is all."""
        with segment.open("rb") as file:
            status = os.fstat(file.fileno())
            if not status.st_size and time.time() - status.st_mtime < _NEWBORN_S:
                return False  # its writer may be about to lock it
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """An empty folder for the files of one op. It lies here, so that what a killed shipper left goes with the next one."""
        folder = self.path / "scratch"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def bury(self, op: Op, reason: str) -> None:
        """Keep an op that MLflow refused, and why."""
        log.warning("an entry of a run was refused and put aside", job_id=self.job_id, op=op.op, reason=reason)
        self._dead.mkdir(parents=True, exist_ok=True)
        with (self._dead / "ops.jsonl").open("ab") as file:
            file.write(Op(op.op, op.at, {"reason": reason, **op.data}).line())

    def bury_all(self, reason: str) -> None:
        """Put the whole run aside, and why."""
        segments = self.segments()
        self._put_aside(segments, reason)
        self.remove(segments)

    def _put_aside(self, segments: list[Path], reason: str) -> None:
        log.error("a run was refused and put aside", job_id=self.job_id, reason=reason)
        target = self._dead / f"run-{time.time_ns()}"
        target.mkdir(parents=True)
        for segment in segments:
            segment.rename(target / segment.name)
        (target / "reason.txt").write_text(reason + "\n")

    def remove(self, segments: list[Path]) -> None:
        """Forget what has arrived. A segment that a new attempt has just begun stays."""
        for segment in segments:
            segment.unlink(missing_ok=True)
        if not self.segments():
            shutil.rmtree(self.path / "scratch", ignore_errors=True)
            (self.path / "state.json").unlink(missing_ok=True)
            (self.path / "reason.txt").unlink(missing_ok=True)
            with suppress(OSError):
                self.path.rmdir()


class Spool:
    """The spool of one machine, shared by all worker processes on it. `news` is set when there is something to ship."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs, self.dead, self._locks = folder / "runs", folder / "dead", folder / "locks"
        self.news = threading.Event()
        self.open_segments: set[Segment] = set()

    def flush(self) -> None:
        """Write what this process's open segments hold in memory."""
        for segment in tuple(self.open_segments):
            segment.flush()

    def open_segment(self, job_id: str, fence: int, *, closing: bool = False) -> Segment:
        """The file that an attempt writes to; `closing`: the one that only ends it. Never raises, see Segment."""
        name = f"{fence:08d}-end.jsonl" if closing else f"{fence:08d}.jsonl"
        try:
            segment = Segment(self._open(self.runs / job_id, name), self)
        except OSError as e:
            log.warning("tracking could not be written down", op="begin", job_id=job_id, reason=str(e))
            return Segment(None, self)
        self.open_segments.add(segment)
        return segment

    def _open(self, folder: Path, name: str) -> int:
        while True:
            folder.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):  # the shipper removed the folder in between
                fd = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
                fcntl.flock(fd, fcntl.LOCK_EX)
                status = os.fstat(fd)
                if not status.st_nlink:
                    os.close(fd)
                    continue
                if status.st_size and os.pread(fd, 1, status.st_size - 1) != b"\n":
                    os.write(fd, b"\n")
                return fd

    def backlog(self) -> tuple[str, ...]:
        """Jobs with something to ship, oldest first."""
        try:
            return tuple(e.name for e in sorted(os.scandir(self.runs), key=_modified))
        except FileNotFoundError:
            return ()

    def holds(self, job_id: str) -> bool:
        """Whether something of this job has not arrived yet."""
        return (self.runs / job_id).is_dir()

    def refused(self, job_id: str) -> bool:
        """Whether MLflow refused something of this job."""
        return (self.dead / job_id).is_dir()

    def dead_letters(self) -> int:
        """How many jobs have entries that MLflow refused."""
        return sum(1 for _ in self.dead.iterdir()) if self.dead.is_dir() else 0

    @contextmanager
    def lock(self, job_id: str) -> Iterator[RunFolder | None]:
        """The folder of a job for this process alone; None if another process ships it, or it is gone."""
        self._locks.mkdir(parents=True, exist_ok=True)
        path = self._locks / job_id
        with path.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            if not _still_there(path, file.fileno()):
                yield None
                return
            try:
                yield RunFolder(self, job_id) if self.holds(job_id) else None
            finally:
                if not self.holds(job_id):
                    path.unlink(missing_ok=True)


def _still_there(path: Path, fd: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(fd))
    except FileNotFoundError:
        return False


def _modified(entry: "os.DirEntry[str]") -> float:
    try:
        return entry.stat().st_mtime
    except FileNotFoundError:
        return 0.0
