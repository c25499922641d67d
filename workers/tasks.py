"""One Celery task per kind, named like the kind, so that Flower shows what runs. All of them are `run_job`."""

from celery import Celery, Task

from jobs.catalog import kinds
from jobs.settings import load_settings
from workers.observe import threads_per_slot
from workers.runner import run_job
from workers.services import services


def register_tasks(app: Celery) -> None:
    """Give `app` a task for every kind of the catalog."""
    for name in kinds():
        app.task(_task, name=name, bind=True, shared=False)


def _task(self: Task, job_id: str) -> None:
    run_job(job_id, worker=self.request.hostname, services=services(), settings=load_settings(), threads=threads_per_slot())
