"""Submits and polls over HTTP with two API processes, beside Celery in one process and hello world on the same server."""

import time

from benchmarks import bare
from benchmarks.goals import Row, report
from benchmarks.load import rate, request
from benchmarks.measure import cpu_s, interleaved, ratios
from benchmarks.pieces import WAITING, Pieces, bare_broker, hello, pieces

ROUNDS, CALLS = 9, 2000
APPLY, SUBMIT, HELLO = "bare apply_async, one process", "submit", "hello world"
QUEUED, ENDED, PLAIN = "poll a queued job", "poll an ended job", "Flask route: HGETALL, JSON"
SEND = "Flask route: apply_async"


def applied(calls: int) -> float:
    """Messages per second that bare Celery sends from this process."""
    began = time.perf_counter()
    for _ in range(calls):
        bare.silent.apply_async((0,), queue="unheard")
    return calls / (time.perf_counter() - began)


def copy_job(stack: Pieces, job_id: str) -> str:
    """The job's hash where the bare route reads it; gives its name."""
    stack.valkey.client.copy(f"noria:job:{job_id}", f"copy:{job_id}", destination_db=1)
    return f"copy:{job_id}"


def main(small: bool = False) -> bool:
    """Report the ratios of requests per second, and what each costs in CPU; gives whether the goals were reached."""
    rounds, calls = (2, 100) if small else (ROUNDS, CALLS)
    with pieces() as stack, hello(stack.valkey) as (plain, port):
        bare.app.conf.update(broker_url=bare_broker(stack.valkey), result_backend=None)
        ended, queued = (stack.api.call("POST", "/v1/jobs", WAITING).json["id"] for _ in range(2))
        stack.api.call("POST", f"/v1/jobs/{ended}/cancel")
        copied = copy_job(stack, ended)
        asked = {HELLO: (port, plain.pid, request("GET", "/")), PLAIN: (port, plain.pid, request("GET", f"/status/{copied}")),
                 QUEUED: (stack.api.port, stack.api_pid, request("GET", f"/v1/jobs/{queued}")),
                 ENDED: (stack.api.port, stack.api_pid, request("GET", f"/v1/jobs/{ended}")),
                 SEND: (port, plain.pid, request("POST", "/send")),
                 SUBMIT: (stack.api.port, stack.api_pid, request("POST", "/v1/jobs", WAITING))}
        spent: dict[str, list[float]] = {name: [] for name in asked}

        def arm(name: str) -> float:
            to, pid, prepared = asked[name]
            before = cpu_s(pid)
            found = rate(to, lambda: prepared, calls)
            spent[name].append(1e6 * (cpu_s(pid) - before) / calls)
            return found

        for name in asked:
            arm(name)  # connects, imports, fills caches
        applied(calls // 10)
        rates = interleaved({**{name: lambda n=name: arm(n) for name in asked}, APPLY: lambda: applied(calls // 2)}, rounds)
    rows = [Row("submit over HTTP, 2 API processes", APPLY, tuple(ratios(rates, SUBMIT, APPLY)), 2.0, at_most=False, unit="x"),
            Row(SEND, APPLY, tuple(ratios(rates, SEND, APPLY)), None, unit="x"),
            Row(QUEUED, HELLO, tuple(ratios(rates, QUEUED, HELLO)), 0.6, at_most=False, unit="x"),
            Row(ENDED, HELLO, tuple(ratios(rates, ENDED, HELLO)), 0.6, at_most=False, unit="x"),
            Row(PLAIN, HELLO, tuple(ratios(rates, PLAIN, HELLO)), None, unit="x"),
            *(Row(f"CPU of the server: {name}", "", tuple(found), None, unit=" us") for name, found in spent.items())]
    return report("http", rows, per_second=rates)
