"""The workers' Celery app: `celery -A workers.app worker -Q <queues> -n <lane>@%h`."""

import threading
from typing import Any

import structlog
from celery import signals

from jobs.settings import load_settings
from storage.job_queue import make_app
from tracking.environment import prepare_environment
from workers.observe import Reporter, configure_logging, note_slots
from workers.reaper import Reaper
from workers.services import make_services, services
from workers.shipping import start_shipper
from workers.stopping import set_stopping
from workers.tasks import register_tasks

log = structlog.get_logger("workers.app")

settings = load_settings()
configure_logging(settings.log_level)
prepare_environment()
app = make_app(settings)
register_tasks(app)

_stop = threading.Event()


@signals.worker_init.connect
def _before_the_pool(sender: Any, **_: Any) -> None:
    """Runs in the main process before any child is forked."""
    note_slots(sender.concurrency or 1)


@signals.worker_ready.connect
def _start_threads(sender: Any, **_: Any) -> None:
    """Reaper and health reports run in the main process, with connections of their own."""
    own = make_services(settings)
    names = sorted(sender.app.amqp.queues.consume_from)
    reaper = Reaper(own, settings, sender.hostname)
    reporter = Reporter(own, sender.hostname, names)
    for target in (reaper.watch, reporter.watch):
        threading.Thread(target=target, args=(_stop,), name=target.__qualname__, daemon=True).start()
    log.info("worker ready", worker=sender.hostname, queues=names)


@signals.worker_shutting_down.connect
def _stop_at_safe_points(**_: Any) -> None:
    """Tell the running jobs to stop at their next safe point and be handed back."""
    set_stopping()
    _stop.set()


@signals.worker_process_init.connect
def _in_each_child(**_: Any) -> None:
    """Runs in each pool process after its fork."""
    start_shipper(services())
