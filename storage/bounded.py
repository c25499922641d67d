"""A parser of foreign bytes as a child process: bounded by the kernel, gone with its parent, one answer.

The child's side of `storage/inspection.py`, shared by `storage.inspect`, `storage.inspect_images` and `storage.draw_boxes`.
"""

import contextlib
import json
import os
import resource
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def carry_out(folder: Path, work: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Read `folder`/order.json, take on its limits, and write what `work` makes of it to `folder`/answer.json.

    The process ends when standard input closes, as it does for a parent that dies.
    """
    order = json.loads((folder / "order.json").read_bytes())
    _bound(order)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        answer = work(order)
    except MemoryError:  # the file's fault, which an end by abort tells from a death that came from outside
        os.abort()
    fresh = folder / "answer.tmp"
    fresh.write_text(json.dumps(answer, allow_nan=False), encoding="utf-8")
    fresh.replace(folder / "answer.json")


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
