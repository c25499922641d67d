"""Fuzzing: a parser gets cases for some seconds, each bounded in time, and what is no error of Noria's counts as a crash.

`python -m tests.security.fuzzing SECONDS SEED FOLDER` does all parsers in turn within a bound on memory, and writes FOLDER/counts.json.
"""

import contextlib
import faulthandler
import json
import logging
import os
import resource
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType

import structlog
from hypothesis import HealthCheck, Phase, given, seed, settings

from jobs.errors import NoriaError
from tests.security.parsers import Parser, parsers

HANG_S = 10.0
STUCK_S = 60
MEMORY_MB = 3072
BATCH = 200


class Hang(BaseException):
    """A case took longer than HANG_S."""


@dataclass(slots=True)
class Count:
    """What came of a parser's cases; `crashes` and `hangs`: an example of each, by where it broke."""

    parser: str
    cases: int = 0
    refused: int = 0
    slowest_s: float = 0.0
    crashes: dict[str, str] = field(default_factory=dict)
    hangs: dict[str, str] = field(default_factory=dict)


def fuzz(parser: Parser, *, seconds: float, first_seed: int) -> Count:
    """Give `parser` cases for so long. A crash does not end it; each place that breaks is told once."""
    count, deadline, batch = Count(parser.name), time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        _batch(parser, count, deadline, first_seed + batch)
        batch += 1
    return count


def _batch(parser: Parser, count: Count, deadline: float, number: int) -> None:
    @seed(number)
    @settings(max_examples=BATCH, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(parser.cases)
    def run(case: object) -> None:
        if time.monotonic() < deadline or not count.cases:
            _case(parser, count, case)

    run()


def _case(parser: Parser, count: Count, case: object) -> None:
    began, count.cases = time.monotonic(), count.cases + 1
    try:
        with _bounded():
            parser.parse(case)
    except NoriaError:
        count.refused += 1
    except Hang:
        count.hangs[_place()] = repr(case)[:2000]
    except BaseException as e:  # a panic of Polars is no Exception
        if isinstance(e, KeyboardInterrupt | SystemExit) or type(e).__module__.startswith("hypothesis"):
            raise
        count.crashes[f"{type(e).__name__}: {str(e)[:120]} at {_place()}"] = repr(case)[:4000]
    count.slowest_s = max(count.slowest_s, time.monotonic() - began)


def _place() -> str:
    frames = traceback.extract_tb(sys.exc_info()[2])
    ours = [f for f in frames if not {"site-packages", "lib"} & set(Path(f.filename).parts)] or frames
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"


@contextlib.contextmanager
def _bounded() -> Iterator[None]:
    def late(number: int, frame: FrameType | None) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, HANG_S)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def main(seconds: float, first_seed: int, folder: Path) -> None:
    """All parsers, in turns of at most a minute, until the time is over; what does not come back within a minute ends the process."""
    os.environ["EXTRA_KINDS"] = "tests.kinds"
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_MB << 20, MEMORY_MB << 20))
    counts: dict[str, Count] = {}
    began, turn = time.monotonic(), 0
    all_of_them = parsers()
    each = min(60.0, seconds / len(all_of_them))
    while time.monotonic() < began + seconds:
        for parser in all_of_them:
            faulthandler.dump_traceback_later(each + STUCK_S, exit=True)
            found = fuzz(parser, seconds=each, first_seed=first_seed + 100_000 * turn)
            _add(counts.setdefault(parser.name, Count(parser.name)), found)
            peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
            document = {"seconds": round(time.monotonic() - began), "peak_mb": peak_mb, "parsers": [asdict(count) for count in counts.values()]}
            (folder / "counts.json").write_text(json.dumps(document, indent=1), encoding="utf-8")
        turn += 1
    faulthandler.cancel_dump_traceback_later()


def _add(whole: Count, part: Count) -> None:
    whole.cases, whole.refused = whole.cases + part.cases, whole.refused + part.refused
    whole.slowest_s = max(whole.slowest_s, part.slowest_s)
    whole.crashes |= part.crashes
    whole.hangs |= part.hangs


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
