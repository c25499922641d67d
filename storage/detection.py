"""A detection data set from its ZIP to canonical rows: one image each, upright, with clipped boxes and a frozen split.

Runs in the inspecting child. Writes `table.parquet`, the same rows as `records.jsonl`, and `images/{sha256}`.
"""

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl

from jobs.errors import DatasetUnusable, InputError, TooLarge
from storage import names
from storage.coco_layout import coco_documents, read_coco
from storage.detection_archive import Archive
from storage.detection_layout import Annotated, Box, Layout, Split, require_bounded
from storage.detection_profile import detection_profile
from storage.image_file import Picture, make_upright
from storage.voc_layout import read_voc, voc_files
from storage.yolo_layout import plain_description, read_yolo, yolo_description

MIN_SIDE_PX = 10  # smaller ones are refused by the training library
MIN_BOX_PX = 1.0
EVERY_NTH_HELD_OUT = 5
HELD_OUT_FIRST = {"val": 0, "test": 1, "train": 2, None: 3}
BOX = pl.Struct({"label": pl.String, "x1": pl.Float64, "y1": pl.Float64, "x2": pl.Float64, "y2": pl.Float64})
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "image_sha256": pl.String, "split": pl.String, "name": pl.String, "width": pl.Int64, "height": pl.Int64,
    "boxes": pl.List(BOX)}


@dataclass(slots=True)
class Row:
    """One image of the data set: `width` and `height` upright, boxes in its pixels, `name` unique and safe as a file's name."""

    image_sha256: str
    split: Split | None
    name: str
    width: int
    height: int
    boxes: list[Box]

    def document(self) -> dict[str, Any]:
        """As JSON and as a row of the table."""
        boxes = [dict(zip(("label", "x1", "y1", "x2", "y2"), box, strict=True)) for box in self.boxes]
        return {"image_sha256": self.image_sha256, "split": self.split, "name": self.name, "width": self.width,
                "height": self.height, "boxes": boxes}


def inspect_detection(source: Path, folder: Path, *, max_bytes: int, max_pixels: int) -> dict[str, Any]:
    """Read the ZIP at `source`, write table, records and images below `folder`, give the profile. Raises DatasetUnusable."""
    archive = Archive(source, max_bytes)
    layout = require_bounded(read_layout(archive))
    (folder / "images").mkdir()
    rows = _rows(archive, layout, folder, max_pixels)
    made = _split(rows)
    rows.sort(key=lambda row: row.image_sha256)
    documents = [row.document() for row in rows]
    pl.DataFrame(documents, schema=SCHEMA).write_parquet(folder / "table.parquet", compression="zstd", statistics=True)
    with (folder / "records.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n" for document in documents)
    return detection_profile(layout, documents, validation_made=made)


def read_layout(archive: Archive) -> Layout:
    """The data set as its files tell it, whichever layout they are in. Raises DatasetUnusable."""
    if not archive.images:
        raise DatasetUnusable("The ZIP holds no images (.jpg, .png, .webp, .bmp, .tif).")
    description = yolo_description(archive)
    if description is not None:
        return read_yolo(archive, description)
    documents = coco_documents(archive)
    if documents:
        return read_coco(archive, documents)
    files = voc_files(archive)
    if files:
        return read_voc(archive, files)
    description = plain_description(archive)
    if description is not None:
        return read_yolo(archive, description)
    raise DatasetUnusable("The ZIP is in no layout that is known: it needs a data.yaml with `names` (Ultralytics), a COCO JSON "
                          "with images, annotations and categories, or Pascal VOC's XML files.")


def _rows(archive: Archive, layout: Layout, folder: Path, max_pixels: int) -> list[Row]:
    rows: dict[str, Row] = {}
    taken: set[str] = set()
    # Of an image that comes twice the held-out one counts, so that nothing is both trained on and measured.
    for annotated in sorted(layout.images, key=lambda image: (HELD_OUT_FIRST[image.split], image.path)):
        picture = _picture(archive, annotated.path, folder, max_pixels, layout.counts)
        if picture is None:
            continue
        sha256 = _sha256(picture.path)
        if sha256 in rows:
            layout.counts["duplicates"] += 1
            continue
        picture.path.replace(folder / "images" / sha256)
        name = _unique_name(annotated.path, picture.suffix, sha256, taken)
        boxes = _pixel_boxes(annotated, picture, layout.counts)
        rows[sha256] = Row(sha256, annotated.split, name, picture.width, picture.height, boxes)
    if len(rows) < 2:
        raise DatasetUnusable(f"The ZIP holds {len(rows)} usable images; two are the least: one to train on, one to measure on.")
    if not any(row.boxes for row in rows.values()):
        raise DatasetUnusable("No box lies inside its image; check that the annotations belong to the images.")
    return list(rows.values())


