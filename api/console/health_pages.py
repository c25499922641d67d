"""Health: what `noria doctor` says, the queues and their pauses, runs that wait for MLflow, and promises with their counts."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from werkzeug import Response as BaseResponse

from api.console.desk import desk
from api.console.language import marked
from api.console.page import Entry, go, page_blueprint, show
from api.console.proofs import proofs
from api.doctor import diagnose
from api.health import look_at_storage
from api.services import services
from jobs.check import Check, all_well
from jobs.errors import NotFound, Unavailable
from jobs.kind import QUEUES, Queue

routes = page_blueprint("health", __name__)
NAV = Entry("console_health.health", marked("Health"))


@routes.get("/health")
def health() -> Response:
    """The page; it answers without the broker too."""
    s = services()
    checks = diagnose(s.settings, s.jobs, Check("API", True, request.host), look_at_storage(s))
    try:
        found, workers = desk(s.jobs), s.jobs.workers()
    except Unavailable:
        found, workers = None, {}
    return show("health.html", checks=checks, well=all_well(checks), desk=found, spools=_spools(workers), proofs=proofs())


@routes.post("/health/queues/<queue>/pause")
def pause(queue: str) -> BaseResponse:
    """Start no further job of the queue, as `noria queues pause` does."""
    services().jobs.pause_queue(_queue(queue), request.form.get("reason", "").strip()[:200])
    return go("console_health.health")


@routes.post("/health/queues/<queue>/resume")
def resume(queue: str) -> BaseResponse:
    """Start its jobs again, as `noria queues resume` does; no error if it was not paused."""
    services().jobs.resume_queue(_queue(queue))
    return go("console_health.health")


def _spools(workers: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Workers, and what they have to send to MLflow: once for all that say the same, since those of a machine share a spool."""
    said: dict[frozenset[tuple[str, Any]], list[str]] = {}
    for name, found in workers.items():
        said.setdefault(frozenset((found.get("tracking") or {}).items()), []).append(name)
    return [(", ".join(names), dict(tracking)) for tracking, names in said.items()]


def _queue(name: str) -> Queue:
    found = next((queue for queue in QUEUES if queue == name), None)
    if found is None:
        raise NotFound(f"There is no queue {name!r}; there are {', '.join(QUEUES)}.")
    return found
