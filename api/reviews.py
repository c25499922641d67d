"""What stands between people and a detector: predictions that order its review queue, and the next image for a person.

Predictions are jobs of the kind `vision.predict`, submitted as anybody's are.
"""

from collections.abc import Iterable
from typing import Any

import orjson

from api.bodies import parse_submit
from api.job_routes import start
from api.services import services
from jobs.errors import NotFound
from jobs.record import Job
from jobs.vision.review import sureness
from storage.models import Version
from storage.review_queue import Look

DOMAIN, PREDICT = "vision", "vision.predict"
LABEL = "review"  # of the predictions that order a queue; its value is the model
HOLD_S = 600.0
BATCH = 25  # images of one prediction: small, so that the first answers come soon
AT_ONCE = 1000  # images that one call has looked at, at the most
STEP = 200


def detectors() -> list[str]:
    """The models of vision, the last trained first; at most 50."""
    models = services().models
    return [name for name in models.page(limit=50)[0] if models.newest(name).domain == DOMAIN]


def detector(model: str) -> Version:
    """The version of a model of vision that is in use. Raises NotFound."""
    found = services().models.version(model)
    if found.domain != DOMAIN:
        raise NotFound(f"The model {model!r} is one of {found.domain}, which has no images to correct.")
    return found


def look(model: str) -> list[Job]:
    """Have the version in use look at what is to review and it has not looked at; gives the jobs. Raises as `start`."""
    s, version = services(), detector(model).version
    asked: set[str] = set()
    for job in gather(model):
        if job.state in ("failed", "canceled"):
            s.jobs.end_look(model, job.id)
        else:
            asked |= set(job.params.get("images", ()))
    wanted = [image for image in _not_seen_by(model, version) if image not in asked]
    begun = []
    for first in range(0, len(wanted), BATCH):
        job = predict(model, version, wanted[first:first + BATCH], {LABEL: model})
        s.jobs.begin_look(model, job.id)
        begun.append(job)
    return begun


def predict(model: str, version: int, images: list[str], labels: dict[str, str], *, once: bool = False) -> Job:
    """Start the prediction of a version; `once`: the same one again, within a day, is the same job. Raises as `start`."""
    body = {"kind": PREDICT, "params": {"model": model, "version": version, "images": images}, "labels": labels}
    parsed = parse_submit(orjson.dumps(body))
    return start(parsed, f"console-{parsed.body_hash}" if once else None).job


def gather(model: str) -> tuple[Job, ...]:
    """Order the queue by the answers that have come; gives the predictions that have none yet, or failed."""
    s, waiting = services(), []
    for job_id in s.jobs.looks_under_way(model):
        try:
            job = s.reader.get(job_id)
        except NotFound:
            s.jobs.end_look(model, job_id)
            continue
        if job.state != "succeeded":
            waiting.append(job)
            continue
        s.jobs.put_reviews(model, _looks_of(job))
        s.jobs.end_look(model, job_id)
    return tuple(waiting)


def next_image(model: str, reviewer: str, *, after: str | None = None) -> str | None:
    """The next image for a reviewer, theirs alone from now on; None if there is none. See `ReviewQueue.take_review`."""
    s = services()
    while (image := s.jobs.take_review(model, reviewer, lease_s=HOLD_S, after=after)) and not _is_there(image):
        s.jobs.drop_review(model, image)
    return image


def put_earlier(model: str) -> int:
    """Put the newest images that were uploaded elsewhere into the queue, as many as one call takes; gives how many."""
    s, cursor, images = services(), None, list[str]()
    while len(images) < AT_ONCE:
        page, cursor = s.images.page(limit=STEP, cursor=cursor)
        images += [image.id for image in page]
        if cursor is None:
            break
    return s.jobs.put_reviews(model, dict.fromkeys(images))


def said_of(job_id: str, image: str) -> list[dict[str, Any]] | None:
    """The boxes, with confidence, that a prediction found in an image; None if it is gone, or did not look there."""
    try:
        result = services().reader.get(job_id).result or {}
    except NotFound:
        return None
    return next((list(entry["boxes"]) for entry in result.get("predictions", ()) if entry["image"] == image), None)


def _looks_of(job: Job) -> dict[str, Look | None]:
    result = job.result or {}
    return {entry["image"]: Look(job.id, int(result["version"]), len(entry["boxes"]),
                                 sureness(box["confidence"] for box in entry["boxes"]))
            for entry in result.get("predictions", ())}


def _not_seen_by(model: str, version: int) -> Iterable[str]:
    """Images to review that this version has not looked at, at most AT_ONCE."""
    store, offset, found = services().jobs, 0, 0
    while found < AT_ONCE and (images := store.reviews(model, offset=offset, limit=STEP)):
        looks = store.looks(model, images)
        for image in images:
            seen = looks.get(image)
            if found < AT_ONCE and (seen is None or seen.version != version) and _is_there(image):
                found += 1
                yield image
        offset += STEP


def _is_there(image: str) -> bool:
    try:
        services().images.get(image)
    except NotFound:
        return False
    return True
