"""Ends what outlives its program: supervisor tells us of each exit, and we kill the rest of that process group.

Supervisor starts every program as the leader of a group of its own, so the group's number is the dead process's. A
listener of supervisor's speaks with it over its standard input and output (http://supervisord.org/events.html).
"""

import os
import signal
import sys
from contextlib import suppress
from typing import TextIO


def sweep(pid: int) -> bool:
    """Kill what is left of the process group `pid`; says if there was anything."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
        return True
    return False


def words(line: str) -> dict[str, str]:
    """`a:1 b:2` as a dict."""
    return dict(part.split(":", 1) for part in line.split() if ":" in part)


def listen(source: TextIO, answers: TextIO, remarks: TextIO) -> None:
    """Answer supervisor's events until it closes `source`."""
    while True:
        answers.write("READY\n")
        answers.flush()
        line = source.readline()
        if not line:
            return
        event = words(source.read(int(words(line)["len"])))
        pid = int(event.get("pid", 0))
        if pid > 1 and sweep(pid):
            remarks.write(f"{event.get('processname')}: ended what was left of its process group {pid}\n")
            remarks.flush()
        answers.write("RESULT 2\nOK")
        answers.flush()


if __name__ == "__main__":
    listen(sys.stdin, sys.stdout, sys.stderr)
