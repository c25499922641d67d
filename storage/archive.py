"""Ended jobs in the object store: what outlives Redis."""

from collections.abc import Iterator

import orjson

from jobs.errors import NotFound
from jobs.record import Event, Job
from storage import names
from storage.job_store import JobStore
from storage.object_store import ObjectStore
from storage.records import archive_document, from_archive


class JobArchive:
    """Ended jobs with their events, one object each."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def save(self, jobs: JobStore, job_id: str) -> None:
        """Copy an ended job from the job store and mark it there. Raises NotFound, StorageUnavailable."""
        job = jobs.get(job_id)
        document = archive_document(job, tuple(all_events(jobs, job_id)))
        self._objects.put(names.job(job_id), orjson.dumps(document))
        jobs.mark_archived(job_id, job.revision)

    def load(self, job_id: str) -> tuple[Job, tuple[Event, ...]]:
        """An archived job and its events. Raises NotFound."""
        if not names.NAME.fullmatch(job_id):
            raise NotFound(f"There is no job {job_id!r}.")
        return from_archive(orjson.loads(self._objects.read(names.job(job_id))))

    def succeeded(self, job_id: str) -> bool:
        """Whether the job is archived as one that succeeded."""
        try:
            return self.load(job_id)[0].state == "succeeded"
        except NotFound:
            return False

    def drop_checkpoints(self, job_id: str) -> None:
        """Remove what the job's attempts kept for each other; a job that succeeded needs it no more."""
        for name in list(self._objects.names(names.checkpoint(job_id, ""))):
            self._objects.delete(name)

    def restore(self, jobs: JobStore) -> int:
        """Put every archived job back that the job store has lost; gives how many."""
        files = (name.split("/") for name in self._objects.names("jobs/"))
        ids = sorted({parts[1] for parts in files if parts[2:] == ["job.json"]})
        return sum(jobs.restore(*self.load(job_id)) for job_id in ids)


def all_events(jobs: JobStore, job_id: str) -> Iterator[Event]:
    """Every event of a job, oldest first, read a page at a time."""
    after = None
    while page := jobs.events(job_id, after=after):
        yield from page
        after = page[-1].id
