"""The jobs that have not ended, whoever needs to know what they work on."""

from collections.abc import Iterator

from jobs.record import Job
from storage.job_store import JobStore

PAGE = 200


def unended_jobs(jobs: JobStore) -> Iterator[Job]:
    """Every job that has not ended since before the call; some twice. Raises BrokerUnavailable.

    Queued ones are looked for again at the end: a job that is begun meanwhile is found running, one that is handed back then.
    """
    for state in ("queued", "running", "queued"):
        cursor = None
        while True:
            page = jobs.page(state=state, limit=PAGE, cursor=cursor)
            yield from page.jobs
            cursor = page.next_cursor
            if cursor is None:
                break
