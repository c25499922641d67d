"""The processes of a stack, found by their mark and ended for sure."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from deploy.environment import MARK
from deploy.processes import end, listener, members, port_is_free, program, supervisor_of, uninterrupted
from tests.services import free_port, wait_until

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def marked(code: str = "import time; print('up', flush=True); time.sleep(60)", name: str = "") -> subprocess.Popen[str]:
        environment = {**os.environ, MARK: str(tmp_path), **({"SUPERVISOR_PROCESS_NAME": name} if name else {})}
        process = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout
        assert process.stdout.readline() == "up\n"
        return process

    yield marked
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def test_only_processes_of_this_home_are_members(start: Start, tmp_path: Path) -> None:
    mine = start(name="cpu")

    assert [p.pid for p in members(tmp_path)] == [mine.pid]
    assert members(tmp_path / "other") == []
    assert program(members(tmp_path)[0]) == "cpu"


def test_supervisor_is_the_oldest_that_belongs_to_no_program(start: Start, tmp_path: Path) -> None:
    start(name="cpu")
    supervisor = start()
    start()

    found = supervisor_of(members(tmp_path))

    assert found
    assert found.pid == supervisor.pid
    assert supervisor_of([]) is None


def test_everything_is_ended_and_what_ignores_the_signal_too(start: Start, tmp_path: Path) -> None:
    for name, code in (("cpu", STUBBORN), ("broker", STUBBORN), ("api", STUBBORN)):
        start(code, name)

    end(members(tmp_path), patience_s=0.5)

    wait_until(lambda: not [p for p in members(tmp_path) if p.status() != psutil.STATUS_ZOMBIE], what="their end")


def test_the_broker_goes_after_everything_else(start: Start, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    note = ("import signal, sys, time\n"
            "def gone(*_):\n    time.sleep({}); open({!r}, 'a').write('{}\\n'); sys.exit(0)\n"
            "signal.signal(signal.SIGTERM, gone); print('up', flush=True); time.sleep(60)")
    start(note.format(0, str(ledger), "broker"), "broker")
    start(note.format(0.4, str(ledger), "cpu"), "cpu")

    end(members(tmp_path))

    assert ledger.read_text(encoding="utf-8").split() == ["cpu", "broker"]


def test_a_signal_does_not_interrupt_what_has_to_be_finished() -> None:
    before = signal.getsignal(signal.SIGINT)

    with uninterrupted():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)

    assert signal.getsignal(signal.SIGINT) is before


def test_only_the_first_signal_interrupts() -> None:
    code = ("import os, signal\nfrom deploy.processes import interrupt_once\ninterrupt_once()\n"
            "try:\n    os.kill(os.getpid(), signal.SIGTERM)\nexcept KeyboardInterrupt:\n"
            "    os.kill(os.getpid(), signal.SIGINT)\n    print('stopped in order')")

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])

    assert done.stdout == "stopped in order\n"


def test_a_taken_port_is_seen_with_who_has_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert not port_is_free("127.0.0.1", port)
        assert str(os.getpid()) in listener(port)


def test_a_free_port_is_free_though_it_was_used_a_moment_ago() -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)) as server:
        client = socket.create_connection(("127.0.0.1", port))
        server.accept()[0].close()
        client.close()
    time.sleep(0.05)

    assert port_is_free("127.0.0.1", port)
    assert listener(port) == ""
