"""Waiting until a started stack is ready, seeing early that it will not be, and saying meanwhile what is missing."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.status import Status

from deploy.control import Program
from deploy.readiness import Part
from jobs.errors import Unavailable

TIMEOUT_S = 240.0
POLL_S = 0.3
SAY_EVERY_S = 10.0      # without a terminal to draw on
TRIES = 3               # starts of one program, after which waiting for it is in vain
SUPERVISOR_TIME_S = 20.0


class StartFailed(Unavailable):
    """The stack did not come up; `programs` are those whose logs may say why."""

    def __init__(self, message: str, programs: tuple[Program, ...] = ()) -> None:
        super().__init__(message)
        self.programs = programs


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Only one of `up` and `down` at a time for one data folder; the other waits."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "stack.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def wait_until_ready(wanted: list[Part], look: Callable[[], list[Program] | None], console: Console) -> None:
    """Return when nothing is missing. Raises StartFailed if a program keeps dying, or time is out."""
    started = time.monotonic()
    deaths = Deaths()
    said_at = started
    with console.status("Starting …") as status:
        while wanted:
            found = look()
            lived_s = time.monotonic() - started
            if found is None and lived_s > SUPERVISOR_TIME_S:
                raise StartFailed("supervisord does not answer; logs/start.log and logs/supervisord.log say why.")
            if dying := deaths.hopeless(found or []):
                raise StartFailed(f"{', '.join(p.name for p in dying)} died {TRIES} times.", tuple(dying))
            missing = {part.name: said for part in wanted if (said := part.missing())}
            for part in [p for p in wanted if p.name not in missing]:
                console.print(f"[green]✓[/] {part.name}  [dim]{lived_s:.0f} s[/]")
                wanted = [p for p in wanted if p is not part]
            if lived_s > TIMEOUT_S:
                waited = {name for part in wanted for name in part.programs}
                late = tuple(p for p in found or () if p.name in waited)
                raise StartFailed(f"After {lived_s:.0f} s still: {_words(missing)}.", late)
            if missing:
                said_at = _say(status, console, missing, lived_s, said_at)
                time.sleep(POLL_S)


class Deaths:
    """Counts the starts of each program."""

    def __init__(self) -> None:
        self._starts: dict[str, set[int]] = {}

    def hopeless(self, found: list[Program]) -> list[Program]:
        """Those that were started again and again, and those that supervisor gave up."""
        hopeless = []
        for program in found:
            if program.pid:
                self._starts.setdefault(program.name, set()).add(program.pid)
            starts = len(self._starts.get(program.name, ()))
            if program.state == "FATAL" or starts > TRIES or (starts == TRIES and program.state == "BACKOFF"):
                hopeless.append(program)
        return hopeless


def _say(status: Status, console: Console, missing: dict[str, str], lived_s: float, said_at: float) -> float:
    now = time.monotonic()
    status.update(f"Starting, {lived_s:.0f} s: {_words(missing)}")
    if console.is_terminal or now - said_at < SAY_EVERY_S:
        return said_at
    console.print(f"  {lived_s:.0f} s: {_words(missing)}")
    return now


def _words(missing: dict[str, str]) -> str:
    return "; ".join(f"{name} {said}" for name, said in missing.items())
