"""Waiting for a stack: ready, hopeless, too late."""

import subprocess
import sys
import threading
import time
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from deploy.control import Program
from deploy.readiness import Part
from deploy.startup import TRIES, Deaths, StartFailed, locked, wait_until_ready


def program(state: str = "RUNNING", pid: int = 7, name: str = "api") -> Program:
    return Program(name, state, pid, Path("/nowhere/api.log"))


def console() -> Console:
    return Console(file=StringIO(), force_terminal=False)


def test_it_returns_when_nothing_is_missing_and_says_what_came_up() -> None:
    answers = iter(["does not answer yet", "does not answer yet", ""])
    out = console()

    wait_until_ready([Part("API", ("api",), lambda: next(answers))], lambda: [program()], out)

    assert "✓ API" in out.file.getvalue()


def test_a_program_that_keeps_dying_ends_the_wait_early() -> None:
    pids = iter(range(2, 1000))

    with pytest.raises(StartFailed, match="api died") as failed:
        wait_until_ready([Part("API", ("api",), lambda: "no")], lambda: [program("BACKOFF", next(pids))], console())

    assert [p.name for p in failed.value.programs] == ["api"]


def test_a_program_that_supervisor_gave_up_ends_the_wait_at_once() -> None:
    assert Deaths().hopeless([program("FATAL", 0)])


def test_a_program_that_was_restarted_once_is_not_hopeless() -> None:
    deaths = Deaths()

    assert not [d for pid in range(2, 2 + TRIES - 1) for d in deaths.hopeless([program("STARTING", pid)])]


def test_a_second_caller_waits_for_the_first(tmp_path: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with locked(tmp_path):
            order.append("second")

    with locked(tmp_path):
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.2)
        order.append("first")
    thread.join()

    assert order == ["first", "second"]


def test_the_lock_of_a_dead_caller_holds_up_nobody(tmp_path: Path) -> None:
    code = f"import fcntl, os; f = open({str(tmp_path / 'stack.lock')!r}, 'w'); fcntl.flock(f, fcntl.LOCK_EX); os._exit(1)"
    subprocess.run([sys.executable, "-c", code], check=False)

    with locked(tmp_path):
        assert (tmp_path / "stack.lock").exists()
