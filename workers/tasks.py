"""One Celery task per kind, named like the kind, so that Flower shows what runs. All of them are `run_job`."""

import sys

import structlog
from celery import Celery, Task

from jobs.catalog import kinds
from jobs.settings import load_settings
from workers.observe import threads_per_slot
from workers.runner import run_job
from workers.services import services

log = structlog.get_logger("workers.tasks")

INTERRUPTED = 70


def register_tasks(app: Celery) -> None:
    """Give `app` a task for every kind of the catalog."""
    for name in kinds():
        app.task(_task, name=name, bind=True, shared=False)


def _task(self: Task, job_id: str) -> None:
    worker, threads = self.request.hostname, threads_per_slot()
    if not run_job(job_id, worker=worker, services=services(), settings=load_settings(), threads=threads):
        log.warning("a run was interrupted; its process ends, and another takes its place")
        sys.exit(INTERRUPTED)
