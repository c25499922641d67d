"""Run a reader of foreign bytes as a bounded child process: `python -m storage.inspect`, `inspect_images`, `draw_boxes`.

The child gets no environment of ours (so no credentials), and ends when its standard input closes, which the kernel
does for a parent that dies.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jobs.errors import DatasetUnusable, FieldError, StorageUnavailable, Unavailable
from storage.columns import DatasetType
from storage.convention import NO_CONVENTION, Convention

ROOT = Path(__file__).resolve().parents[1]
LARGEST_ANSWER_BYTES = 8 << 20
POLL_S = 0.05
# How a child ends that breaks on a file or on its limits. Every other end without an answer came from outside.
OWN_CRASHES = frozenset({-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS, -signal.SIGILL, -signal.SIGFPE, -signal.SIGXCPU})


@dataclass(frozen=True, slots=True)
class Limits:
    """What one inspection may take: MiB of memory, seconds, rows of the table, bytes when decompressed, megapixels."""

    memory_mb: int
    time_s: float
    max_rows: int
    max_bytes: int
    max_image_mp: float = 40.0


class InspectionFailed(DatasetUnusable):
    """The child did not finish within `Limits`; another attempt under other limits may."""


def run_inspection(source: Path, folder: Path, *, type_: DatasetType, mapping: Mapping[str, str], limits: Limits,
                   heartbeat: Callable[[], None], convention: Convention = NO_CONVENTION,
                   uploaded_ms: int | None = None) -> dict[str, Any]:
    """Inspect the file `source` in a child; writes `folder`/table.parquet and gives the profile.

    `heartbeat` is called about every second meanwhile. uploaded_ms: when the file was uploaded, epoch ms; without it no sales
    are left out for their dates. Raises DatasetUnusable with the reasons, InspectionFailed when
    the child took too much memory or time or crashed; Unavailable, which says nothing about the file, when the child was
    killed from outside or the disk failed.
    """
    order = {"type": type_, "mapping": dict(mapping), "source": str(source), "convention": asdict(convention),
             "uploaded_ms": uploaded_ms}
    answer = run_child("storage.inspect", folder, order, limits, heartbeat)
    if "refused" in answer:
        raise unusable(answer["refused"])
    if "unavailable" in answer:
        raise StorageUnavailable(answer["unavailable"], retry_after_s=10)
    profile: dict[str, Any] = answer["profile"]
    return profile


def run_child(module: str, folder: Path, order: Mapping[str, Any], limits: Limits,
              heartbeat: Callable[[], None]) -> dict[str, Any]:
    """Have `python -m module folder` carry out an order within `limits`; gives its answer (see `storage/bounded.py`).

    Raises InspectionFailed when it took too much memory or time or crashed, Unavailable when it was killed from outside.
    """
    (folder / "order.json").write_text(json.dumps({**order, **asdict(limits)}), encoding="utf-8")
    with subprocess.Popen(  # noqa: S603 - a module of ours, on a folder of our own
        [sys.executable, "-m", module, str(folder)], cwd=ROOT, stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        # retain:false has Polars' allocator give address space back, which the kernel's limit on memory counts.
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "TMPDIR": str(folder), "POLARS_MAX_THREADS": "2",
             "_RJEM_MALLOC_CONF": "retain:false"},
    ) as child:
        try:
            code = _await(child, limits.time_s, heartbeat)
        finally:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
    if code is None:
        raise InspectionFailed(f"Reading the file took more than {limits.time_s:g} seconds (INSPECT_TIME_S); send a smaller one.")
    answer = _answer(folder / "answer.json")
    if answer is None and code not in OWN_CRASHES:
        raise Unavailable(f"Reading the file was interrupted (status {code}); send it again.", retry_after_s=10)
    if answer is None:
        raise InspectionFailed(f"The file could not be read within {limits.memory_mb} MiB of memory (INSPECT_MEMORY_MB), or it "
                               f"made the parser crash (status {code}); send a smaller or simpler file.")
    return answer


def refusal(error: DatasetUnusable) -> dict[str, Any]:
    """The reasons of a refusal, ready for JSON; `unusable` is its inverse."""
    return {"message": error.message, "fields": [[f.field, f.message] for f in error.fields], "columns": list(error.columns)}


def unusable(reasons: Mapping[str, Any]) -> DatasetUnusable:
    """The error that a stored refusal stands for."""
    return DatasetUnusable(str(reasons["message"]), fields=tuple(FieldError(str(f), str(m)) for f, m in reasons["fields"]),
                           columns=tuple(str(name) for name in reasons.get("columns", ())))


def _await(child: "subprocess.Popen[bytes]", time_s: float, heartbeat: Callable[[], None]) -> int | None:
    deadline, beat = time.monotonic() + time_s, time.monotonic() + 1
    while time.monotonic() < deadline:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return child.wait(POLL_S)
        if time.monotonic() > beat:
            heartbeat()
            beat = time.monotonic() + 1
    return None


def _answer(path: Path) -> dict[str, Any] | None:
    try:
        if path.stat().st_size > LARGEST_ANSWER_BYTES:
            return None
        found = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None
