"""What a deletion has to see to: that nothing needs the thing any more, and that it stays known who took it away."""

import time

import structlog
from flask import g

from api.admission import caller
from api.services import Services
from jobs.errors import Conflict
from jobs.record import rfc3339
from storage import names
from storage.unended import unended_jobs

log = structlog.get_logger("api.deletions")


def require_unneeded(services: Services, document_id: str, *, params: tuple[str, ...]) -> None:
    """Raise Conflict while an unended job names `document_id` in one of `params`, or a champion was made from it."""
    for job in unended_jobs(services.jobs):
        if any(job.params.get(name) == document_id for name in params):
            raise Conflict(f"Job {job.id} still needs it. Wait for its end, or cancel it.")
    for model in services.models.names():
        number = services.models.champion(model)
        metadata = services.models.version(model, number).metadata if number else {}
        if document_id in ((metadata.get("data") or {}).get("dataset"), metadata.get("company")):
            raise Conflict(f"The champion of model {model} (version {number}) was made from it.")


def require_unneeded_image(services: Services, image_id: str) -> None:
    """Raise Conflict while an unended job names the image, or a correction of it counts: later retrains learn from it."""
    for job in unended_jobs(services.jobs):
        if image_id in (job.params.get("images") or ()):
            raise Conflict(f"Job {job.id} still needs it. Wait for its end, or cancel it.")
    for model in services.models.names():
        correction = services.jobs.newest_correction(model, image_id)
        if correction is not None:
            raise Conflict(f"Retrains of model {model} learn from its correction {correction}.")


def require_unneeded_model(services: Services, name: str) -> None:
    """Raise Conflict while an unended job names the model, or corrections of it wait for a retrain."""
    for job in unended_jobs(services.jobs):
        if name in (job.params.get("model"), job.retrains):
            raise Conflict(f"Job {job.id} still needs it. Wait for its end, or cancel it.")
    pending = services.jobs.retrain_status(name).pending
    if pending:
        raise Conflict(f"Corrections of it wait for a retrain: {pending}. Delete them first: /v1/corrections?model={name}.")


def record_deletion(services: Services, what: str, document_id: str) -> None:
    """Keep, in the object store and in the log, what was deleted, when, and by which request."""
    now = time.time_ns() // 1_000_000
    document = {"action": "deleted", "what": what, "id": document_id, "at": rfc3339(now), "by": caller(),
                "request_id": g.request_id}
    services.objects.create_json(names.audit(now, g.request_id), document)
    log.info("deleted", what=what, id=document_id)
