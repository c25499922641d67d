"""A job that does nothing, from submit to its result at a client that waits: ours over HTTP, the others' from one process.

Two slots each, as the stack's fast lane has (RQ's worker has one), on one broker. The rivals are run where `make bench` put them
(.state/beside), else only Celery is.
"""

import itertools
import os
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson

from benchmarks import bare
from benchmarks.goals import Row, report
from benchmarks.load import Connection, request
from benchmarks.measure import ratios
from benchmarks.pieces import NOOP, bare_broker, pieces, program

ROUNDS, CALLS, WARM_UP = 11, 15, 10
NORIA, CELERY, RQ, SIMPLE, DRAMATIQ, HUEY = "noria", "Celery delay().get()", "RQ", "RQ, SimpleWorker: no fork", "Dramatiq", "Huey"
WORKERS = {CELERY: ("celery", "-A", "benchmarks.bare", "worker", "-c", "2"),
           RQ: ("rq.cli", "worker", "rq"),
           SIMPLE: ("rq.cli", "worker", "-w", "rq.worker.SimpleWorker", "simple"),
           DRAMATIQ: ("dramatiq", "benchmarks.peers", "-p", "1", "-t", "2"),
           HUEY: ("huey.bin.huey_consumer", "benchmarks.peers.huey", "-w", "2", "-k", "process", "-d", "0.001", "-m", "0.001")}


def in_turn(arms: dict[str, Callable[[], Any]], calls: int) -> dict[str, float]:
    """The median milliseconds of some calls of each, taken in turn, so that each has come to rest before its next."""
    times: dict[str, list[float]] = {name: [] for name in arms}
    for _, (name, ask) in itertools.product(range(calls), arms.items()):
        began = time.perf_counter()
        answer = ask()
        times[name].append(1000 * (time.perf_counter() - began))
        if answer != 7:
            raise RuntimeError(f"{name} answered {answer!r}.")
    return {name: statistics.median(found) for name, found in times.items()}


def over_http(port: int) -> Callable[[], Any]:
    """Submit, and wait for the result in the same request."""
    connection, prepared = Connection(port), request("POST", "/v1/jobs", NOOP, Prefer="wait=30")
    return lambda: orjson.loads(connection.ask(prepared))["result"]["value"]


def rivals() -> tuple[str, ...]:
    """Those that are installed."""
    return (CELERY, RQ, SIMPLE, DRAMATIQ, HUEY) if find_spec("rq") and find_spec("dramatiq") else (CELERY,)


def main(small: bool = False) -> bool:
    """Report the ratios; gives whether the goals were reached."""
    rounds, calls = (2, 3) if small else (ROUNDS, CALLS)
    with pieces("cpu.fast", slots=2) as stack, ExitStack() as stopped:
        broker = bare_broker(stack.valkey)
        os.environ["BARE_BROKER"] = broker
        bare.app.conf.update(broker_url=broker, result_backend=broker)
        arms: dict[str, Callable[[], Any]] = {NORIA: over_http(stack.api.port)}
        arms[CELERY] = lambda: bare.noop.delay(7).get(timeout=30)
        wanted = (CELERY,) if small else rivals()
        if RQ in wanted:
            peers = import_module("benchmarks.peers")
            arms |= {RQ: lambda: peers.by_rq(7), SIMPLE: lambda: peers.by_rq(7, peers.simple_queue),
                     DRAMATIQ: lambda: peers.by_dramatiq(7), HUEY: lambda: peers.by_huey(7)}
        for name in wanted:
            more = ("--url", broker) if name in {RQ, SIMPLE} else ()
            stopped.enter_context(program(*WORKERS[name], *more, BARE_BROKER=broker, HOME=str(Path.home())))
        in_turn(arms, 2 if small else WARM_UP)
        measured = [in_turn(arms, calls) for _ in range(rounds)]
        found = {name: [one[name] for one in measured] for name in arms}
    goals = {CELERY: 1.5, RQ: 1.0, SIMPLE: None, DRAMATIQ: 1.0, HUEY: None}
    what = "no-op job, HTTP submit to result"
    rows = [Row(what, name, tuple(ratios(found, NORIA, name)), goals[name], unit="x") for name in wanted]
    return report("round_trip", rows, milliseconds=found)
