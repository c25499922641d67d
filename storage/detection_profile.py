"""What is in a detection data set, and what was done about it, in numbers and in sentences."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from storage.detection_layout import Layout

LAYOUTS = {"yolo": "Ultralytics' layout", "coco": "COCO's JSON", "voc": "Pascal VOC's XML"}
TREATED = {
    "degenerate_boxes": "boxes have no size or lie outside of their image and were dropped",
    "repeated_boxes": "boxes repeat another of the same image and were dropped",
    "crowd_boxes": "boxes mark a crowd, not a thing, and were dropped",
    "clipped_boxes": "boxes reach over the edge of their image and were cut there",
    "duplicates": "images repeat another one and count once (a held-out one before one to train on)",
    "unreadable_images": "images are damaged or of an unknown format and were left out",
    "tiny_images": "images have less than 10 pixels on a side and were left out",
    "missing_images": "annotated images are not in the ZIP",
    "unlisted_images": "images are in none of the lists and were left out",
    "unannotated_images": "images have no annotation and were left out",
    "repeated_annotations": "annotations belong to an image that has one already and were left out",
    "size_mismatches": "images are of another size than their annotation says; its pixels were taken as they are",
}


def detection_profile(layout: Layout, rows: Sequence[dict[str, Any]], *, validation_made: bool) -> dict[str, Any]:
    """The profile, ready for JSON. `classes` in the order that numbers them; `notes` says each finding in a sentence."""
    boxes, images = Counter[str](), Counter[str]()
    splits: dict[str, dict[str, int]] = {}
    for row in rows:
        split = splits.setdefault(row["split"], {"images": 0, "boxes": 0})
        split["images"] += 1
        split["boxes"] += len(row["boxes"])
        boxes.update(box["label"] for box in row["boxes"])
        images.update({box["label"] for box in row["boxes"]})
    counts = {name: layout.counts[name] for name in TREATED}
    dropped = counts["degenerate_boxes"] + counts["repeated_boxes"] + counts["crowd_boxes"]
    return {
        "rows": len(rows), "layout": layout.name, "images": len(rows), "boxes": sum(boxes.values()),
        "classes": [{"label": label, "boxes": boxes[label], "images": images[label]} for label in layout.labels],
        "splits": {name: splits[name] for name in ("train", "val", "test") if name in splits},
        "validation_made": validation_made, "images_without_boxes": sum(not row["boxes"] for row in rows),
        "dropped_boxes": dropped, **counts, "notes": _notes(layout, counts, validation_made=validation_made),
    }


def _notes(layout: Layout, counts: dict[str, int], *, validation_made: bool) -> list[str]:
    notes = [f"The data set was read as {LAYOUTS[layout.name]}."]
    if validation_made:
        notes.append("It names no validation split: every fifth image by its hash is held out, and stays so.")
    return notes + [f"{TREATED[name]}: {count:,}."[0].upper() + f"{TREATED[name]}: {count:,}."[1:]
                    for name, count in counts.items() if count] + layout.notes
