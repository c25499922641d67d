"""The reaper: requeues what lost its worker, starts what was delayed, finishes what was committed, archives what ended,
and clears away what killed runs left on this machine.

Every pool process of a worker runs one in a thread (the object store, which it needs, does not survive a fork, so the
main process cannot); the store's scripts make them race safely.
"""

import shutil
import threading
import time
from contextlib import suppress
from dataclasses import asdict

import structlog

from jobs.errors import BrokerUnavailable, LeaseLost, NotFound, StorageUnavailable
from jobs.lifecycle import is_terminal
from jobs.record import Job
from jobs.settings import Settings
from storage.job_store import Reaped
from tracking.runs import close_run
from workers.publication import NO_ROOM, RUN_STATUS, finish_committed
from workers.services import Services

log = structlog.get_logger("workers.reaper")

TICK_AT_MOST_S = 2.0
LEADERSHIP_S = 10.0
PRUNE_EVERY_S = 60.0


class Reaper:
    """Does one round at a time; `watch` does rounds until it is told to stop."""

    def __init__(self, services: Services, settings: Settings, name: str) -> None:
        self._services, self._settings, self._name = services, settings, name
        self._spare_until = 0.0
        self._pruned = self._swept = 0.0

    def watch(self, stop: threading.Event) -> None:
        """Rounds until `stop`, whatever goes wrong in one."""
        tick_s = min(TICK_AT_MOST_S, self._settings.lease_s / 4)
        while not stop.wait(tick_s):
            try:
                self.round()
            except BrokerUnavailable as e:
                self._spare()
                log.warning("a round of the reaper was cut short", reason=e.message)
            except StorageUnavailable as e:
                log.warning("the storage is away; what has to be published or archived waits", reason=e.message)
            except Exception:
                log.exception("a round of the reaper failed")

    def round(self) -> Reaped:
        """One round. Raises BrokerUnavailable, StorageUnavailable."""
        jobs, lease_s = self._services.jobs, self._settings.lease_s
        began = time.monotonic()
        restarted = jobs.uptime_s() < 2 * lease_s
        if time.monotonic() - began > lease_s / 2:
            self._spare()  # the broker was frozen: nobody could renew
        reaped = jobs.reap(lease_s=lease_s, spare_leases=restarted or time.monotonic() < self._spare_until)
        if any((reaped.requeued, reaped.failed, reaped.rewoken, reaped.to_finish)):
            log.warning("reaped", **asdict(reaped))
        for job_id in reaped.to_finish:
            self._finish(job_id)
        if jobs.lead("archive", self._name, ttl_s=LEADERSHIP_S):
            self._archive()
        if time.monotonic() - self._swept > PRUNE_EVERY_S:
            self._swept = time.monotonic()
            self._sweep()
        return reaped

    def _spare(self) -> None:
        self._spare_until = time.monotonic() + 2 * self._settings.lease_s

    def _finish(self, job_id: str) -> None:
        job = self._services.jobs.take_over(job_id, worker=self._name, lease_s=self._settings.lease_s)
        if job is not None:
            try:
                finish_committed(self._services, self._settings, job)
            except LeaseLost:
                log.warning("another worker finished the job", job_id=job_id)

    def _sweep(self) -> None:
        """Remove the scratch folder of each run that is over: one whose process was killed could not, and may be the last."""
        for folder in (self._settings.home / "scratch").glob("*-*"):
            job_id, _, fence = folder.name.partition("-")
            try:
                job = self._services.jobs.get(job_id)
                over = (job.state, str(job.fence)) != ("running", fence)
            except NotFound:
                over = True
            if over:
                shutil.rmtree(folder, ignore_errors=True)

    def _close_run(self, job: Job) -> None:
        """A job that ended without a worker, lost or canceled while it waited, leaves a run that nobody else ends.

        So does a retrain whose last attempt ended before it came to go on with the run of an earlier one.
        Raises StorageUnavailable.
        """
        gone = bool(job.attempts) and job.attempts[-1].outcome in ("lost", "retried", "handed_back")
        left_open = gone or (job.retrains is not None and len(job.attempts) > 1 and job.state != "succeeded")
        arrived = job.tracking is not None and not job.tracking.get("pending")
        if left_open and not arrived and is_terminal(job.state):
            own = (job.params.get("experiment_id") or self._settings.retrain_experiment_id) if job.retrains else None
            if not close_run(self._services.spool, self._settings, job_id=job.id, fence=job.fence, status=RUN_STATUS[job.state],
                             at_ms=job.finished_at or 0, experiment_id=own, tracking=job.tracking,
                             kind=None if job.retrains else job.kind, started_at_ms=job.attempts[-1].started_at):
                raise StorageUnavailable(NO_ROOM)

    def _archive(self) -> None:
        for job_id in self._services.jobs.unarchived():
            with suppress(NotFound):
                job = self._services.jobs.get(job_id)
                self._close_run(job)
                self._services.archive.save(self._services.jobs, job_id)
                if job.state == "succeeded" and job.models:
                    self._services.archive.drop_checkpoints(job_id)
        if time.monotonic() - self._pruned > PRUNE_EVERY_S:
            self._pruned = time.monotonic()
            self._services.jobs.drop_expired(retention_s=self._settings.job_retention_days * 86_400)
            self._services.corrections.heal()
