"""Who works on what."""

from api.console.desk import desk, lane_of
from jobs.record import new_job_id
from storage.job_store import NewJob
from storage.memory_jobs import MemoryJobStore


def test_workers_are_shown_with_what_they_run_and_their_free_slots() -> None:
    store = MemoryJobStore()
    ids = [new_job_id() for _ in range(3)]
    for job_id in ids:
        store.submit(NewJob(job_id, "test.noop", "cpu", {}, 1, {}), idempotency_s=86_400, queue_limit=1000)
    store.report_worker("cpu@a", {"queues": ["cpu"], "slots": 2}, ttl_s=60)
    store.report_worker("fast@a", {"queues": ["cpu.fast", "gpu.fast"], "slots": 1}, ttl_s=60)
    store.acquire(ids[0], worker="cpu@a", lease_s=30)

    found = desk(store)
    assert lane_of(store, "cpu.fast") == found.lanes[1]

    assert (found.waiting, found.running, found.slots, found.free) == (2, 1, 3, 2)
    assert {bench.name: [job.id for job in bench.jobs] for bench in found.benches} == {"cpu@a": ids[:1], "fast@a": []}
    assert {lane.queue: lane.workers for lane in found.lanes} == {
        "cpu": ("cpu@a",), "cpu.fast": ("fast@a",), "gpu": (), "gpu.fast": ("fast@a",)}
