"""The workers' Celery app: `celery -A workers.app worker -Q <queues> -n <lane>@%h`.

The main process hears of jobs and reports the worker's health. Its pool's processes run the jobs, ship what they have
to tell MLflow, keep its aliases right, reap, and send callbacks. The object store is used in these alone: its threads would
not survive a fork.
"""

import os
import socket
import threading
from typing import Any

import structlog
from celery import signals

from jobs.settings import load_settings
from storage.job_queue import make_app
from storage.redis_jobs import RedisJobStore
from tracking.environment import prepare_environment
from tracking.runs import spool_folder
from tracking.shipper import Shipper
from tracking.spool import Spool
from workers.aliases import Aliases
from workers.callbacks import Callbacks
from workers.observe import Reporter, configure_logging, note_slots
from workers.reaper import Reaper
from workers.services import BROKER_TIMEOUT_S, services
from workers.stopping import note_stop_signals
from workers.tasks import register_tasks

log = structlog.get_logger("workers.app")

settings = load_settings()
configure_logging(settings.log_level)
prepare_environment()
app = make_app(settings)
register_tasks(app)


@signals.setup_logging.connect
def _keep_our_logging(**_: Any) -> None:
    """A receiver of this signal keeps Celery from setting up logging of its own."""


@signals.worker_init.connect
def _before_the_pool(sender: Any, **_: Any) -> None:
    note_slots(sender.concurrency or 1)


@signals.worker_ready.connect
def _report_health(sender: Any, **_: Any) -> None:
    note_stop_signals()
    queues = sorted(sender.app.amqp.queues.consume_from)
    jobs = RedisJobStore(settings.broker_url, timeout_s=BROKER_TIMEOUT_S)
    reporter = Reporter(jobs, Spool(spool_folder(settings)), sender.hostname, queues)
    thread, stop = _start(reporter.watch, "health")
    signals.worker_shutting_down.connect(lambda **_: stop.set(), weak=False)  # it takes no more jobs from here on
    signals.worker_shutdown.connect(lambda **_: thread.join(BROKER_TIMEOUT_S), weak=False)  # until its report is taken back
    log.info("worker ready", worker=sender.hostname, queues=queues)


@signals.worker_process_init.connect
def _start_helpers(**_: Any) -> None:
    own = services()
    Shipper(own.spool, load_settings, own.objects.fetch, own.jobs.annotate).start()
    name = f"{socket.gethostname()}:{os.getpid()}"
    _start(Reaper(own, settings, name).watch, "reaper")
    _start(Aliases(own, name).watch, "aliases")
    _start(Callbacks(own, load_settings).watch, "callbacks")


def _start(watch: Any, name: str) -> tuple[threading.Thread, threading.Event]:
    """Run `watch` in a thread; gives it and the event that ends it."""
    stop = threading.Event()
    thread = threading.Thread(target=watch, args=(stop,), name=name, daemon=True)
    thread.start()
    return thread, stop
