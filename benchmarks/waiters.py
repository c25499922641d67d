"""Submits and polls while 200 event streams and 200 long polls are open, beside the same without them.

Two APIs of two processes are on one broker; the waiting clients are all at one of them. p99 of each round.
"""

import itertools
import time
from contextlib import ExitStack, contextmanager

from benchmarks.goals import Row, report
from benchmarks.load import Connection, request
from benchmarks.measure import interleaved, ratios
from benchmarks.pieces import THREADS, WAITING, Pieces, pieces
from tests.api.server import ApiServer, waiting_client

ROUNDS, CALLS, CLIENTS = 5, 300, 200
LONG_POLL = "wait=60"


def p99_ms(connection: Connection, prepared: bytes, calls: int) -> float:
    """The 99th percentile of so many requests, 5 ms apart."""
    times = []
    for _ in range(calls):
        began = time.perf_counter()
        connection.ask(prepared)
        times.append(1000 * (time.perf_counter() - began))
        time.sleep(0.005)
    return sorted(times)[int(0.99 * len(times))]


@contextmanager
def waiting(stack: Pieces, job_id: str, clients: int):
    """So many event streams and as many long polls on a job that waits."""
    with ExitStack() as closed:
        for path in (f"/v1/jobs/{job_id}/events", f"/v1/jobs/{job_id}?{LONG_POLL}") * clients:
            accept = "text/event-stream" if path.endswith("events") else "application/json"
            closed.callback(waiting_client(stack.api.port, path, Accept=accept).close)
        time.sleep(1)
        yield


def main(small: bool = False) -> bool:
    """Report how p99 changes; gives whether the goals were reached."""
    rounds, calls, clients = (1, 20, 10) if small else (ROUNDS, CALLS, CLIENTS)
    with pieces() as busy:
        quiet = ApiServer(busy.plant.home / "quiet", busy.valkey.url, API_PROCESSES="2", API_THREADS=THREADS).start()
        job_id = quiet.call("POST", "/v1/jobs", WAITING).json["id"]
        asked = {"submit": request("POST", "/v1/jobs", WAITING), "poll": request("GET", f"/v1/jobs/{job_id}")}
        at = {"busy": Connection(busy.api.port), "quiet": Connection(quiet.port)}
        for connection, prepared in itertools.product(at.values(), asked.values()):
            p99_ms(connection, prepared, calls // 10)
        rows, found = [], {}
        for what, prepared in asked.items():
            with waiting(busy, job_id, clients):
                found[what] = interleaved({n: lambda c=c, p=prepared: p99_ms(c, p, calls) for n, c in at.items()}, rounds)
            rows.append(Row(f"p99 of a {what}, {clients} streams + {clients} long polls", "without them",
                            tuple(ratios(found[what], "busy", "quiet")), 2.0, unit="x"))
        quiet.stop()
    return report("waiters", rows, p99_ms=found)
