"""The one event stream of a page: which jobs changed, whether the broker answers, and what else is away.

One thread in each process hears of the changes through the hub, reads what changed once for all who look, at most four times a
second, and hands the same frame to every stream. Events:

    jobs     [{"id", "state", "attempt", "fraction", "stage"}, …]  jobs that changed
    all      null                                                  changes may have been missed: fetch the page again
    trouble  {"message"}                                           the broker does not answer
    well     null                                                  it does again
    parts    {"unserved": [queue, …], "tracking": bool}            queues that no worker serves, and whether MLflow is away
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import orjson

from api.console.language import SOURCE
from api.console.outages import Outages, outages
from api.console.sentences import said_in
from api.hub import Hub, Waiter, Watcher
from jobs.errors import Unavailable
from storage.job_store import Glance, JobStore

PACE_S = 0.25
LOOK_EVERY_S = 2.0  # at the broker and at who works
HEARTBEAT_S = 15.0
RETRY_MS = 1000
KEPT = 64  # frames that a slow client may be behind; past that it fetches the page again
FEED = "feed"  # the hub's name for those who wait for frames


class Feed:
    """See the module. Starts with the first stream, and reads nothing while there is none."""

    def __init__(self, jobs: JobStore, hub: Hub) -> None:
        self._jobs, self._hub = jobs, hub
        self._frames: deque[tuple[int, str, Any]] = deque(maxlen=KEPT)
        self._number = 0
        self._trouble: str | None = None
        self._parts = Outages()
        self._looked_at = 0.0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def open(self, language: str = SOURCE) -> tuple[Waiter, Iterator[bytes]]:
        """A stream of what happens from now on, its sentences in a language, and its place in the hub, to be closed with it.

        Raises Unavailable where too many clients wait already.
        """
        waiter = self._hub.join(FEED)
        with self._lock:
            seen, trouble, parts = self._number, self._trouble, self._parts
            if self._thread is None or not self._thread.is_alive():
                self._start(waiter)
        return waiter, self._stream(waiter, language, seen, trouble, parts)

    def _start(self, first: Waiter) -> None:
        """Start the thread, whose place in the hub is taken here: without one no stream would ever be told anything."""
        try:
            watcher = self._hub.watch()
        except Unavailable:
            first.close()
            raise
        self._thread = threading.Thread(target=self._run, args=(watcher,), name="feed", daemon=True)
        self._thread.start()

    def _stream(self, waiter: Waiter, language: str, seen: int, trouble: str | None, parts: Outages) -> Iterator[bytes]:
        """Server-sent events after frame `seen`, beginning with how all is."""
        yield b"retry: %d\n\n" % RETRY_MS
        yield _frame("trouble", {"message": said_in(language, trouble)}) if trouble else _frame("well", None)
        yield _frame("parts", parts.document())
        while not waiter.stopping:
            waiter.clear()
            with self._lock:
                frames = [_frame(event, _told(language, data)) for number, event, data in self._frames if number > seen]
                missed, seen = self._number - seen > len(frames), self._number
            if missed:
                yield _frame("all", None)
            elif frames:
                yield b"".join(frames)
            elif not waiter.wait(HEARTBEAT_S):
                yield b": still here\n\n"

    def _run(self, watcher: Watcher) -> None:
        with watcher:
            while not watcher.stopping:
                watcher.wait(LOOK_EVERY_S)
                changed, everything = watcher.take()
                if self._hub.has(FEED):
                    self._look(changed, everything)
                    time.sleep(PACE_S)

    def _look(self, changed: set[str], everything: bool) -> None:
        try:
            glances = self._jobs.glance(sorted(changed)) if changed else {}
            due = time.monotonic() - self._looked_at > LOOK_EVERY_S
            parts = outages(self._jobs) if due else self._parts
        except Unavailable as e:
            if self._trouble is None:
                self._publish("trouble", {"message": e.message}, trouble=e.message)
            return
        if self._trouble is not None:
            self._publish("well", None)
            everything = True
        if due:
            everything |= self._note(parts)
        if everything:
            self._publish("all", None)
        elif glances:
            self._publish("jobs", [_entry(job_id, glance) for job_id, glance in glances.items()])

    def _note(self, parts: Outages) -> bool:
        """Keep and tell what is away now; gives whether pages may show workers, or their word about MLflow, of before."""
        before, first = self._parts, not self._looked_at
        self._parts, self._looked_at = parts, time.monotonic()
        if parts.document() != before.document():
            self._publish("parts", parts.document())
        return not first and (parts.workers, parts.tracking) != (before.workers, before.tracking)

    def _publish(self, event: str, data: Any, *, trouble: str | None = None) -> None:
        with self._lock:
            self._trouble = trouble
            self._number += 1
            self._frames.append((self._number, event, data))
        self._hub.on_change(FEED)


def _entry(job_id: str, glance: Glance) -> dict[str, Any]:
    progress = glance.progress or {}
    return {"id": job_id, "state": glance.state, "attempt": glance.attempt, "fraction": progress.get("fraction") or 0.0,
            "stage": progress.get("stage")}


def _told(language: str, data: Any) -> Any:
    """What a frame tells, with a trouble's message and jobs' stages in a language."""
    if isinstance(data, list):
        return [_told(language, entry) for entry in data]
    if isinstance(data, dict):
        return data | {name: said_in(language, data[name]) for name in ("message", "stage") if data.get(name)}
    return data


def _frame(event: str, data: Any) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (event.encode(), orjson.dumps(data))
