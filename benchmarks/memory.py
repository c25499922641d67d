"""Memory of an API process and of an idle worker's slot, beside hello world and a Celery that knows one task.

PSS in MiB: pages that are shared count by halves, thirds, …  Both APIs have answered the same number of requests before.
"""

import time
from contextlib import AbstractContextManager

import psutil

from benchmarks.bare import app as bare_app
from benchmarks.goals import Row, report
from benchmarks.load import rate, request
from benchmarks.measure import family, private_mb
from benchmarks.pieces import Pieces, bare_broker, hello, pieces, program
from tests.services import wait_until

SLOTS, CALLS, LOOKS = 2, 500, 3


def per_process(pid: int) -> float:
    """Mean over the server's own processes, without its launcher."""
    children = psutil.Process(pid).children()
    return sum(private_mb(child.pid) for child in children) / len(children)


def per_slot(pid: int) -> float:
    """The whole worker over its slots."""
    return sum(private_mb(process.pid) for process in family(pid)) / SLOTS


def bare_worker(module: str, stack: Pieces) -> AbstractContextManager[psutil.Process]:
    """A Celery worker of `benchmarks.<module>` with as many slots."""
    return program("celery", "-A", f"benchmarks.{module}", "worker", "-c", str(SLOTS), "-n", f"{module}@%h",
                   BARE_BROKER=bare_broker(stack.valkey))


def main(small: bool = False) -> bool:
    """Report the ratios; gives whether the goals were reached."""
    calls, looks = (40, 1) if small else (CALLS, LOOKS)
    with pieces("cpu", slots=SLOTS) as stack, hello(stack.valkey) as (plain, port), \
            bare_worker("bare", stack) as celery, bare_worker("bare_tracked", stack) as tracked:
        bare_app.conf.update(broker_url=bare_broker(stack.valkey))
        for worker in (celery, tracked):
            wait_until(lambda w=worker: len(w.children()) >= SLOTS, timeout_s=90, what="bare Celery having its pool")
        job = request("POST", "/v1/jobs", {"kind": "test.noop"})  # nobody works on its queue here
        wanted = ((stack.api.port, (job, request("GET", "/v1/jobs"))), (port, (request("POST", "/send"), request("GET", "/"))))
        for to, prepared in wanted:
            for one in prepared:
                rate(to, lambda one=one: one, calls)
        assert stack.worker
        pids = {"api": stack.api_pid, "hello": plain.pid, "worker": stack.worker.process.pid, "celery": celery.pid,
                "celery with mlflow": tracked.pid}
        found: dict[str, list[float]] = {name: [] for name in pids}
        for _ in range(looks):
            time.sleep(0.2 if small else 3)
            for name, pid in pids.items():
                found[name].append(per_process(pid) if name in {"api", "hello"} else per_slot(pid))
    rows = [Row("memory of an API process", "Flask and Celery's client on the same server",
                tuple(a / b for a, b in zip(found["api"], found["hello"], strict=True)), 1.5, unit="x"),
            Row("memory of an idle cpu slot", "bare Celery worker",
                tuple(a / b for a, b in zip(found["worker"], found["celery"], strict=True)), 1.2, unit="x"),
            Row("memory of an idle cpu slot", "bare Celery worker that imports MLflow's client",
                tuple(a / b for a, b in zip(found["worker"], found["celery with mlflow"], strict=True)), 1.2, unit="x"),
            *(Row(f"PSS: {name}", "", tuple(mb), None, unit=" MiB") for name, mb in found.items())]
    return report("memory", rows)
