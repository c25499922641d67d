"""COCO's layout: a JSON with `images`, `annotations` and `categories` for each split, and the images somewhere beside it."""

import json
import math
from collections import defaultdict
from pathlib import PurePosixPath
from typing import Any

from jobs.errors import DatasetUnusable
from storage.detection_archive import Archive
from storage.detection_layout import Annotated, Box, Faults, Layout, Split, require_label, split_of_folders, split_of_name

LISTS = ("images", "annotations", "categories")
MAX_FILES = 20


def coco_documents(archive: Archive) -> dict[str, dict[str, Any]]:
    """The JSON files of the ZIP that are COCO's, by path; captions and keypoints without categories are not."""
    found = {path: _document(archive, path) for path in archive.with_suffix(".json")[:MAX_FILES]}
    return {path: document for path, document in found.items() if document is not None}


def read_coco(archive: Archive, documents: dict[str, dict[str, Any]]) -> Layout:
    """The data set that the `documents` (see `coco_documents`) describe. Raises DatasetUnusable naming files."""
    faults, layout = Faults(), Layout("coco", [])
    by_name: dict[str, list[str]] = defaultdict(list)
    for path in archive.images:
        by_name[PurePosixPath(path).name].append(path)
    seen: dict[str, Annotated] = {}
    for path, document in documents.items():
        for image in _read_one(path, document, by_name, layout, faults):
            if image.path in seen:
                seen[image.path].boxes += image.boxes
            else:
                seen[image.path] = image
    faults.raise_if_any()
    layout.images = list(seen.values())
    layout.counts["unlisted_images"] = len(archive.images) - len(layout.images)
    return layout


def _read_one(path: str, document: dict[str, Any], by_name: dict[str, list[str]], layout: Layout,
              faults: Faults) -> list[Annotated]:
    labels = _labels(path, document["categories"], faults)
    layout.labels += [label for label in labels.values() if label not in layout.labels]
    split = split_of_name(path) or split_of_folders(path)
    images: dict[Any, Annotated] = {}
    known = set()
    for number, entry in enumerate(document["images"]):
        if not _has(entry, "file_name"):
            faults.add(path, f"images[{number}] has no id or no file_name")
            continue
        known.add(entry["id"])
        found = _found(path, entry["file_name"], split, by_name)
        if found is None:
            layout.counts["missing_images"] += 1
            continue
        images[entry["id"]] = Annotated(found, split or split_of_folders(found), [], _size(entry))
    for number, entry in enumerate(document["annotations"]):
        if not isinstance(entry, dict) or not isinstance(entry.get("image_id"), int | str) or entry["image_id"] not in known:
            faults.add(path, f"annotations[{number}] belongs to no image")
            continue
        if entry.get("iscrowd") == 1:
            layout.counts["crowd_boxes"] += 1
            continue
        box = _box(entry, labels)
        if isinstance(box, str):
            faults.add(path, f"annotations[{number}] {box}")
        elif entry["image_id"] in images:
            images[entry["image_id"]].boxes.append(box)
    return list(images.values())


def _document(archive: Archive, path: str) -> dict[str, Any] | None:
    try:
        found = json.loads(archive.read(path))
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not all(isinstance(found.get(name), list) for name in LISTS):
        return None
    return found


def _labels(path: str, categories: list[Any], faults: Faults) -> dict[Any, str]:
    labels: dict[Any, str] = {}
    for number, entry in enumerate(categories):
        if not _has(entry, "name"):
            faults.add(path, f"categories[{number}] has no id or no name")
        elif (label := require_label(entry["name"], path, faults)) is not None:
            labels[entry["id"]] = label
    if not labels:
        raise DatasetUnusable(f"{path[:120]!r} names no category.", fields=tuple(faults.examples))
    return labels


def _has(entry: object, text: str) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("id"), int | str) and isinstance(entry.get(text), str)


def _found(path: str, name: str, split: Split | None, by_name: dict[str, list[str]]) -> str | None:
    """The image in the ZIP that `name` means: the one whose path ends most like it, then that of the same split."""
    wanted = [part for part in name.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
    if not wanted:
        return None
    folder = PurePosixPath(path).parts[:-1]

    def likeness(candidate: str) -> tuple[int, bool, bool]:
        parts, same = PurePosixPath(candidate).parts, 0
        while same < min(len(parts), len(wanted)) and parts[-1 - same] == wanted[-1 - same]:
            same += 1
        return same, split is not None and split_of_folders(candidate) == split, parts[:len(folder)] == folder

    return max(by_name.get(wanted[-1], []), key=likeness, default=None)


def _size(entry: dict[str, Any]) -> tuple[int, int] | None:
    width, height = entry.get("width"), entry.get("height")
    return (width, height) if isinstance(width, int) and isinstance(height, int) and min(width, height) > 0 else None


def _box(entry: dict[str, Any], labels: dict[Any, str]) -> Box | str:
    """The box in pixels, or what is wrong with it."""
    label = labels.get(entry.get("category_id")) if isinstance(entry.get("category_id"), int | str) else None
    if label is None:
        return "is of a category that the file does not name"
    numbers = entry.get("bbox")
    if not isinstance(numbers, list) or len(numbers) != 4 or not all(_is_number(n) for n in numbers):
        return "has no bbox of four numbers"
    x, y, width, height = (float(n) for n in numbers)
    return label, x, y, x + width, y + height


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) < 1e9 and math.isfinite(value)
