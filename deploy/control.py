"""What supervisor says about its programs, over its socket."""

from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from xmlrpc.client import Fault, ServerProxy  # nosec B411 - our own supervisor, over its socket

from supervisor.xmlrpc import SupervisorTransport


@dataclass(frozen=True, slots=True)
class Program:
    """One program as supervisor sees it."""

    name: str
    state: str
    pid: int
    log: Path


def programs(socket: Path) -> list[Program] | None:
    """Every program that is wanted, in the file's order; None while supervisor does not answer."""
    if not socket.exists():
        return None
    with closing(SupervisorTransport(None, None, f"unix://{socket}")) as transport:
        try:
            found = ServerProxy("http://127.0.0.1", transport=transport).supervisor.getAllProcessInfo()
        except (OSError, Fault, HTTPException):
            return None
    assert isinstance(found, list)
    return [Program(p["name"], p["statename"], p["pid"], Path(p["stdout_logfile"] or p["stderr_logfile"])) for p in found]


def tail(log: Path, lines: int = 25) -> str:
    """The last lines of a log; empty if there is none."""
    try:
        with log.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 20_000))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""
