"""From a detection data set to the folder that Ultralytics trains on.

    images/{split}/{number}.jpg   copies: Ultralytics mends some JPEGs in place, and stored originals must not change
    labels/{split}/{number}.txt   a line a box: class number, centre x, centre y, width, height, as fractions
    data.yaml                     where they are, and what the classes are called on plots

Every name is a number or a split's. What people called their files and classes is data and goes nowhere near a path.
"""

import re
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import yaml

from jobs.context import Dataset
from jobs.errors import DataError, FieldError, InputError
from jobs.vision.boxes import Box, clip, normalised

SPLITS = ("train", "val", "test")
PLOT_NAME_CHARS = 32
MAX_CLASSES = 10_000


@dataclass(frozen=True, slots=True)
class Example:
    """An image and its boxes. `width` and `height` in pixels, of the upright image; `split`: train, val or test."""

    sha256: str
    split: str
    width: int
    height: int
    boxes: tuple[Box, ...]


def read_examples(dataset: Dataset) -> list[Example]:
    """Every image of a detection data set, in the order of the table; boxes clipped to their image, degenerate ones left out.

    Raises InputError if the data set is of another type.
    """
    if dataset.type != "detection":
        message = f"The data set {dataset.id} is of type `{dataset.type}`; one of type `detection` is needed."
        raise InputError(message, fields=(FieldError("params.dataset", message),))
    rows = pl.read_parquet(dataset.path, columns=["image_sha256", "split", "width", "height", "boxes"]).iter_rows(named=True)
    return [Example(row["image_sha256"], row["split"], row["width"], row["height"], _boxes(row)) for row in rows]


def _boxes(row: dict[str, object]) -> tuple[Box, ...]:
    given = row["boxes"] or []
    assert isinstance(given, list)
    width, height = int(str(row["width"])), int(str(row["height"]))
    clipped = (clip(Box(b["label"], b["x1"], b["y1"], b["x2"], b["y2"]), width, height) for b in given)
    return tuple(box for box in clipped if box)


def classes_of(dataset: Dataset, examples: Sequence[Example]) -> tuple[str, ...]:
    """The classes in the order that numbers them: the profile's where it names them all, else sorted.

    Raises DataError if there are none, or far too many.
    """
    used = {box.label for example in examples for box in example.boxes}
    listed = tuple(entry["label"] for entry in dataset.profile.get("classes") or ())
    classes = listed if used <= set(listed) else tuple(sorted(used))
    if not used or len(classes) > MAX_CLASSES:
        raise _unusable(f"The data set has {len(classes) if used else 'no'} classes; 1 to {MAX_CLASSES} can be learned.")
    return classes


def check_splits(examples: Sequence[Example]) -> dict[str, int]:
    """Images by split. Raises DataError if there is nothing to train on, or nothing to measure on."""
    counts = Counter(example.split for example in examples)
    for split, purpose in (("train", "learn from"), ("val", "measure on")):
        if not any(e.boxes for e in examples if e.split == split):
            raise _unusable(f"The split `{split}` has no boxes to {purpose}.")
    return {split: counts[split] for split in SPLITS if counts[split]}


def _unusable(message: str) -> DataError:
    return DataError(message, fields=(FieldError("params.dataset", message),))


def write_folder(
    folder: Path, examples: Sequence[Example], classes: Sequence[str], image: Callable[[str], Path],
    each: Callable[[int], None] = lambda _: None,
) -> Path:
    """Write the examples as an Ultralytics data set into `folder`; gives the path of its data.yaml.

    An example that stands there twice becomes two images (oversampling). image: sha256 → the stored file, with its format's
    suffix. each: called with the number of images written so far. Raises KeyError for a label that is none of `classes`, and what
    `image` raises.
    """
    numbers = {label: number for number, label in enumerate(classes)}
    for split in {example.split for example in examples}:
        (folder / "images" / split).mkdir(parents=True, exist_ok=True)
        (folder / "labels" / split).mkdir(parents=True, exist_ok=True)
    for n, example in enumerate(examples):
        source = image(example.sha256)
        shutil.copyfile(source, folder / "images" / example.split / f"{n:06d}{source.suffix}")
        lines = (_label(numbers[box.label], box, example) for box in example.boxes)
        (folder / "labels" / example.split / f"{n:06d}.txt").write_text("".join(lines), encoding="ascii")
        each(n + 1)
    found = {split: f"images/{split}" for split in SPLITS if (folder / "images" / split).is_dir()}
    described = {"path": str(folder.resolve()), "train": "images/val", "val": "images/val", **found,
                 "names": dict(enumerate(plot_names(classes)))}
    target = folder / "data.yaml"
    target.write_text(yaml.safe_dump(described, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return target


def _label(number: int, box: Box, example: Example) -> str:
    return f"{number} " + " ".join(f"{v:.8f}" for v in normalised(box, example.width, example.height)) + "\n"


def plot_names(classes: Sequence[str]) -> list[str]:
    """What the classes are called on plots and inside the weights: letters, digits and few signs, each name once.

    The plotting library reads `$…$` as formulas and fails on bad ones, so foreign text stays out; the model's card has the truth.
    """
    names: list[str] = []
    for number, label in enumerate(classes):
        name = re.sub(r"[^\w .+-]+", "_", label)[:PLOT_NAME_CHARS].strip(" .") or f"class {number}"
        names.append(name if name not in names else f"{name} ({number})")
    return names
