"""What happens between a job's commit and its end: the models it made come into being. Every step may be done twice."""

from jobs.errors import StorageUnavailable
from jobs.lifecycle import State
from jobs.record import Job
from jobs.settings import Settings
from storage.job_store import End
from tracking.names import Status
from tracking.null import NullRun
from tracking.runs import RunLog, open_run
from workers.job_context import StagedModel
from workers.services import Services

NO_ROOM = "The disk has no room for what MLflow is to be told."
RUN_STATUS: dict[State, Status] = {"succeeded": "FINISHED", "failed": "FAILED", "canceled": "KILLED"}


def publish_models(services: Services, job: Job, run: RunLog) -> None:
    """Publish a committed job's versions, have them registered in MLflow, and remember what corrections they learned from."""
    services.corrections.mark_used(job.id)
    for document in job.models:
        staged = StagedModel.from_document(document)
        services.models.publish(staged.version, promote=staged.promote)
        for registration in staged.registrations:
            run.model(
                registration.registered_name, flavor=registration.flavor, key=staged.version.files[registration.file],
                file=registration.file, noria_version=staged.version.version, promote=staged.promote)


def finish_committed(services: Services, settings: Settings, job: Job) -> Job:
    """End a committed job whose worker is gone; `job` has just been taken over. Raises LeaseLost, StorageUnavailable.

    A retrain has ended its run, in an experiment of its own, before it was committed.
    """
    run = NullRun() if job.retrains else open_run(services.spool, settings, job_id=job.id, fence=job.fence, kind=job.kind)
    publish_models(services, job, run)
    run.end("FINISHED")
    if not run.settle(0):
        raise StorageUnavailable(NO_ROOM)
    return services.jobs.move(job.id, job.fence, End("succeeded"))
