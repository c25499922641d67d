"""Somebody who ends jobs by hand while a request waits for them, and what he ends them with."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from api.services import EXTENSION
from jobs.record import Artifact, Job
from storage.job_store import End
from tests.api.conftest import Api

RUN = {"experiment_id": "7", "run_id": "a1b2", "ui_url": "http://mlflow/#/experiments/7/runs/a1b2", "pending": False}
Ending = End | Callable[[Job], End]


def succeeded(result: dict[str, Any]) -> End:
    return End("succeeded", result=result)


def failed(code: str, message: str) -> End:
    return End("failed", error={"code": code, "message": message, "retryable": False, "step": None})


@contextmanager
def worker(api: Api, endings: Mapping[str, Ending], *, run: dict[str, Any] | None = None, late_run: bool = False,
           artifacts: tuple[Artifact, ...] = ()) -> Iterator[list[Job]]:
    """Ends each queued job of these kinds as said, with its MLflow run before or after; gives the jobs as they started.

    It moves only while somebody waits, as a job takes longer than a request takes to arrive.
    """
    stop, seen = threading.Event(), []
    hub = api.app.extensions[EXTENSION].hub

    def act(job: Job) -> None:
        running = api.jobs.acquire(job.id, worker="w", lease_s=30)
        if running is None:
            return
        seen.append(running)
        ending = endings[job.kind]
        if run and not late_run:
            api.jobs.annotate(job.id, run)
        api.jobs.move(job.id, running.fence, ending(running) if callable(ending) else ending, artifacts=artifacts)
        if run and late_run:
            stop.wait(0.3)
            api.jobs.annotate(job.id, run)

    def work() -> None:
        while not stop.wait(0.01):
            for job in api.jobs.page(state="queued").jobs if hub.waiting else ():
                if job.kind in endings:
                    act(job)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def report(api: Api, **health: Any) -> None:
    """A worker's health, as if it had reported."""
    api.jobs.report_worker("w", {"queues": ["gpu.fast"], "device": "auto", "gpus": [], "tracking": {"state": "up"}, **health}, ttl_s=60)
