"""What a worker says of itself: log lines, and its health in the job store every few seconds."""

import contextlib
import logging
import os
import shutil
import sys
import threading
import time
from collections.abc import MutableMapping
from typing import Any

import structlog

from jobs.errors import NoriaError
from jobs.settings import Settings, load_settings, usable_cores, without_userinfo
from storage.job_store import JobStore
from tracking.health import tracking_health
from tracking.spool import Spool
from workers.gpus import usable_gpus

log = structlog.get_logger("workers.observe")

REPORT_EVERY_S = 10.0
REPORT_TTL_S = 35.0

_slots = 1


def note_slots(slots: int) -> None:
    """Remember how many jobs this worker runs at once; the pool's processes inherit it."""
    global _slots
    _slots = max(1, slots)


def threads_per_slot() -> int:
    """Threads that one job may use, so that all slots together use the machine's cores once."""
    return max(1, usable_cores() // _slots)


def configure_logging(level: str) -> None:
    """JSON lines on standard error, ours and Celery's alike."""
    number = getattr(logging, level.upper())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars, structlog.stdlib.add_logger_name, structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True), structlog.processors.format_exc_info, without_passwords,
    ]
    # By way of the standard library: its locks are made anew after a fork, structlog's own are not.
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(), cache_logger_on_first_use=True,
    )
    renderer = structlog.processors.JSONRenderer(default=str)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[
        structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]))
    logging.basicConfig(level=number, handlers=[handler], force=True)


def without_passwords(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A log line whose texts, tracebacks among them, hold no `user:password@` of an address; a processor of structlog's."""
    return {name: without_userinfo(value) if isinstance(value, str) else value for name, value in event.items()}


class Reporter:
    """Writes a worker's health to the job store every ten seconds; doctor and readyz read it."""

    def __init__(self, jobs: JobStore, spool: Spool, name: str, queues: list[str]) -> None:
        self._jobs, self._spool, self._name, self._queues = jobs, spool, name, queues
        self._started = time.time()
        self._gpus = usable_gpus()

    def watch(self, stop: threading.Event) -> None:
        """Report until `stop`, and take the report back then; a broker that is away is waited for."""
        while True:
            try:
                self._jobs.report_worker(self._name, self.report(load_settings()), ttl_s=REPORT_TTL_S)
            except NoriaError as e:
                log.warning("the health report was not written", reason=e.message)
            except Exception:
                log.exception("the health report failed")
            if stop.wait(REPORT_EVERY_S):
                break
        with contextlib.suppress(NoriaError):  # else it is forgotten when it is old
            self._jobs.forget_worker(self._name)

    def report(self, settings: Settings) -> dict[str, Any]:
        """Queues, slots, the device setting, GPUs, disk (bytes free under NORIA_HOME), clock, and what is known of MLflow here.

        Raises BrokerUnavailable: the clock is compared with the store's.
        """
        settings.home.mkdir(parents=True, exist_ok=True)
        return {
            "queues": self._queues, "slots": _slots, "pid": os.getpid(), "started_at": self._started, "device": settings.device,
            "gpus": self._gpus, "disk_free_bytes": shutil.disk_usage(settings.home).free,
            "clock_ahead_s": round(self._jobs.clock_ahead_s(), 3),
            "tracking": tracking_health(self._spool, settings),
        }
