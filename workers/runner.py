"""One run of one job, from acquire to its end. Every kind's Celery task is this function.

    acquire ─▶ run(params, context) ─▶ commit the result ─▶ publish the models ─▶ move to succeeded
                   │ error                                                        └ without models: move at once
                   └─▶ failed · queued for another attempt · canceled · handed back
"""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import orjson
import structlog
from pydantic import ValidationError

from jobs.catalog import find_kind
from jobs.errors import (
    BrokerUnavailable,
    InputError,
    JobCanceled,
    LeaseLost,
    NoriaError,
    WorkerStopping,
)
from jobs.kind import JobKind
from jobs.lifecycle import retry_delay_s
from jobs.record import Job
from jobs.settings import Settings
from storage.job_store import End
from storage.records import error_document
from tracking.runs import RunLog, open_run
from workers.job_context import WorkerContext
from workers.lease import Heartbeat
from workers.publication import RUN_STATUS, publish_models
from workers.services import Services
from workers.stopping import is_stopping

log = structlog.get_logger("workers.runner")

BROKER_PAUSE_S = 1.0
T = TypeVar("T")


def run_job(job_id: str, *, worker: str, services: Services, settings: Settings, threads: int = 1) -> None:
    """Acquire the job and carry it out; nothing happens if it is not there to be run (a second delivery).

    Raises SystemExit if the worker's process was told to end meanwhile; the job was handed back then.
    """
    job = services.jobs.acquire(job_id, worker=worker, lease_s=settings.lease_s)
    if job is None:
        log.info("nothing to run", job_id=job_id)
        return
    with structlog.contextvars.bound_contextvars(job_id=job.id, kind=job.kind, attempt=job.attempt, request_id=job.request_id):
        log.info("job started", fence=job.fence)
        began = time.monotonic()
        scratch = _fresh_scratch(settings.home / "scratch", job)
        try:
            _run_acquired(job, services, settings, scratch, threads)
        except LeaseLost:
            log.warning("the lease was lost; nothing of this run was published")
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
            log.info("job left", seconds=round(time.monotonic() - began, 3))


def _run_acquired(job: Job, services: Services, settings: Settings, scratch: Path, threads: int) -> None:
    kind = find_kind(job.kind)
    tags = {"kind": job.kind, "request_id": job.request_id, **{f"label.{k}": v for k, v in job.labels.items()}}
    run = open_run(services.spool, settings, job_id=job.id, fence=job.fence, kind=job.kind, tags=tags)
    for name, value in job.params.items():
        run.param(f"params.{name}", value if isinstance(value, str) else orjson.dumps(value).decode())
    with Heartbeat(services.jobs, job, lease_s=settings.lease_s, time_limit_s=kind.time_limit_s) as heartbeat:
        context = WorkerContext(job, services, heartbeat, run, scratch, threads)
        try:
            end = _carry_out(kind, context)
        except (WorkerStopping, SystemExit) as e:
            _patiently(heartbeat.flush)
            run.close()
            _patiently(lambda: services.jobs.hand_back(job.id, job.fence))
            log.info("job handed back")
            if isinstance(e, SystemExit):
                raise
            return
        except LeaseLost:
            run.close()
            raise
        except Exception as e:  # noqa: BLE001 - whatever a kind raises is that job's end, not the worker's
            end = _end_for(e, context)
        _patiently(heartbeat.flush)
        _write_end(end, context, services, run)


def _carry_out(kind: JobKind, context: WorkerContext) -> End:
    """Run the kind's function on validated params; its result, checked against the kind's schema, is the end."""
    try:
        params = kind.params.model_validate_json(orjson.dumps(context.job.params))
    except ValidationError as e:
        raise InputError(f"The params do not fit {kind.name} (any more): {e.error_count()} field(s) are wrong.") from e
    result = kind.load()(params, context)
    return End("succeeded", result=result.model_dump(mode="json", by_alias=True))


def _end_for(error: Exception, context: WorkerContext) -> End:
    """How the job ends after an error: canceled, tried again, or failed with a code and a sentence."""
    if isinstance(error, JobCanceled):
        return End("canceled")
    if isinstance(error, NoriaError):
        document = error_document(error.code, error.message, retryable=error.retryable, step=context.stage)
        if error.retryable:
            log.warning("job will be tried again", code=error.code, message=error.message)
            return End("queued", error=document, delay_s=error.retry_after_s or retry_delay_s(context.attempt))
        log.warning("job failed", code=error.code, message=error.message)
        return End("failed", error=document)
    log.error("job failed unexpectedly", step=context.stage, exc_info=error)
    if isinstance(error, MemoryError):
        message = "The job needed more memory than there is."
        return End("failed", error=error_document("out_of_memory", message, step=context.stage))
    message = f"The job failed inside Noria ({type(error).__name__}). The worker's log says more, under this job's id."
    return End("failed", error=error_document("internal", message, step=context.stage))


def _write_end(end: End, context: WorkerContext, services: Services, run: RunLog) -> None:
    """Write the job's end: published whole under this fence, or not at all. Raises LeaseLost."""
    job, artifacts = context.job, tuple(context.artifacts.values())
    if end.state == "succeeded" and context.models:
        models = [m.document() for m in context.models]
        result = end.result or {}
        committed = _patiently(lambda: services.jobs.commit(job.id, job.fence, result=result, artifacts=artifacts, models=models))
        publish_models(services, committed, run)
    if end.state == "queued" and job.attempt < job.max_attempts:
        run.close()
    else:
        # Before the move: a run whose lease was lost just now is opened again by the job's next holder.
        run.end(RUN_STATUS.get(end.state, "FAILED"))
    ended = _patiently(lambda: services.jobs.move(job.id, job.fence, end, artifacts=artifacts))
    log.info("job ended", state=ended.state)


def _patiently(write: Callable[[], T]) -> T:
    """Do a write that must not be lost, waiting for a broker that is away; a stopping worker leaves it to the reaper."""
    while True:
        try:
            return write()
        except BrokerUnavailable:
            if is_stopping():
                raise LeaseLost("The worker is stopping while the broker is away.") from None
            time.sleep(BROKER_PAUSE_S)


def _fresh_scratch(root: Path, job: Job) -> Path:
    """An empty folder for this run; what killed runs of the same job left on this machine is removed."""
    for old in root.glob(f"{job.id}-*"):
        shutil.rmtree(old, ignore_errors=True)
    fresh = root / f"{job.id}-{job.fence}"
    fresh.mkdir(parents=True)
    return fresh
