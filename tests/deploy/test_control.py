"""What supervisor says, from a real supervisor."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.control import programs, tail
from tests.services import wait_until

CONFIG = """
[supervisord]
nodaemon=true
silent=true
logfile={0}/supervisord.log
pidfile={0}/supervisord.pid
[unix_http_server]
file={0}/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:sleeper]
command=sleep 60
stdout_logfile={0}/sleeper.log
redirect_stderr=true
[program:missing]
command={0}/no-such-command
startretries=0
stdout_logfile={0}/missing.log
"""


@pytest.fixture
def socket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("s")
    (folder / "c.conf").write_text(CONFIG.format(folder), encoding="utf-8")
    running = subprocess.Popen([sys.executable, "-m", "supervisor.supervisord", "-c", str(folder / "c.conf")])
    wait_until(lambda: programs(folder / "s.sock") is not None, what="supervisor's answer")
    yield folder / "s.sock"
    running.terminate()
    running.wait()


def test_each_program_is_told_with_its_state_process_and_log(socket: Path) -> None:
    wait_until(lambda: {p.state for p in programs(socket) or ()} == {"RUNNING", "FATAL"}, what="both states")

    found = {p.name: p for p in programs(socket) or ()}

    assert found["sleeper"].pid > 1
    assert found["sleeper"].log == socket.parent / "sleeper.log"
    assert (found["missing"].state, found["missing"].pid) == ("FATAL", 0)


def test_a_supervisor_that_is_not_there_gives_none(tmp_path: Path) -> None:
    assert programs(tmp_path / "nothing.sock") is None


def test_the_tail_of_a_long_log_is_its_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "long.log"
    log.write_text("".join(f"line {i} é\n" for i in range(10_000)), encoding="utf-8")

    assert tail(log, 2) == "line 9998 é\nline 9999 é"


def test_the_tail_of_no_log_is_empty(tmp_path: Path) -> None:
    assert tail(tmp_path / "nothing.log") == ""
