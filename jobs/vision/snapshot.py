"""What a retrain learns from and is measured on: chosen by hashes alone, kept as one document, and rebuilt from it byte for byte.

    replayed       images of the base data set's train split, so that the model forgets nothing
    corrected      images whose boxes people mended, this time or earlier; each stands there several times
    held_out_old   the base data set's validation split
    held_out_new   of each batch of corrections every fifth, at least one

An image stays on its side for good: what was learned from is never measured on, and the other way round. So an image of the base
data's training split is held out only if its batch has no other to hold out.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from jobs.context import Correction, Dataset
from jobs.errors import DataError
from jobs.vision.boxes import Box, clip
from jobs.vision.dataset import Example

Role = Literal["replayed", "corrected", "held_out_old", "held_out_new"]
ROLES: tuple[Role, ...] = get_args(Role)
LEARNED: tuple[Role, ...] = ("replayed", "corrected")
EVERY = 5
REPLAYED = 200      # images: with 100, a model lost .05 of its old mAP50, with 200 .03
OLD_HELD_OUT = 500  # images at the most, so that measuring stays cheap beside training
CORRECTED_SHARE = 0.5  # corrected images, with repeats, per replayed one
MOST_COPIES = 25
LEAST_PER_CLASS = 10   # replayed images that show a class, where there are so many


class LabelledBox(BaseModel):
    """A box in pixels of the upright image."""

    model_config = ConfigDict(frozen=True)

    label: str
    x1: float
    y1: float
    x2: float
    y2: float


class SnapshotImage(BaseModel):
    """An image, what it is for, and how often it stands there. correction: the id of the one that its boxes come from."""

    model_config = ConfigDict(frozen=True)

    sha256: str
    width: int
    height: int
    role: Role
    copies: int
    correction: str | None
    boxes: tuple[LabelledBox, ...]


class Snapshot(BaseModel):
    """The data set of one retrain. dataset: id of the base data set. classes: labels by class number."""

    model_config = ConfigDict(frozen=True)

    schema_number: int = 1
    dataset: str
    dataset_sha256: str
    classes: tuple[str, ...]
    images: tuple[SnapshotImage, ...]

    def content(self) -> bytes:
        """The document, the same bytes for the same snapshot."""
        return self.model_dump_json(indent=1).encode()

    @property
    def sha256(self) -> str:
        """Hash of `content`, as hex digits."""
        return hashlib.sha256(self.content()).hexdigest()

    def having(self, *roles: Role) -> tuple[SnapshotImage, ...]:
        """The images with one of these roles."""
        return tuple(image for image in self.images if image.role in roles)

    def examples(self) -> Iterator[tuple[Role, Example]]:
        """What `write_folder` writes, in its order: copies one by one."""
        for image in self.images:
            boxes = tuple(Box(b.label, b.x1, b.y1, b.x2, b.y2) for b in image.boxes)
            split = "train" if image.role in LEARNED else "val"
            for _ in range(image.copies):
                yield image.role, Example(image.sha256, split, image.width, image.height, boxes)


def take_snapshot(
    dataset: Dataset, base: Sequence[Example], classes: Sequence[str], claimed: Sequence[Correction], earlier: Snapshot | None,
) -> Snapshot:
    """Choose the images of a retrain.

    base: every image of `dataset`. classes: those that the model in use knows. claimed: the batch, one for each image.
    earlier: the snapshot of the retrain before, whose corrections are learned from again. Raises DataError if nothing is left to
    learn from, or no box to measure the old on.
    """
    sides = _sides(base, claimed, earlier)
    mended = {image.sha256: image for image in earlier.images if image.correction} if earlier else {}
    mended |= {c.image_sha256: _corrected(c, sides[c.image_sha256]) for c in claimed}
    mended = {sha256: image.model_copy(update={"role": sides[sha256]}) for sha256, image in mended.items()}
    old = [mended.get(e.sha256) or _of_base(e, "held_out_old") for e in base if sides.get(e.sha256) == "held_out_old"]
    held_out = {e.sha256 for e in base if e.split != "train"} | {m.sha256 for m in mended.values() if m.role == "held_out_new"}
    pool = [e for e in base if e.split == "train" and e.sha256 not in held_out and e.sha256 not in mended]
    salt = "".join(sorted(c.id for c in claimed))  # another part of the base data is replayed each time
    chosen = [_of_base(e, "replayed") for e in _replay(pool, salt)]
    corrected = [image for image in mended.values() if image.role == "corrected"]
    copies = max(1, min(MOST_COPIES, round(len(chosen) * CORRECTED_SHARE / max(1, len(corrected)))))
    old = sorted({image.sha256: image for image in old}.values(), key=lambda i: (i.correction is None, i.sha256))[:OLD_HELD_OUT]
    if not chosen and not corrected:
        raise DataError("No image is left to learn from: the base data set's training images are all held out.")
    if not any(image.boxes for image in old):
        raise DataError("The validation images of the base data set hold no box (any more), so nothing can be measured on them.")
    images = [*chosen, *(image.model_copy(update={"copies": copies}) for image in corrected), *old,
              *(image for image in mended.values() if image.role == "held_out_new")]
    fresh = {box.label for image in mended.values() for box in image.boxes} - set(classes)
    return Snapshot(dataset=dataset.id, dataset_sha256=dataset.sha256, classes=(*classes, *sorted(fresh)),
                    images=tuple(sorted(images, key=lambda image: (image.role, image.sha256))))


def _sides(base: Sequence[Example], claimed: Sequence[Correction], earlier: Snapshot | None) -> dict[str, Role]:
    """What each validation image of the base data and each corrected image is for.

    What it was before, if it was corrected before; else held out if it has the fifth, tenth, … hash of its batch. A batch of
    fewer holds out its last one.
    """
    validation, training = ({e.sha256 for e in base if e.split == split} for split in ("val", "train"))
    sides: dict[str, Role] = dict.fromkeys(validation, "held_out_old")
    for image in earlier.images if earlier else ():
        if image.correction:
            gone = image.role == "held_out_old" and image.sha256 not in validation  # the model has other base data by now
            sides[image.sha256] = "held_out_new" if gone else image.role
    unknown = sorted({c.image_sha256 for c in claimed} - set(sides))
    candidates = [sha256 for sha256 in unknown if sha256 not in training] or unknown
    held_out = set(candidates[EVERY - 1::EVERY] or candidates[-1:])
    return sides | {sha256: "held_out_new" if sha256 in held_out else "corrected" for sha256 in unknown}


def _replay(pool: Sequence[Example], salt: str) -> list[Example]:
    """Up to REPLAYED images by salted hash: first those that show a class too few others show, then the rest."""
    ranked = sorted({e.sha256: e for e in pool}.values(), key=lambda e: hashlib.sha256(f"{salt}{e.sha256}".encode()).digest())
    shown: Counter[str] = Counter()
    first: list[Example] = []
    rest: list[Example] = []
    for example in ranked:
        labels = {box.label for box in example.boxes}
        needed = any(shown[label] < LEAST_PER_CLASS for label in labels)
        (first if needed else rest).append(example)
        shown.update(labels if needed else ())
    return (first + rest)[:REPLAYED]


def _of_base(example: Example, role: Role) -> SnapshotImage:
    return SnapshotImage(sha256=example.sha256, width=example.width, height=example.height, role=role, copies=1, correction=None,
                         boxes=_labelled(example.boxes))


def _corrected(correction: Correction, role: Role) -> SnapshotImage:
    drawn = (clip(Box(b["label"], b["x1"], b["y1"], b["x2"], b["y2"]), correction.width, correction.height)
             for b in correction.boxes)
    return SnapshotImage(sha256=correction.image_sha256, width=correction.width, height=correction.height, role=role, copies=1,
                         correction=correction.id, boxes=_labelled([box for box in drawn if box]))


def _labelled(boxes: Sequence[Box]) -> tuple[LabelledBox, ...]:
    return tuple(LabelledBox(label=b.label, x1=b.x1, y1=b.y1, x2=b.x2, y2=b.y2) for b in boxes)
