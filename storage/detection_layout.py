"""What every layout of a detection data set is read into: images by their path in the ZIP, with boxes and a split."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from jobs.errors import DatasetUnusable, FieldError
from storage.labels import cleaned_label

Split = Literal["train", "val", "test"]
LayoutName = Literal["yolo", "coco", "voc"]
# label, x1, y1, x2, y2: pixels from the left and top edge, or fractions of width and height (see Annotated.fractions)
Box = tuple[str, float, float, float, float]

SPLIT_WORDS: dict[str, Split] = {"train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val",
                                 "test": "test", "testing": "test"}
EXAMPLES = 20
MAX_CLASSES = 2_000
MAX_BOXES_PER_IMAGE = 5_000
MAX_BOXES = 2_000_000


@dataclass(slots=True)
class Annotated:
    """An image of the ZIP with its boxes; `size` is the width and height that the annotation tells, if it does."""

    path: str
    split: Split | None
    boxes: list[Box]
    size: tuple[int, int] | None = None
    fractions: bool = False


@dataclass(slots=True)
class Layout:
    """A data set as its files tell it. `labels` in declared order; `counts` and `notes`: what was met on the way."""

    name: LayoutName
    labels: list[str]
    images: list[Annotated] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Faults:
    """What cannot be used, by file; the first ones are told, all are counted."""

    count: int = 0
    examples: list[FieldError] = field(default_factory=list)

    def add(self, path: str, message: str, line: int | None = None) -> None:
        """Note a fault of the file `path` in the ZIP."""
        self.count += 1
        if len(self.examples) < EXAMPLES:
            where = f"file.{path[:150]}" + (f".line {line}" if line else "")
            self.examples.append(FieldError(where, message[:300]))

    def raise_if_any(self) -> None:
        """Raises DatasetUnusable with the first twenty."""
        if self.count:
            first = self.examples[0]
            many = "1 entry" if self.count == 1 else f"{self.count:,} entries"
            raise DatasetUnusable(
                f"{many} of the annotations cannot be used, the first one in {first.field.removeprefix('file.')}: "
                f"{first.message}. Correct or remove them and upload again.", fields=tuple(self.examples))


def split_of_folders(path: str) -> Split | None:
    """The split that a folder of `path` is named after (`valid/images/1.jpg`, `images/train2017/1.jpg`), the last one wins."""
    for folder in reversed(PurePosixPath(path).parts[:-1]):
        named = re.fullmatch(r"([a-z]+)[-_]?\d*", folder.lower())
        if named and named[1] in SPLIT_WORDS:
            return SPLIT_WORDS[named[1]]
    return None


def split_of_name(path: str) -> Split | None:
    """The split that a file's own name tells (`instances_val2017.json`), or None."""
    words = re.findall(r"[a-z]+", PurePosixPath(path).stem.lower())
    return next((SPLIT_WORDS[word] for word in words if word in SPLIT_WORDS), None)


def require_label(text: object, path: str, faults: Faults) -> str | None:
    """The label that `text` is, or None with a fault noted."""
    try:
        return cleaned_label(str(text))
    except ValueError as e:
        faults.add(path, f"{e}, and {str(text)[:60]!r} is not one")
        return None


def require_bounded(layout: Layout) -> Layout:
    """The layout itself. Raises DatasetUnusable for absurd counts, and for one without a single box."""
    if len(layout.labels) > MAX_CLASSES:
        raise DatasetUnusable(f"The data set has {len(layout.labels):,} classes; {MAX_CLASSES:,} are the most.")
    most = max(layout.images, key=lambda image: len(image.boxes), default=None)
    if most and len(most.boxes) > MAX_BOXES_PER_IMAGE:
        raise DatasetUnusable(f"{most.path[:120]!r} has {len(most.boxes):,} boxes; an image has at most {MAX_BOXES_PER_IMAGE:,}.")
    total = sum(len(image.boxes) for image in layout.images)
    if total > MAX_BOXES:
        raise DatasetUnusable(f"The data set has {total:,} boxes; {MAX_BOXES:,} are the most. Send it in parts.")
    if not total:
        raise DatasetUnusable("No image of the ZIP has a box; check that the annotations belong to the images.")
    return layout
