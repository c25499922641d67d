"""The processes of one stack, known by a mark in their environment: found even when supervisor is gone."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import psutil

from deploy.environment import MARK

BROKER = "broker"
WORKERS_TIME_S = 25.0  # a worker that was told to stop hands its job back within 20 s
LAST_TIME_S = 5.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def members(home: Path) -> list[psutil.Process]:
    """Every living process of the stack of this data folder, this one excepted."""
    me = psutil.Process()
    return [p for p in psutil.process_iter() if p != me and _environment(p).get(MARK) == str(home)]


def program(process: psutil.Process) -> str:
    """The program of supervisord.conf that the process belongs to; empty for supervisord itself."""
    return _environment(process).get("SUPERVISOR_PROCESS_NAME", "")


def supervisor_of(found: list[psutil.Process]) -> psutil.Process | None:
    """The supervisord process, if it is among `found`."""
    return min((p for p in found if not program(p)), key=psutil.Process.create_time, default=None)


def stop_supervisor(supervisor: psutil.Process, timeout_s: float) -> bool:
    """Ask supervisord to stop all its programs and itself; False if it has not within `timeout_s`."""
    supervisor.terminate()
    return not psutil.wait_procs([supervisor], timeout=timeout_s)[1]


def end(found: list[psutil.Process], *, patience_s: float = WORKERS_TIME_S) -> None:
    """End processes, the broker last, so that workers can hand their jobs back; by force what takes longer than `patience_s`."""
    brokers = [p for p in found if program(p) == BROKER]
    for group in ([p for p in found if p not in brokers], brokers):
        for process in group:
            _send(process, force=False)
        for process in psutil.wait_procs(group, timeout=patience_s)[1]:
            _send(process, force=True)
        psutil.wait_procs(group, timeout=LAST_TIME_S)


def interrupt_once() -> None:
    """From now on the first Ctrl-C, SIGTERM or SIGHUP raises KeyboardInterrupt, and later ones do not disturb the stopping."""
    for number in SIGNALS:
        signal.signal(number, _interrupt)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Finish what was begun: Ctrl-C, SIGTERM and SIGHUP do nothing meanwhile."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def listener(port: int) -> str:
    """Who listens on a port, in words; empty if that cannot be seen."""
    for process in psutil.process_iter(["name"]):
        try:
            sockets = process.net_connections("tcp")
        except psutil.Error:
            continue
        if any(c.status == psutil.CONN_LISTEN and c.laddr.port == port for c in sockets):
            return f"{process.info['name']} (process {process.pid})"
    return ""


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _send(process: psutil.Process, *, force: bool) -> None:
    try:
        process.kill() if force else process.terminate()
    except psutil.NoSuchProcess:
        return


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return dict(process.environ())
    except (psutil.Error, OSError):
        return {}
