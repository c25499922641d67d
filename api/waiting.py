"""Long polls and event streams: everything that keeps a client waiting."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from api.hub import Hub, Waiter
from api.job_reader import JobReader
from jobs.errors import NotFound, Unavailable
from jobs.lifecycle import is_terminal
from jobs.record import Event, Job, event_document

HEARTBEAT_S = 15.0  # proxies cut a silent connection, nginx after 60 s
RETRY_MS = 2000  # what an EventSource waits before it comes back
BATCH = 1000
AGAIN_S = 2.0  # after a read that failed; the hub wakes everybody as soon as the broker is back
QUEUE_LOOK_S = 5.0  # a queue position moves without a notice, so the queued are looked at this often


def wait_until(reader: JobReader, hub: Hub, job_id: str, *, seconds: float, done: Callable[[Job], bool]) -> Job:
    """The job as soon as `done(job)`, or as it is when `seconds` are over or the process ends.

    Raises NotFound, and Unavailable when the hub is full or the store does not answer.
    """
    deadline = time.monotonic() + seconds
    with hub.join(job_id) as waiter:
        while True:
            waiter.clear()
            job = reader.get(job_id)
            left = deadline - time.monotonic()
            if left <= 0 or done(job) or waiter.stopping:
                return job
            waiter.wait(min(left, QUEUE_LOOK_S) if job.state == "queued" else left)


def event_stream(reader: JobReader, waiter: Waiter, job: Job, after: str | None) -> Iterator[bytes]:
    """Server-sent events of `job` from above id `after` to the `state` event of its present end.

    `waiter` must have joined before `job` was read. A client that resumes after the end gets an empty stream.
    """
    yield b"retry: %d\n\n" % RETRY_MS
    ended = is_terminal(job.state)
    while not waiter.stopping:
        waiter.clear()
        try:
            batch = reader.events(job.id, after=after, limit=BATCH)
            complete = len(batch) < BATCH
            states = [e for e in batch if e.type == "state"]
            if ended and complete and not states:
                return  # only tracking and what became of callbacks come after an end, and that is not for the stream
            end = _present_end(reader, job.id, batch, states)
        except Unavailable:
            waiter.wait(AGAIN_S)
            yield b": the broker does not answer\n\n"
            continue
        except NotFound:
            return
        if batch:
            after = batch[-1].id
            yield b"".join(_frame(e) for e in (batch[:batch.index(end) + 1] if end else batch))
        if end:
            return
        ended = ended and not states
        if complete and not waiter.wait(HEARTBEAT_S):
            yield b": still here\n\n"


def _present_end(reader: JobReader, job_id: str, batch: tuple[Event, ...], states: list[Event]) -> Event | None:
    """The job's end, if it is in this batch and no retry came after it."""
    if not states or not is_terminal(states[-1].data["state"]):
        return None
    page = batch
    while len(page) == BATCH:
        page = reader.events(job_id, after=page[-1].id, limit=BATCH)
        if any(e.type == "state" for e in page):
            return None
    return states[-1]


def _frame(event: Event) -> bytes:
    document = event_document(event)
    data: dict[str, Any] = {"attempt": document["attempt"], "at": document["at"], **document["data"]}
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (event.id.encode(), event.type.encode(), orjson.dumps(data))
