"""The routes under /v1/models: what was trained, and which version of it predictions use."""

from typing import Any

from flask import Blueprint, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api import queries
from api.admission import caller
from api.bodies import read_json_body, validated
from api.deletions import record_deletion, require_unneeded_model
from api.responses import json_response
from api.services import services
from jobs.errors import NotFound
from jobs.record import rfc3339
from storage.models import HistoryEntry, Version
from storage.names import NAME

routes = Blueprint("models", __name__, url_prefix="/v1/models")


class PromotionIn(BaseModel):
    """Which version becomes the champion, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    version: int = Field(ge=1, le=999_999, description="The version that predictions are to use.")
    reason: str = Field(min_length=1, max_length=500, description="Why; it stands in the history.")


class RollbackIn(BaseModel):
    """Why the model goes back to the champion before."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    reason: str = Field(min_length=1, max_length=500, description="Why; it stands in the history.")


_promotion, _rollback = TypeAdapter(PromotionIn), TypeAdapter(RollbackIn)


@routes.get("")
def listing() -> Response:
    """Models, the last trained first, each with its domain and champion."""
    models = services().models
    names, following = models.page(limit=queries.limit(), cursor=queries.name_cursor())
    return json_response({"models": [_summary(name) for name in names], "next_cursor": following})


@routes.get("/<name>")
def show(name: str) -> Response:
    """A model with its versions, newest first, and what stands in the way of its next retrain."""
    return _shown(name)


@routes.get("/<name>/versions/<int:version>")
def show_version(name: str, version: int) -> Response:
    """One version."""
    models = services().models
    found = models.version(name, version)
    champion = {"champion": models.champion(name) == version}
    document = _version_document(found, models.history(name))
    return json_response({"model": name, "domain": found.domain, **document, **champion, "metadata": found.metadata})


@routes.get("/<name>/history")
def history(name: str) -> Response:
    """Every decision about the model's champion, newest first."""
    require_model(name)
    return json_response({"history": [_entry_document(entry) for entry in services().models.history(name)]})


@routes.post("/<name>/promote")
def promote(name: str) -> Response:
    """Make a version the champion; the very next prediction uses it."""
    make_champion(name, read_json_body())
    return _shown(name)


@routes.post("/<name>/rollback")
def rollback(name: str) -> Response:
    """Go back to the champion before; 409 if there was none."""
    go_back(name, read_json_body())
    return _shown(name)


@routes.delete("/<name>")
def delete(name: str) -> Response:
    """Forget a model with all its versions; 409 while an unended job or a pending correction needs it."""
    s = services()
    require_model(name)
    require_unneeded_model(s, name)
    s.corrections.forget(name, by=caller())
    s.models.delete(name)
    record_deletion(s, "model", name)
    return Response(status=204)


def make_champion(name: str, raw: bytes) -> None:
    """Carry out the promotion that `raw` asks for, a PromotionIn as JSON. Raises InputError, NotFound, BrokerUnavailable."""
    given = validated(_promotion, raw)
    _require_broker()
    services().models.promote(name, given.version, reason=given.reason, by=caller())


def go_back(name: str, raw: bytes) -> None:
    """Carry out the rollback that `raw`, a RollbackIn, asks for. Raises InputError, NotFound, Conflict and BrokerUnavailable."""
    given = validated(_rollback, raw)
    require_model(name)
    _require_broker()
    services().models.rollback(name, reason=given.reason, by=caller())


def require_model(name: str) -> list[Version]:
    """The model's versions, oldest first. Raises NotFound."""
    found = services().models.versions(name) if NAME.fullmatch(name) else []
    if not found:
        raise NotFound(f"There is no model {name[:64]!r}.")
    return found


def _require_broker() -> None:
    """The answer to a change needs the broker. Without one nothing is changed: who is told to try again would go back twice."""
    services().jobs.ping()


def _summary(name: str) -> dict[str, Any]:
    s = services()
    newest = s.models.newest(name)
    return {"name": name, "domain": newest.domain, "champion": s.models.champion(name), "latest": newest.version,
            "updated_at": rfc3339(newest.created_at), "links": {"self": f"/v1/models/{name}"}}


def _shown(name: str) -> Response:
    s = services()
    versions, decisions = require_model(name), s.models.history(name)
    status = s.jobs.retrain_status(name)
    blocked = status.blocked and {**status.blocked, "at": rfc3339(round(status.blocked["at"]))}
    return json_response({
        "name": name, "domain": versions[-1].domain, "champion": s.models.champion(name),
        "versions": [_version_document(v, decisions) for v in reversed(versions)],
        "corrections": {"pending": status.pending, "threshold": s.corrections.threshold, "retrain_jobs": status.under_way},
        "retrain_blocked": blocked, "links": {"self": f"/v1/models/{name}", "history": f"/v1/models/{name}/history"}})


def _version_document(version: Version, decisions: list[HistoryEntry]) -> dict[str, Any]:
    try:
        tracking = services().reader.get(version.job_id).tracking
    except NotFound:
        tracking = None
    return {
        "version": version.version, "metrics": version.metadata.get("metrics"), "data": version.metadata.get("data"),
        "run_id": tracking["run_id"] if tracking else None, "decision": services().models.decision(version, decisions),
        "job": version.job_id, "created_at": rfc3339(version.created_at),
        "links": {"self": f"/v1/models/{version.model}/versions/{version.version}"}}


def _entry_document(entry: HistoryEntry) -> dict[str, Any]:
    return {"action": entry.action, "version": entry.version, "reason": entry.reason, "by": entry.by, "at": rfc3339(entry.at),
            "job": entry.job_id}
