"""What the pages of corrections show: images by state, how the model learns from them, queues that nobody serves."""

from dataclasses import dataclass
from typing import Any

from api import comparisons
from api.console.desk import lanes
from api.queries import CURSOR
from api.services import services
from jobs.catalog import find_kind
from jobs.kind import Queue
from jobs.record import Job
from storage.corrections import Correction
from storage.models import Version
from storage.retrain_queue import RetrainStatus, Standing
from storage.review_queue import Look

KINDS = ("vision.predict", "vision.retrain")


@dataclass(frozen=True, slots=True)
class Tile:
    """An image of a list, with what is known of it."""

    image: str
    look: Look | None = None
    correction: Correction | None = None
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class Learning:
    """How a model learns: corrections that wait of those needed, its present or last retrain, and the last version from one."""

    status: RetrainStatus
    threshold: int
    job: Job | None
    last: Version | None
    decision: str | None
    reason: str

    @property
    def under_way(self) -> bool:
        """Whether a retrain runs or waits."""
        return bool(self.status.under_way)


def learning(model: str) -> Learning:
    """How the model learns now."""
    s = services()
    status, last = s.jobs.retrain_status(model), comparisons.last_retrained(model)
    blocked: dict[str, Any] = status.blocked or {}
    chosen = status.active or next(iter(status.under_way), None) or blocked.get("job") or (last.job_id if last else None)
    job = s.reader.find(chosen) if chosen else None
    metadata = last.metadata if last else {}
    return Learning(status, s.corrections.threshold, job, last, metadata.get("decision"), str(metadata.get("reason", "")))


def tiles(model: str, shown: str, start: str, size: int) -> tuple[list[Tile], str | None]:
    """A page of the model's images that are `to_review`, `corrected` or `skipped`, and where the next page starts."""
    s = services()
    if shown == "corrected":
        found, following = s.corrections.page(model=model, limit=size, cursor=start if CURSOR.fullmatch(start) else None)
        return [Tile(correction.image, correction=correction, standing=standing) for correction, standing in found], following
    offset = int(start) if start.isdecimal() and len(start) < 9 else 0
    images = s.jobs.reviews(model, skipped=shown == "skipped", offset=offset, limit=size + 1)
    looks = s.jobs.looks(model, images)
    return [Tile(image, looks.get(image)) for image in images[:size]], str(offset + size) if len(images) > size else None


def idle_queues() -> list[Queue]:
    """The queues of predictions and retrains that no worker serves, or that are paused."""
    needed = {find_kind(kind).queue for kind in KINDS}
    found = (lane for lane in lanes(services().jobs) if lane.queue in needed)
    return sorted(lane.queue for lane in found if lane.status.pause or not lane.workers)

