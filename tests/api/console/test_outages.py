"""What is away of all that jobs need."""

from api.console.outages import Outages, outages
from jobs.record import new_job_id
from storage.job_store import NewJob
from storage.memory_jobs import MemoryJobStore


def submit(store: MemoryJobStore, queue: str) -> str:
    return store.submit(NewJob(new_job_id(), "test.noop", queue, {}, 1, {}), idempotency_s=86_400, queue_limit=1000).job.id


def test_a_queue_is_missed_only_where_jobs_need_it() -> None:
    store = MemoryJobStore()
    store.report_worker("w", {"queues": ["cpu"]}, ttl_s=3600)
    assert outages(store) == Outages(("w",))

    submit(store, "cpu")
    submit(store, "gpu")
    running = submit(store, "gpu.fast")
    assert store.acquire(running, worker="gone", lease_s=30)

    assert outages(store) == Outages(("w",), ("gpu", "gpu.fast"))


def test_mlflow_is_away_if_one_worker_says_so() -> None:
    store = MemoryJobStore()
    store.report_worker("a", {"queues": ["cpu"], "tracking": {"state": "up"}}, ttl_s=3600)
    store.report_worker("b", {"queues": ["cpu"], "tracking": {"state": "down"}}, ttl_s=3600)

    assert outages(store).document() == {"unserved": (), "tracking": True}
