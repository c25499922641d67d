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

from jobs.catalog import find_kind, kinds
from jobs.errors import InputError, JobCanceled, LeaseLost, NoriaError, Unavailable, WorkerStopping
from jobs.lifecycle import retry_delay_s
from jobs.record import Job
from jobs.settings import Settings
from storage.job_store import End
from storage.records import error_document
from tracking.null import NullRun
from workers.job_context import WorkerContext, start_run
from workers.lease import Heartbeat
from workers.publication import RUN_STATUS, publish_models
from workers.services import Services
from workers.stopping import is_stopping

log = structlog.get_logger("workers.runner")

AWAY_PAUSE_S = 1.0
STOP_FLAG_S = 0.5
T = TypeVar("T")


def run_job(job_id: str, *, worker: str, services: Services, settings: Settings, threads: int = 1) -> bool:
    """Acquire the job and carry it out; nothing happens if it is not there to be run (a second delivery).

    False if the run was interrupted in the midst of its code: this process should run no other.
    Raises SystemExit if the worker's process was told to end meanwhile; the job was handed back then.
    """
    job = services.jobs.acquire(job_id, worker=worker, lease_s=settings.lease_s)
    if job is None:
        log.info("nothing to run", job_id=job_id)
        return True
    with structlog.contextvars.bound_contextvars(job_id=job.id, kind=job.kind, attempt=job.attempt, request_id=job.request_id):
        log.info("job started", fence=job.fence)
        began = time.monotonic()
        limit_s = kinds()[job.kind].time_limit_s if job.kind in kinds() else 0.0
        heartbeat = Heartbeat(services.jobs, job, lease_s=settings.lease_s, time_limit_s=limit_s,
                              on_stuck=lambda state: context.run.end(RUN_STATUS[state]))
        # A retrain starts its run by itself, in an experiment of its own.
        run = NullRun() if job.retrains else start_run(job, services, settings)
        scratch = settings.home / "scratch" / f"{job.id}-{job.fence}"
        context = WorkerContext(job, services, settings, heartbeat, run, scratch, threads)
        try:
            _run_acquired(context)
        except LeaseLost:
            log.warning("the lease was lost; nothing of this run was published")
        finally:
            context.run.close()
            shutil.rmtree(scratch, ignore_errors=True)
            log.info("job left", seconds=round(time.monotonic() - began, 3))
    return not heartbeat.interrupted


def _run_acquired(context: WorkerContext) -> None:
    with context.heartbeat:
        try:
            end = _carry_out(context)
        except LeaseLost:
            raise
        except (Exception, SystemExit) as e:
            # Whatever a kind raises is that job's end, not the worker's; only a stopping worker hands back.
            if isinstance(e, WorkerStopping) or (isinstance(e, SystemExit) and _told_to_stop()):
                _hand_back(context)
                if isinstance(e, SystemExit):
                    raise
                return
            end = _end_for(e, context)
        context.heartbeat.stop_judging()
        _patiently(context.heartbeat.flush)
        _write_end(end, context)


def _carry_out(context: WorkerContext) -> End:
    """Run the kind's function on validated params; its result, checked against the kind's schema, is the end."""
    kind = find_kind(context.job.kind)
    _make_scratch(context.scratch, context.job)
    try:
        params = kind.params.model_validate_json(orjson.dumps(context.job.params))
    except ValidationError as e:
        raise InputError(f"The params do not fit {kind.name} (any more): {e.error_count()} field(s) are wrong.") from e
    result = kind.load()(params, context)
    # Through JSON and back, so that what cannot be stored fails here and not while the end is written.
    return End("succeeded", result=orjson.loads(orjson.dumps(result.model_dump(mode="json", by_alias=True))))


def _told_to_stop() -> bool:
    """Whether this process exits because its worker stops. The signal may reach the pool a moment before the flag is set."""
    deadline = time.monotonic() + STOP_FLAG_S
    while not is_stopping() and time.monotonic() < deadline:
        time.sleep(0.02)
    return is_stopping()


def _hand_back(context: WorkerContext) -> None:
    context.heartbeat.stop_judging()
    _patiently(context.heartbeat.flush)
    context.run.close()
    _patiently(lambda: context.services.jobs.hand_back(context.job.id, context.job.fence))
    log.info("job handed back")


def _end_for(error: BaseException, context: WorkerContext) -> End:
    """How the job ends after an error: canceled, tried again, or failed with a code and a sentence."""
    if isinstance(error, JobCanceled):
        return End("canceled")
    if isinstance(error, NoriaError):
        document = error_document(error.code, error.message, retryable=error.retryable, step=context.stage)
        if error.retryable:
            log.warning("job will be tried again", code=error.code, message=error.message, cause=repr(error.__cause__))
            return End("queued", error=document, delay_s=max(error.retry_after_s or 0, retry_delay_s(context.attempt)))
        log.warning("job failed", code=error.code, message=error.message, cause=repr(error.__cause__))
        return End("failed", error=document)
    log.error("job failed unexpectedly", step=context.stage, exc_info=error)
    if isinstance(error, MemoryError):
        message = "The job needed more memory than there is."
        return End("failed", error=error_document("out_of_memory", message, step=context.stage))
    message = f"The job failed inside Noria ({type(error).__name__}). The worker's log says more, under this job's id."
    return End("failed", error=error_document("internal", message, step=context.stage))


def _write_end(end: End, context: WorkerContext) -> None:
    """Write the job's end: published whole under this fence, or not at all. Raises LeaseLost."""
    job, jobs, run, artifacts = context.job, context.services.jobs, context.run, tuple(context.artifacts.values())
    if end.state == "succeeded" and context.models:
        run.settle()  # after the commit no attempt would track it again
        models, result = [m.document() for m in context.models], end.result or {}
        committed = _patiently(lambda: jobs.commit(job.id, job.fence, result=result, artifacts=artifacts, models=models))
        _patiently(lambda: publish_models(context.services, committed, run))
    if end.state == "queued" and job.attempt < job.max_attempts:
        run.close()
    else:
        # Before the move: a run whose lease was lost just now is opened again by the job's next holder.
        run.end(RUN_STATUS.get(end.state, "FAILED"))
        run.settle()
    ended = _patiently(lambda: jobs.move(job.id, job.fence, end, artifacts=artifacts))
    log.info("job ended", state=ended.state)


def _patiently(write: Callable[[], T]) -> T:
    """Do a write that must not be lost, waiting for what is away; a stopping worker leaves it to the reaper."""
    while True:
        try:
            return write()
        except Unavailable as e:
            if is_stopping():
                raise LeaseLost("The worker is stopping while the broker or the storage is away.") from None
            log.warning("the end of the job waits to be written", reason=e.message)
            time.sleep(AWAY_PAUSE_S)


def _make_scratch(folder: Path, job: Job) -> None:
    """An empty folder for this run; what killed runs of the same job left on this machine is removed."""
    if job.fence > 1:
        for old in folder.parent.glob(f"{job.id}-*"):
            shutil.rmtree(old, ignore_errors=True)
    folder.mkdir(parents=True)
