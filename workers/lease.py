"""The heartbeat: a thread that keeps a running job's lease, carries its events out, and says when it has to stop."""

import contextvars
import os
import signal
import threading
import time
from collections.abc import Callable

import structlog

from jobs.errors import BrokerUnavailable, JobCanceled, JobStopped, LeaseLost, TimeLimitExceeded, WorkerStopping
from jobs.lifecycle import State
from jobs.record import Job
from storage.job_store import End, EventDraft, JobStore
from storage.records import error_document
from workers.stopping import is_stopping

log = structlog.get_logger("workers.lease")

TICK_S = 0.2
RENEW_AT_MOST_S = 1.0
SAFE_POINT_GRACE_S = 10.0  # a run that reached no safe point for so long is interrupted in the midst of its Python code
OUTBOX_MAX = 20_000  # events kept while the broker is away, the newest
KILL_GRACE_S = 20.0  # and so long after that, its process ends
INTERRUPT = signal.SIGUSR2


class Heartbeat:
    """Keeps one run alive. Use as a context manager round `run()`, in the thread that runs it.

    `stop_error` is None until the run has to stop; then it is the error that the next safe point raises. `interrupted`: it was
    raised in the midst of the run's Python code, an import perhaps, whose half-made modules no later run could use.
    `on_stuck` is told the job's end before a run that reaches no safe point is ended with its process.
    """

    def __init__(self, jobs: JobStore, job: Job, *, lease_s: float, time_limit_s: float,
                 on_stuck: Callable[[State], object] = lambda _: None) -> None:
        self._jobs, self._job, self._on_stuck = jobs, job, on_stuck
        self._lease_s, self._time_limit_s = lease_s, time_limit_s
        self._outbox: list[EventDraft] = []
        self._lock = threading.Lock()  # never held while the broker is waited for: the job's thread must not be
        self._flushing = threading.Lock()
        self._done = threading.Event()
        self._running = False
        # In the context of the run, so that its log lines have the job's ids.
        self._thread = threading.Thread(target=contextvars.copy_context().run, args=(self._beat,), name=f"heartbeat-{job.id}",
                                        daemon=True)
        self._interruptible = threading.current_thread() is threading.main_thread()
        self._previous: Callable[..., object] | int | None = None
        self._stopped_at = 0.0
        self.stop_error: JobStopped | None = None
        self.interrupted = False

    def __enter__(self) -> "Heartbeat":
        self._running = True
        if self._interruptible:
            self._previous = signal.signal(INTERRUPT, self._interrupted)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._running = False
        self._done.set()
        self._thread.join()
        if self._previous is not None:
            signal.signal(INTERRUPT, self._previous)

    def stop_judging(self) -> None:
        """`run()` is back: from now on the lease is kept and nothing else, so that its end can be written in peace."""
        self._running = False

    def send(self, *events: EventDraft) -> None:
        """Have events carried out within a moment; costs the caller an append."""
        with self._lock:
            self._outbox.extend(events)

    def flush(self) -> None:
        """Carry out what is waiting now. Raises LeaseLost, BrokerUnavailable (the events stay)."""
        with self._flushing:
            with self._lock:
                events, self._outbox = self._outbox, []
            if not events:
                return
            try:
                self._jobs.publish(self._job.id, self._job.fence, events)
            except BrokerUnavailable:
                with self._lock:
                    self._outbox = [*events, *self._outbox][-OUTBOX_MAX:]
                raise

    def _interrupted(self, *_: object) -> None:
        if self._running and self.stop_error:
            self.interrupted = True
            raise self.stop_error

    def _beat(self) -> None:
        started = renewed = time.monotonic()
        renew_every_s = min(RENEW_AT_MOST_S, self._lease_s / 3)
        while not self._done.wait(min(TICK_S, renew_every_s)):
            now = time.monotonic()
            if now - renewed >= renew_every_s:
                renewed = now
                self._attempt(self._renew)
            self._attempt(self.flush)
            if not self._running:
                continue
            if is_stopping():
                self._stop(WorkerStopping("The worker is stopping."))
            if now - started > self._time_limit_s:
                self._stop(TimeLimitExceeded(f"The job ran longer than the {self._time_limit_s:.0f} s that its kind allows."))
            self._insist(now)

    def _attempt(self, duty: Callable[[], None]) -> None:
        """Whatever goes wrong in one beat, the next one comes: without it the job would be run twice."""
        try:
            duty()
        except LeaseLost as e:
            self._stop(e)
        except BrokerUnavailable:
            log.warning("the broker does not answer; the run goes on")
        except Exception:
            log.exception("a beat failed; the run goes on")

    def _renew(self) -> None:
        reason = self._jobs.renew(self._job.id, self._job.fence, lease_s=self._lease_s)
        if reason == "canceled":
            self._stop(JobCanceled("The job was canceled."))
        elif reason == "lease_lost":
            self._stop(LeaseLost("Another worker holds this job now."))

    def _stop(self, error: JobStopped) -> None:
        if self.stop_error is None:
            self.stop_error = error
            self._stopped_at = time.monotonic()
            log.info("the run has to stop", reason=error.code)

    def _insist(self, now: float) -> None:
        """Deal with a run that does not come to a safe point: interrupt it, at last end its process."""
        if self.stop_error is None or isinstance(self.stop_error, WorkerStopping):
            return  # a stopping worker is ended by Celery itself when its grace is over
        waited_s = now - self._stopped_at
        grace_s = 0.0 if isinstance(self.stop_error, LeaseLost) else SAFE_POINT_GRACE_S
        if self._interruptible and waited_s >= grace_s:
            self._interruptible = False
            signal.pthread_kill(threading.main_thread().ident or 0, INTERRUPT)
        if waited_s > SAFE_POINT_GRACE_S + KILL_GRACE_S and not self._done.is_set():
            self._end_process()

    def _end_process(self) -> None:
        """The run is stuck in code that no signal interrupts: write its end, then take the process away from it."""
        error = self.stop_error
        assert error is not None
        canceled = isinstance(error, JobCanceled)
        end = End("canceled") if canceled else End("failed", error=error_document(error.code, error.message))
        try:
            self._on_stuck(end.state)
            self._jobs.move(self._job.id, self._job.fence, end)
        except (LeaseLost, BrokerUnavailable):
            log.warning("the end of a stuck run was not written")
        log.error("a run reached no safe point; its process ends", reason=error.code)
        os._exit(70)
