"""Jobs wherever they are: in the job store, or in the archive once the store has dropped them."""

import re
from dataclasses import dataclass

from jobs.errors import NotFound
from jobs.record import Event, Job
from storage.archive import JobArchive
from storage.job_store import JobStore

JOB_ID = re.compile(r"[0-9a-f]{24}")


@dataclass(frozen=True, slots=True)
class JobReader:
    """Reads a job from the store, else from the archive."""

    jobs: JobStore
    archive: JobArchive

    def get(self, job_id: str) -> Job:
        """The job. Raises NotFound."""
        _require_id(job_id)
        try:
            return self.jobs.get(job_id)
        except NotFound:
            return self._archived(job_id)[0]

    def find(self, job_id: str) -> Job | None:
        """The job, None if nothing is known of it any more."""
        try:
            return self.get(job_id)
        except NotFound:
            return None

    def events(self, job_id: str, *, after: str | None = None, limit: int = 1000) -> tuple[Event, ...]:
        """At most `limit` events with ids above `after`, oldest first. Raises NotFound."""
        _require_id(job_id)
        try:
            return self.jobs.events(job_id, after=after, limit=limit)
        except NotFound:
            _, events = self._archived(job_id)
            return tuple(e for e in events if after is None or int(e.id) > int(after))[:limit]

    def revive(self, job_id: str) -> None:
        """Put an archived job back into the store, if it is not there. Raises NotFound if it is nowhere."""
        _require_id(job_id)
        try:
            self.jobs.get(job_id)
        except NotFound:
            self.jobs.restore(*self._archived(job_id))

    def _archived(self, job_id: str) -> tuple[Job, tuple[Event, ...]]:
        try:
            return self.archive.load(job_id)
        except NotFound:
            raise NotFound(f"There is no job {job_id!r}.") from None


def _require_id(job_id: str) -> None:
    if not JOB_ID.fullmatch(job_id):
        raise NotFound("There is no such job: an id has 24 hexadecimal digits.")
