from pathlib import Path

import pytest

from jobs.errors import NotFound
from jobs.record import new_job_id
from storage import names
from storage.archive import JobArchive, all_events
from storage.job_store import End, NewJob
from storage.memory_jobs import MemoryJobStore
from storage.objects import open_store


@pytest.fixture
def archive(tmp_path: Path) -> JobArchive:
    return JobArchive(open_store((tmp_path / "objects").as_uri()))


def ended_job(jobs: MemoryJobStore) -> str:
    new = NewJob(new_job_id(), "test.noop", "cpu", {"x": 1}, 3, {"team": "north"}, "r")
    jobs.submit(new, idempotency_s=1, queue_limit=10)
    running = jobs.acquire(new.id, worker="w", lease_s=30)
    assert running is not None
    jobs.publish(new.id, running.fence, [("metric", {"step": n}) for n in range(2500)])
    jobs.move(new.id, running.fence, End("succeeded", result={"value": 1}))
    return new.id


def test_an_ended_job_is_kept_whole_and_marked(archive: JobArchive) -> None:
    jobs = MemoryJobStore()
    job_id = ended_job(jobs)
    archive.save(jobs, job_id)
    job, events = archive.load(job_id)
    assert job == jobs.get(job_id)
    assert events == tuple(all_events(jobs, job_id))
    assert len(events) == 2503
    assert jobs.unarchived() == ()


def test_a_store_that_lost_everything_gets_its_jobs_back(archive: JobArchive) -> None:
    jobs = MemoryJobStore()
    ids = [ended_job(jobs) for _ in range(3)]
    for job_id in ids:
        archive.save(jobs, job_id)
    empty = MemoryJobStore()
    assert archive.restore(empty) == 3
    assert archive.restore(empty) == 0
    assert [j.id for j in empty.page().jobs] == sorted(ids, reverse=True)
    assert empty.get(ids[0]) == jobs.get(ids[0])


@pytest.mark.parametrize("job_id", ["nothing", "../../etc/passwd", ""])
def test_a_job_that_was_never_archived_is_not_found(archive: JobArchive, job_id: str) -> None:
    with pytest.raises(NotFound):
        archive.load(job_id)


def test_what_attempts_kept_for_each_other_is_removed_and_nothing_else(archive: JobArchive, tmp_path: Path) -> None:
    objects = open_store((tmp_path / "objects").as_uri())
    kept = (names.checkpoint("a", "last.pt"), names.checkpoint("b", "last.pt"), names.artifact("a", 1, "x.png"))
    for name in kept:
        objects.put(name, b"x")
    archive.drop_checkpoints("a")
    assert [objects.exists(name) for name in kept] == [False, True, True]


def test_only_an_archived_job_that_succeeded_has_succeeded(archive: JobArchive) -> None:
    jobs = MemoryJobStore()
    job_id = ended_job(jobs)
    assert not archive.succeeded(job_id)
    archive.save(jobs, job_id)
    assert archive.succeeded(job_id)
