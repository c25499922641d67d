"""The one thread of a worker process that talks to MLflow; jobs never wait for it."""

import threading
import time
from collections.abc import Callable
from typing import Any

import structlog

from jobs.errors import Conflict, InputError, Unavailable
from jobs.settings import Settings, without_userinfo
from tracking.environment import mlflow_available
from tracking.health import note_server, tracking_health
from tracking.replay import Fetch, OnTracking, Replay
from tracking.server import Server, is_final
from tracking.spool import RunFolder, Spool

log = structlog.get_logger("tracking")

PAUSE_S = 0.5
PROBE_EVERY_S = 10.0
PUT_OFF_S = 5.0


class Shipper:
    """Ships the machine's spool from a daemon thread. Start it after the fork; several processes may run one each.

    settings: gives the settings as they stand now (`load_settings`).
    fetch(key, target): copies an object of the store to the file `target`, gives its path; raises NotFound, Unavailable.
    on_tracking(job_id, told): is called in this thread when the run is known and when all of it has arrived, with
    {"experiment_id", "run_id", "ui_url", "pending"}; a NoriaError that it raises is tried again.
    """

    def __init__(self, spool: Spool, settings: Callable[[], Settings], fetch: Fetch, on_tracking: OnTracking) -> None:
        self._spool, self._settings, self._fetch, self._on_tracking = spool, settings, fetch, on_tracking
        self._servers: dict[str, Server] = {}
        self._uri: str | None = None
        self._noted: tuple[str, str | None] | None = None
        self._noted_at = 0.0
        self._uris: dict[str, str | None] = {}
        self._not_before: dict[str, float] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread; does nothing where MLflow is not installed."""
        if mlflow_available() and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="tracking-shipper", daemon=True)
            self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """End the thread after the call that it is in, or leave it behind (it is a daemon) when time is out.

        What has not been shipped is shipped by the next process.
        """
        self._stop.set()
        self.wake()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def wake(self) -> None:
        """Look at the spool now."""
        self._spool.news.set()

    def wait(self, job_id: str, timeout_s: float) -> bool:
        """Wait until all of a job's run has arrived, in this process or another; False when time is out."""
        deadline = time.monotonic() + timeout_s
        while self._spool.holds(job_id):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def health(self) -> dict[str, Any]:
        """See `tracking_health`."""
        return tracking_health(self._spool, self._settings())

    def _run(self) -> None:
        while not self._stop.is_set():
            self._spool.news.clear()
            try:
                self._round()
            except Exception:
                log.exception("shipping failed")
            self._spool.news.wait(PAUSE_S)

    def _round(self) -> None:
        self._spool.flush()
        uri = self._tracking_uri()
        if uri is not None:
            self._look_at(self._server(uri))
        waiting = self._spool.backlog()
        self._uris = {job_id: self._uris.get(job_id) for job_id in waiting}
        for job_id in waiting:
            if self._stop.is_set():
                return
            known = self._uris[job_id]
            if time.monotonic() < self._not_before.get(job_id, 0.0) or (known and not self._server(known).ready()):
                continue
            with self._spool.lock(job_id) as folder:
                if folder is not None:
                    self._ship(folder)

    def _ship(self, folder: RunFolder) -> None:
        uri = self._uris[folder.job_id] = folder.uri()
        if uri is None:
            folder.discard_unbegun()
            return
        server = self._server(uri)
        if not server.ready():
            return
        try:
            Replay(folder, server, self._fetch, self._on_tracking, self._stop).ship()
        except Unavailable as e:
            log.warning("a run is put off", job_id=folder.job_id, reason=e.message)
            self._put_off(folder.job_id)
        except Conflict as e:
            folder.bury_all(e.message)
        except Exception as e:
            if is_final(e):
                log.exception("a run cannot be shipped", job_id=folder.job_id)
                self._put_off(folder.job_id)
            else:
                server.failed(e)

    def _look_at(self, server: Server) -> None:
        server.ready(fresh_s=PROBE_EVERY_S)
        found = (server.uri, server.error)
        if found != self._noted or time.monotonic() - self._noted_at > PROBE_EVERY_S:
            note_server(self._spool, *found)
            self._noted, self._noted_at = found, time.monotonic()

    def _put_off(self, job_id: str) -> None:
        now = time.monotonic()
        self._not_before = {k: t for k, t in self._not_before.items() if t > now} | {job_id: now + PUT_OFF_S}

    def _tracking_uri(self) -> str | None:
        """Where MLflow is now; a settings file with a mistake in it changes nothing."""
        try:
            self._uri = self._settings().tracking_uri
        except InputError as e:
            log.warning("the settings cannot be read; tracking goes on as before", reason=e.message)
        return self._uri

    def _server(self, uri: str) -> Server:
        """The server at `uri`; its user and password are not in the spool but in the settings, if they name that server."""
        if self._uri is not None and without_userinfo(self._uri) == without_userinfo(uri):
            uri = self._uri
        if uri not in self._servers:
            self._servers[uri] = Server(uri)
        return self._servers[uri]
