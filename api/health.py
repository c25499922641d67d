"""Whether the process lives, whether it can work, and its numbers."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from importlib.metadata import version
from typing import Any

from flask import Blueprint, Response

from api.keys import presented_key
from api.metrics import MEDIA_TYPE
from api.problems import problem
from api.responses import json_response
from api.services import Services, services
from jobs.errors import StorageUnavailable, TooManyRequests, Unavailable

PATIENCE_S = 2.0
VERSION = version("noria")
PROBES = threading.BoundedSemaphore(8)  # looks at a storage that hangs end when it lets them, so only so many may be begun

routes = Blueprint("health", __name__)


@routes.get("/healthz")
def healthz() -> Response:
    """200 as long as the process answers at all, with its version and build (null: none was named)."""
    return json_response({"status": "ok", "version": VERSION, "build": services().settings.noria_build or None})


@routes.get("/readyz")
def readyz() -> Response:
    """200 when broker and storage answer, else 503 with what does not; who has a key also sees workers and queues."""
    s = services()
    found = {"broker": _check(s.jobs.ping), "storage": _storage_failure(s)}
    checks = {name: "ok" if failure is None else failure.title for name, failure in found.items()}
    failed = {name: failure for name, failure in found.items() if failure is not None}
    if failed:
        first = next(iter(failed.values()))
        detail = f"Not ready: {', '.join(failed)}. {first.message}"
        return problem(503, code=first.code, title="Not ready", detail=detail, checks=checks)
    document: dict[str, Any] = {"status": "ready", "checks": checks}
    if _may_look(s):
        document["workers"] = s.jobs.workers()
        document["queues"] = {name: status.document() for name, status in s.jobs.queues().items()}
    return json_response(document)


def look_at_storage(s: Services) -> str:
    """What is known of the storage: `ok`, or what is wrong."""
    failure = _storage_failure(s)
    return "ok" if failure is None else failure.title


@routes.get("/metrics")
def metrics() -> Response:
    """Prometheus' text format."""
    return Response(services().metrics.exposition(), content_type=MEDIA_TYPE)


def _may_look(s: Services) -> bool:
    if not s.keys.exist():
        return True
    try:
        return s.door.key_of(presented_key()) is not None
    except TooManyRequests:
        return False


def _storage_failure(s: Services) -> Unavailable | None:
    return _check(lambda: _in_time(lambda: s.objects.exists("readyz")))


def _in_time(probe: Callable[[], object]) -> None:
    """Return if `probe` does within PATIENCE_S. Raises what it raises, and StorageUnavailable when time is over."""
    late = StorageUnavailable(f"The storage does not answer within {PATIENCE_S:g} seconds; see to it (STORAGE_URL).")
    if not PROBES.acquire(blocking=False):
        raise late
    answer: Future[object] = Future()

    def look() -> None:
        try:
            answer.set_result(probe())
        except BaseException as e:  # noqa: BLE001 - raised again where the answer is awaited
            answer.set_exception(e)
        finally:
            PROBES.release()

    threading.Thread(target=look, daemon=True, name="readyz").start()
    try:
        answer.result(timeout=PATIENCE_S)
    except TimeoutError:
        raise late from None


def _check(probe: Callable[[], object]) -> Unavailable | None:
    try:
        probe()
    except Unavailable as e:
        return e
    return None
