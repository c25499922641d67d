"""The parser of foreign tables, a process of its own: `python -m storage.inspect <folder>`.

Reads `<folder>/order.json`, writes `<folder>/table.parquet` and `<folder>/answer.json`: a profile, or the reasons why
the file cannot be used, or that the disk failed. Bounded in memory, time and output by the kernel; ends when standard
input closes.
"""

import contextlib
import errno
import json
import os
import resource
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from jobs.errors import DatasetUnusable, StorageUnavailable
from storage.columns import TableType, require_type
from storage.csv_file import CsvFile
from storage.inspection import refusal
from storage.parquet_file import ParquetFile
from storage.profile import profile_table
from storage.raw_file import open_raw, scan
from storage.table import TableFile, build_table
from storage.workbook import workbook_to_csv

NO_ROOM = "There is no room to open the file, or the disk fails; make room in NORIA_HOME and send it again."


def inspect_file(source: Path, folder: Path, *, type_: TableType, mapping: Mapping[str, str], max_rows: int,
                 max_bytes: int) -> dict[str, Any]:
    """Parse the file at `source`, write `folder`/table.parquet and give the profile.

    Raises DatasetUnusable for what is the file's fault, StorageUnavailable when the disk is full or fails.
    """
    try:
        file = _open(source, folder, max_rows=max_rows, max_bytes=max_bytes)
        table = build_table(file, type_, mapping, max_rows)
        profile = profile_table(table, type_, file)
    except pl.exceptions.PolarsError:
        raise DatasetUnusable("The file is damaged or not what it says it is; save it anew and upload it again.") from None
    except OSError as e:
        if e.errno == errno.EFBIG:  # past RLIMIT_FSIZE, which no honest file comes near
            raise DatasetUnusable("The file grows too large when it is opened; send it in parts.") from e
        raise StorageUnavailable(NO_ROOM) from e
    try:
        table.frame.write_parquet(folder / "table.parquet", compression="zstd", statistics=True)
    except (pl.exceptions.PolarsError, OSError) as e:  # Polars tells a full disk as an error of its own
        raise StorageUnavailable(NO_ROOM) from e
    return profile


def main(folder: Path) -> None:
    """Carry out `folder`/order.json within its limits."""
    order = json.loads((folder / "order.json").read_bytes())
    _bound(order)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        profile = inspect_file(Path(order["source"]), folder, type_=require_type(order["type"]), mapping=order["mapping"],
                               max_rows=order["max_rows"], max_bytes=order["max_bytes"])
        answer: dict[str, Any] = {"profile": profile}
    except DatasetUnusable as e:
        answer = {"refused": refusal(e)}
    except StorageUnavailable as e:
        answer = {"unavailable": e.message}
    except (MemoryError, pl.exceptions.PanicException):  # as where the allocator itself gives up: the limits were too tight
        os.abort()
    fresh = folder / "answer.tmp"
    fresh.write_text(json.dumps(answer, allow_nan=False), encoding="utf-8")
    fresh.replace(folder / "answer.json")


def _open(source: Path, folder: Path, *, max_rows: int, max_bytes: int) -> TableFile:
    raw = open_raw(source, folder, max_bytes)
    if raw.format == "parquet":
        return ParquetFile(raw.path)
    if raw.format == "workbook":
        sheet = workbook_to_csv(raw.path, folder / "sheet.csv", max_bytes=max_bytes, max_rows=max_rows)
        return CsvFile(sheet, folder, scan(sheet).lines, delimiter=",")
    if raw.lines > max_rows + 1:
        raise DatasetUnusable(f"The file has {raw.lines:,} lines; {max_rows:,} rows are the most (MAX_ROWS). Send it in parts.")
    return CsvFile(raw.path, folder, raw.lines)


def _bound(order: Mapping[str, Any]) -> None:
    memory, seconds = order["memory_mb"] << 20, int(order["time_s"]) + 1
    # A second between soft and hard: SIGXCPU tells our limit from a SIGKILL that came from outside.
    limits = ((resource.RLIMIT_DATA, memory, memory), (resource.RLIMIT_CPU, 2 * seconds, 2 * seconds + 1),
              (resource.RLIMIT_CORE, 0, 0), (resource.RLIMIT_FSIZE, 2 * order["max_bytes"], 2 * order["max_bytes"]))
    for limit, soft, hard in limits:
        with contextlib.suppress(ValueError, OSError):  # a system without it, or with a lower bound already
            resource.setrlimit(limit, (soft, hard))
    os.nice(5)


def _end_with_parent() -> None:
    while os.read(0, 1 << 16):  # not sys.stdin, whose lock a thread that reads holds until after the end
        pass
    os._exit(2)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