def _picture(archive: Archive, path: str, folder: Path, max_pixels: int, counts: Counter[str]) -> Picture | None:
    """The image, upright; None (and counted) for one that cannot be read or is too small."""
    archive.extract(path, folder / "extracted")
    try:
        picture = make_upright(folder / "extracted", folder / "upright", max_pixels)
    except TooLarge as e:
        raise DatasetUnusable(f"{path[:120]!r} {e.message}.") from None
    except InputError:
        counts["unreadable_images"] += 1
        return None
    if min(picture.width, picture.height) < MIN_SIDE_PX:
        counts["tiny_images"] += 1
        return None
    return picture


def _pixel_boxes(image: Annotated, picture: Picture, counts: Counter[str]) -> list[Box]:
    """The boxes in pixels of the upright image, clipped to it; those of no size and repeated ones are dropped and counted."""
    width, height = picture.width, picture.height
    told_as_stored = not image.fractions and image.size == picture.stored != (width, height)
    if image.size and not told_as_stored and image.size != (width, height):
        counts["size_mismatches"] += 1
    kept: dict[Box, None] = {}
    scale = (width, height, width, height) if image.fractions else (1, 1, 1, 1)
    for label, *given in image.boxes:
        scaled = [c * factor for c, factor in zip(given, scale, strict=True)]
        corners = _turned(scaled, picture) if told_as_stored else scaled
        inside = [min(max(c, 0.0), float(side)) for c, side in zip(corners, (width, height, width, height), strict=True)]
        x1, y1, x2, y2 = (round(c, 3) for c in inside)
        if x2 - x1 < MIN_BOX_PX or y2 - y1 < MIN_BOX_PX:
            counts["degenerate_boxes"] += 1
            continue
        counts["clipped_boxes"] += max(abs(a - b) for a, b in zip(inside, corners, strict=True)) > 0.5
        box = (label, x1, y1, x2, y2)
        counts["repeated_boxes"] += box in kept
        kept[box] = None
    return list(kept)


def _turned(corners: list[float], picture: Picture) -> list[float]:
    """A box that was drawn on the image as it was stored on its side, on the upright one."""
    x1, y1, x2, y2 = corners
    width, height = picture.stored
    if picture.orientation in {6, 7}:
        y1, y2 = height - y2, height - y1
    if picture.orientation in {7, 8}:
        x1, x2 = width - x2, width - x1
    return [y1, x1, y2, x2]


def _split(rows: list[Row]) -> bool:
    """Put what is in no split into train; hold out every fifth by hash where nothing is held out. Whether that was done."""
    for row in rows:
        row.split = row.split or "train"
    training = sorted((row for row in rows if row.split == "train"), key=lambda row: row.image_sha256)
    made = not any(row.split == "val" for row in rows)
    if made:
        for row in training[::EVERY_NTH_HELD_OUT]:
            row.split = "val"
    if not any(row.split == "train" for row in rows):
        raise DatasetUnusable("No image is left to train on: all of them are in val or test.")
    if not any(row.split == "train" and row.boxes for row in rows):
        raise DatasetUnusable("No image of the training split has a box; add some, or name no splits, so that they are made.")
    return made


def _unique_name(path: str, suffix: str, sha256: str, taken: set[str]) -> str:
    """A safe name whose stem no other image of the data set has, whatever its case, since annotations are named after it."""
    stem = re.sub(r"^[.-]+", "", names.safe_name(PurePosixPath(path).stem)[:48]) or "unnamed"
    if stem.lower() in taken:
        stem = f"{stem}-{sha256[:12]}"
    taken.add(stem.lower())
    return f"{stem}.{suffix}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
