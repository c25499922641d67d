"""Jobs that have not ended, whatever they do while they are looked for."""

from jobs.record import new_job_id
from storage.job_store import NewJob
from storage.memory_jobs import MemoryJobStore
from storage.unended import unended_jobs


def submitted(store: MemoryJobStore) -> str:
    new = NewJob(new_job_id(), "test.noop", "cpu", {}, 3, {})
    store.submit(new, idempotency_s=1, queue_limit=10)
    return new.id


def test_a_job_that_is_handed_back_meanwhile_is_found() -> None:
    store = MemoryJobStore()
    job = submitted(store)
    running = store.acquire(job, worker="w", lease_s=60)
    waits = submitted(store)

    found = unended_jobs(store)
    first = next(found).id  # the queued ones were looked for
    assert running
    store.hand_back(job, running.fence)
    rest = {one.id for one in found}

    assert (first, rest) == (waits, {waits, job})
