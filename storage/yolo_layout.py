"""Ultralytics' layout: `data.yaml` with names and splits, `images/…`, and a text of boxes for each image in `labels/…`."""

import math
from pathlib import PurePosixPath
from typing import Any

import yaml

from jobs.errors import DatasetUnusable
from storage.detection_archive import Archive
from storage.detection_layout import Annotated, Box, Faults, Layout, Split, require_label, split_of_folders

SPLITS: tuple[Split, ...] = ("train", "val", "test")
MAX_YAML_BYTES = 1 << 20
MAX_LABEL_BYTES = 4 << 20


def yolo_description(archive: Archive) -> str | None:
    """Path of the YAML that names the classes (`names`), the one nearest to the top, or None."""
    by_depth = sorted(archive.with_suffix(".yaml", ".yml"), key=lambda path: (path.count("/"), path))
    return next((path for path in by_depth[:5] if "names" in (_document(archive, path) or {})), None)


def plain_description(archive: Archive) -> str | None:
    """Path of a `classes.txt`, a class a line, which stands for the YAML where there is none; or None."""
    return next((path for path in archive.with_suffix(".txt") if PurePosixPath(path).name == "classes.txt"), None)


def read_yolo(archive: Archive, description: str) -> Layout:
    """The data set that `description` (see `yolo_description`, `plain_description`) describes.

    Raises DatasetUnusable naming files and lines.
    """
    faults = Faults()
    document = (_document(archive, description) or {}) if not description.endswith(".txt") else {}
    labels = _labels(archive, description, document, faults)
    faults.raise_if_any()
    layout, polygons = Layout("yolo", list(dict.fromkeys(labels))), 0
    splits = _Splits(archive, description, document)
    for path in archive.images:
        boxes, outlined = _boxes(archive, path, labels, faults, keypoints="kpt_shape" in document)
        polygons += outlined
        layout.images.append(Annotated(path, splits.of(path), boxes, fractions=True))
    faults.raise_if_any()
    if polygons:
        layout.notes.append(f"{polygons:,} outlines were replaced by the upright boxes around them.")
    return layout


def _document(archive: Archive, path: str) -> dict[str, Any] | None:
    try:
        # BaseLoader makes texts, lists and mappings only: no object of any kind, and a class called `no` stays that.
        found = yaml.load(archive.text(path, MAX_YAML_BYTES), Loader=yaml.BaseLoader)  # noqa: S506 # nosec B506
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _labels(archive: Archive, path: str, document: dict[str, Any], faults: Faults) -> list[str]:
    """The class names by index, cleaned."""
    if path.endswith(".txt"):
        names: list[Any] = [line for line in archive.text(path, MAX_YAML_BYTES).splitlines() if line.strip()]
    elif isinstance(document["names"], dict):
        numbered = {key.strip(): name for key, name in document["names"].items() if isinstance(key, str)}
        names = [numbered.get(str(n)) for n in range(len(document["names"]))]
    else:
        names = document["names"] if isinstance(document["names"], list) else []
    if not names or not all(isinstance(name, str) for name in names):
        raise DatasetUnusable(f"`names` in {path[:120]!r} has to be a list of class names, or a mapping from 0, 1, 2, … to them.")
    return [label for name in names if (label := require_label(name, path, faults)) is not None]


def _boxes(archive: Archive, path: str, labels: list[str], faults: Faults, *, keypoints: bool) -> tuple[list[Box], int]:
    """The boxes of an image (fractions), and how many of them were outlines. An image without a text has none."""
    file = next((place for place in _label_places(path) if archive.holds(place)), None)
    boxes, outlines = [], 0
    for number, line in enumerate(archive.text(file, MAX_LABEL_BYTES).splitlines() if file else (), start=1):
        words = line.split()
        if not words:
            continue
        try:
            index, *numbers = (float(word) for word in words)
            if not all(map(math.isfinite, (index, *numbers))) or len(numbers) < 4:
                raise ValueError(line)
        except ValueError:
            faults.add(str(file), f"{line[:60]!r} is not a class and the numbers of a box", number)
            continue
        if not index.is_integer() or not 0 <= index < len(labels):
            faults.add(str(file), f"there is no class {words[0][:20]}; there are {len(labels)}, counted from 0", number)
            continue
        outline = not keypoints and len(numbers) >= 6 and len(numbers) % 2 == 0
        outlines += outline
        boxes.append((labels[int(index)], *(_around(numbers) if outline else _corners(numbers))))
    return boxes, outlines


def _label_places(path: str) -> list[str]:
    """Where the text of an image may be: in `labels` where the image is in `images`, or next to it."""
    parts, beside = list(PurePosixPath(path).parts), str(PurePosixPath(path).with_suffix(".txt"))
    if "images" not in parts[:-1]:
        return [beside]
    last = len(parts) - 2 - parts[:-1][::-1].index("images")
    parts[last] = "labels"
    return [str(PurePosixPath(*parts).with_suffix(".txt")), beside]


def _corners(numbers: list[float]) -> tuple[float, float, float, float]:
    x, y, width, height = numbers[:4]
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _around(numbers: list[float]) -> tuple[float, float, float, float]:
    return min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])


class _Splits:
    """Which split an image is in: by the folders and lists that the YAML names, else by its own folders."""

    def __init__(self, archive: Archive, description: str, document: dict[str, Any]) -> None:
        top = PurePosixPath(description).parent
        self._folders: list[tuple[tuple[str, ...], Split]] = []
        self._listed: dict[str, Split] = {}
        for split in reversed(SPLITS):
            given = document.get(split) or []
            for entry in [given] if isinstance(given, str) else given if isinstance(given, list) else []:
                parts = _plain(entry)
                path = str(top.joinpath(*parts))
                if path.endswith(".txt") and archive.holds(path):
                    for line in archive.text(path).splitlines():
                        self._listed["/".join(_plain(line)[-2:])] = split
                elif parts:
                    self._folders.append((_plain(path), split))
        self._folders.sort(key=lambda entry: len(entry[0]))  # stable: of equals train comes last, and wins

    def of(self, path: str) -> Split | None:
        """The split of an image, or None."""
        parts = PurePosixPath(path).parts
        listed = self._listed.get("/".join(parts[-2:]))
        matching = [split for folder, split in self._folders if parts[:len(folder)] == folder]
        return listed or (matching[-1] if matching else split_of_folders(path))


def _plain(entry: object) -> tuple[str, ...]:
    """Parts of a path that somebody wrote, without `.` and `..`: it is compared with names, never opened."""
    return tuple(part for part in str(entry).strip().replace("\\", "/").split("/") if part not in {"", ".", ".."})
