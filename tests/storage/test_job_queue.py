"""The message that our script writes, held against the one that Celery itself would send."""

import base64
import json
from pathlib import Path
from typing import Any

from jobs.record import new_job_id
from jobs.settings import load_settings
from storage.job_queue import make_app
from storage.job_store import NewJob
from storage.redis_jobs import RedisJobStore
from tests.services import Valkey


def sent_by_celery(valkey: Valkey, home: Path, job_id: str) -> dict[str, Any]:
    app = make_app(load_settings({"NORIA_HOME": str(home), "REDIS_URL": valkey.url}))
    app.send_task("test.noop", args=(job_id,), task_id=job_id, queue="cpu", ignore_result=True)
    app.close()
    message: dict[str, Any] = json.loads(valkey.client.rpop("cpu"))
    message["body"] = json.loads(base64.b64decode(message["body"]))
    return message


def sent_by_us(valkey: Valkey, job_id: str) -> dict[str, Any]:
    store = RedisJobStore(valkey.url)
    store.submit(NewJob(job_id, "test.noop", "cpu", {}, 3, {}), idempotency_s=1, queue_limit=10)
    store.close()
    message: dict[str, Any] = json.loads(valkey.client.rpop("cpu"))
    message["body"] = json.loads(message["body"])
    return message


def test_our_message_says_what_celerys_own_would_say(valkey: Valkey, tmp_path: Path) -> None:
    job_id = new_job_id()
    theirs, ours = sent_by_celery(valkey, tmp_path, job_id), sent_by_us(valkey, job_id)
    # These differ on purpose: who sent it, a body that is not base64, and a delivery tag of our making.
    for message in (theirs, ours):
        message["headers"].pop("origin")
        message["properties"].pop("delivery_tag")
        message["properties"].pop("reply_to")
        message["properties"].pop("body_encoding", None)
    assert ours == theirs


def test_every_message_has_a_delivery_tag_of_its_own(valkey: Valkey) -> None:
    tags = {sent_by_us(valkey, new_job_id())["properties"]["delivery_tag"] for _ in range(5)}
    assert len(tags) == 5


def test_celery_keeps_no_results_and_acknowledges_late(tmp_path: Path) -> None:
    conf = make_app(load_settings({"NORIA_HOME": str(tmp_path)})).conf
    assert conf.result_backend is None
    assert (conf.task_ignore_result, conf.task_acks_late, conf.task_reject_on_worker_lost) == (True, True, True)
    assert (conf.worker_prefetch_multiplier, conf.worker_disable_prefetch) == (1, True)
    assert conf.worker_cancel_long_running_tasks_on_connection_loss is False
