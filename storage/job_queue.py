"""The Celery app: how workers hear of jobs. It has no tasks here, no result backend, and no say about a job's state.

Each setting was measured; docs/decisions/0002 says what happens without it.
"""

from celery import Celery

from jobs.kind import QUEUES
from jobs.settings import Settings

SOFT_SHUTDOWN_S = 10.0  # Celery waits all of it, also when the jobs have been handed back long before
VISIBILITY_TIMEOUT_S = 30 * 86_400  # redelivery by Celery would run a long job twice; the reaper does it by lease


def make_app(settings: Settings) -> Celery:
    """The Celery app for the broker of these settings."""
    app = Celery("noria", broker=settings.broker_url, set_as_current=True)
    app.conf.update(
        task_acks_late=True, task_reject_on_worker_lost=True, task_acks_on_failure=True, task_acks_on_timeout=True,
        task_ignore_result=True, result_backend=None, task_serializer="json", accept_content=["json"],
        task_default_queue=QUEUES[0], task_create_missing_queues=True,
        worker_concurrency=settings.cpu_slots, worker_prefetch_multiplier=1, worker_disable_prefetch=True,
        worker_soft_shutdown_timeout=SOFT_SHUTDOWN_S, worker_enable_soft_shutdown_on_idle=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_send_task_events=True, task_send_sent_event=False, worker_hijack_root_logger=False,
        broker_connection_retry=True, broker_connection_retry_on_startup=True, broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": VISIBILITY_TIMEOUT_S, "socket_timeout": 10, "socket_connect_timeout": 5,
            "socket_keepalive": True, "health_check_interval": 10,
        },
    )
    return app
