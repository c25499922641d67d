"""Jobs in the store and in the archive."""

import pytest

from api.job_reader import JobReader
from jobs.errors import NotFound
from jobs.record import new_job_id
from storage.archive import JobArchive
from storage.job_store import NewJob
from storage.memory_jobs import MemoryJobStore
from storage.objects import open_store


@pytest.fixture
def archived(tmp_path) -> tuple[JobReader, MemoryJobStore, str]:
    """A canceled job that only the archive holds."""
    jobs, archive = MemoryJobStore(), JobArchive(open_store(str(tmp_path)))
    job_id = jobs.submit(NewJob(new_job_id(), "test.noop", "cpu", {}, 3, {}), idempotency_s=60, queue_limit=10).job.id
    jobs.request_cancel(job_id)
    archive.save(jobs, job_id)
    jobs.advance(10)
    jobs.drop_expired(retention_s=1)
    return JobReader(jobs, archive), jobs, job_id


def test_a_dropped_job_and_its_events_come_from_the_archive(archived) -> None:
    reader, jobs, job_id = archived

    events = reader.events(job_id)

    assert reader.get(job_id).state == "canceled"
    assert reader.find(job_id) == reader.get(job_id)
    assert reader.find(new_job_id()) is None
    assert [e.data["state"] for e in events] == ["queued", "canceled"]
    assert reader.events(job_id, after=events[0].id) == events[1:]
    assert reader.events(job_id, limit=1) == events[:1]
    with pytest.raises(NotFound):
        jobs.get(job_id)


def test_reviving_puts_an_archived_job_back_once(archived) -> None:
    reader, jobs, job_id = archived

    reader.revive(job_id)
    reader.revive(job_id)

    assert jobs.get(job_id).state == "canceled"


@pytest.mark.parametrize("job_id", ["../keys/x", "", "0" * 24, "A" * 24])
def test_an_id_that_no_job_has_is_not_found_anywhere(archived, job_id: str) -> None:
    for read in (archived[0].get, archived[0].events, archived[0].revive):
        with pytest.raises(NotFound, match="no .*job"):
            read(job_id)


def test_archived_events_are_ordered_by_number_and_not_by_text(archived) -> None:
    reader, jobs, job_id = archived
    reader.revive(job_id)
    for _ in range(5):
        jobs.retry(job_id)
        jobs.request_cancel(job_id)
    reader.archive.save(jobs, job_id)
    jobs.advance(10)
    jobs.drop_expired(retention_s=1)

    assert [e.id for e in reader.events(job_id, after="9")] == ["10", "11", "12"]
