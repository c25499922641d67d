"""How much a submit costs beside Celery's own, in one process, on one real Valkey: `make bench`."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import orjson
import redis
from celery import Celery

from benchmarks.goals import Row, report
from benchmarks.measure import interleaved, ratios
from jobs.record import new_job_id
from jobs.settings import load_settings
from storage.job_queue import make_app
from storage.job_store import NewJob
from storage.redis_jobs import RedisJobStore
from storage.redis_scripts import ScriptRunner
from tests.services import Valkey

ROUNDS, CALLS = 11, 400
CELERY, NORIA, TRIP = "celery apply_async + status write", "noria submit", "a trip to the broker that does nothing"
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


def trip_arm(url: str) -> Callable[[], object]:
    """What no submit can be faster than: the same way to a script that answers at once."""
    pool = redis.ConnectionPool.from_url(url, decode_responses=True)
    runner = ScriptRunner(pool, {"nothing": "return 1"}, connections=1, patience_s=1)
    return lambda: runner.run("nothing", ())


def rate(submit: Callable[[], object], calls: int) -> float:
    """Submits per second over one round."""
    began = time.perf_counter()
    for _ in range(calls):
        submit()
    return calls / (time.perf_counter() - began)


def main(small: bool = False) -> bool:
    """Report the ratio; gives whether the goal was reached."""
    rounds, calls = (3, 50) if small else (ROUNDS, CALLS)
    with tempfile.TemporaryDirectory() as folder:
        server = Valkey(Path(folder)).start()
        app = make_app(load_settings({"NORIA_HOME": folder, "REDIS_URL": server.url}))
        submits = {CELERY: celery_arm(app, server.client), NORIA: noria_arm(RedisJobStore(server.url)),
                   TRIP: trip_arm(server.url)}
        for submit in submits.values():
            submit()  # connects, and loads the script
        rates = interleaved({name: lambda s=submit: rate(s, calls) for name, submit in submits.items()}, rounds)
        app.close()
        server.stop()
    rows = [Row("submit, in process", CELERY, tuple(ratios(rates, NORIA, CELERY)), 5.0, at_most=False, unit="x"),
            Row(TRIP, CELERY, tuple(ratios(rates, TRIP, CELERY)), None, unit="x")]
    return report("submit", rows, per_second=rates)
