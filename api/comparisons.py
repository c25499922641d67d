"""A retrained version beside the one that it learned from, on the images whose corrections it learned from or is measured on."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.reviews import PREDICT, predict
from api.services import services
from jobs.errors import NotFound
from jobs.record import Job
from jobs.vision.boxes import Box
from jobs.vision.corrections import changes
from storage.corrections import Correction
from storage.images import ImageDocument
from storage.models import Version

LABEL = "compare"
MOST_IMAGES = 50


@dataclass(frozen=True, slots=True)
class Side:
    """What a version found in an image, and how that agrees with the person: boxes that are right, missed, and wrong."""

    boxes: list[dict[str, Any]]
    right: int
    missed: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Compared:
    """An image with what a person said of it, and each version's answer, None while there is none. `learned`: it is no test."""

    image: ImageDocument
    correction: Correction
    learned: bool
    before: Side | None
    after: Side | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions on the same images; `jobs`: the predictions, by version, as far as they were started."""

    before: int
    after: Version
    images: tuple[Compared, ...]
    jobs: Mapping[int, Job]


def last_retrained(model: str) -> Version | None:
    """The newest version that learned from corrections, taken into use or not."""
    models = services().models
    for number in range(models.newest(model).version, 0, -1):
        with contextlib.suppress(NotFound):
            version = models.version(model, number)
            if version.metadata.get("retraining"):
                return version
    return None


def comparison(after: Version) -> Comparison:
    """A retrained version beside the one before it, as far as predictions have been made."""
    retraining = after.metadata["retraining"]
    before, held_out = int(retraining["previous"]), frozenset(retraining["held_out"])
    jobs = _jobs(after)
    found = {version: _boxes_by_image(job) for version, job in jobs.items()}
    images = []
    for image, correction in _corrected(after):
        sides = (_side(found.get(version, {}).get(image.id), correction) for version in (before, after.version))
        images.append(Compared(image, correction, correction.id not in held_out, *sides))
    return Comparison(before, after, tuple(images), jobs)


def compare(after: Version) -> None:
    """Have both versions look at the images. Raises NotFound, and as `start`."""
    images = [image.id for image, _ in _corrected(after)]
    if not images:
        raise NotFound("The images of these corrections are not there any more.")
    for version in (int(after.metadata["retraining"]["previous"]), after.version):
        predict(after.model, version, images, {LABEL: _name(after)}, once=True)


def _name(after: Version) -> str:
    return f"{after.model} v{after.version}"


def _jobs(after: Version) -> dict[int, Job]:
    newest_first = services().jobs.page(kind=PREDICT, label=(LABEL, _name(after)), limit=20).jobs
    return {job.params["version"]: job for job in reversed(newest_first)}


def _corrected(after: Version) -> list[tuple[ImageDocument, Correction]]:
    """The retrain's corrections with their images, those that nothing was learned from first."""
    s, found = services(), []
    retraining = after.metadata["retraining"]
    held_out = list(retraining["held_out"])
    for correction_id in [*held_out, *(c for c in retraining["corrections"] if c not in held_out)][:MOST_IMAGES]:
        try:
            correction = s.corrections.get(correction_id)[0]
            found.append((s.images.get(correction.image), correction))
        except NotFound:
            continue  # deleted since
    return found


def _boxes_by_image(job: Job) -> dict[str, list[dict[str, Any]]]:
    return {entry["image"]: list(entry["boxes"]) for entry in (job.result or {}).get("predictions", ())}


def _side(boxes: list[dict[str, Any]] | None, correction: Correction) -> Side | None:
    if boxes is None:
        return None
    said = [Box(**box) for box in correction.boxes]
    changed = changes([Box(b["label"], b["x1"], b["y1"], b["x2"], b["y2"]) for b in boxes], said)
    return Side(boxes, right=len(changed.confirmed) + len(changed.moved), missed=len(changed.added) + len(changed.relabelled),
                wrong=len(changed.removed) + len(changed.relabelled))
