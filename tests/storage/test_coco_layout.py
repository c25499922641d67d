"""COCO's layout, as people really pack it."""

from pathlib import Path
from typing import Any

import pytest

from jobs.errors import DatasetUnusable
from storage.coco_layout import coco_documents, read_coco
from storage.detection_archive import Archive
from storage.detection_layout import Layout
from tests.storage.pictures import Files, coco_document, write_zip


def read(folder: Path, files: Files) -> Layout:
    archive = Archive(write_zip(folder / "data.zip", files), 1 << 26)
    return read_coco(archive, coco_documents(archive))


def test_boxes_are_pixels_and_splits_come_from_the_names(tmp_path: Path):
    found = read(tmp_path, {"annotations/instances_train2017.json": coco_document(["1.jpg"]), "annotations/instances_val2017.json": coco_document(["1.jpg"]),
                            "train2017/1.jpg": b"", "val2017/1.jpg": b"", "val2017/9.jpg": b""})
    assert [(i.path, i.split, i.boxes, i.size) for i in found.images] == [
        ("train2017/1.jpg", "train", [("cat", 16, 12, 48, 36)], (64, 48)), ("val2017/1.jpg", "val", [("cat", 16, 12, 48, 36)], (64, 48))]
    assert found.labels == ["cat"]
    assert found.counts["unlisted_images"] == 1


def test_the_folder_of_the_json_tells_the_split_where_its_name_does_not(tmp_path: Path):
    found = read(tmp_path, {"valid/_annotations.coco.json": coco_document(["1.jpg"]), "valid/1.jpg": b"", "train/1.jpg": b""})
    assert [(i.path, i.split) for i in found.images] == [("valid/1.jpg", "val")]


def test_crowds_and_missing_images_are_counted_not_used(tmp_path: Path):
    crowd: dict[str, Any] = {"annotations": [{"id": 1, "image_id": 0, "category_id": 7, "bbox": [0, 0, 9, 9], "iscrowd": 1}]}
    found = read(tmp_path, {"a.json": coco_document(["1.jpg", "gone.jpg"], **crowd), "1.jpg": b""})
    assert (found.counts["crowd_boxes"], found.counts["missing_images"]) == (1, 1)
    assert found.images[0].boxes == []


def test_other_json_files_are_left_alone(tmp_path: Path):
    archive = Archive(write_zip(tmp_path / "data.zip", {"a.json": "[]", "b.json": "{", "c.json": "[" * 100_000, "d.json": '{"images": 1}', "1.jpg": b""}), 1 << 26)
    assert coco_documents(archive) == {}


@pytest.mark.parametrize(("changes", "words"), [
    ({"bbox": [1, 2, 3]}, "no bbox of four numbers"), ({"bbox": [1, 2, "3", 4]}, "no bbox"), ({"bbox": [1, 2, 1e300, 4]}, "no bbox"), ({"bbox": None}, "no bbox"),
    ({"categories": [{"id": 8, "name": "cat"}]}, "a category that the file does not name"), ({"categories": []}, "names no category"),
    ({"categories": [{"id": 7, "name": "a\nb"}, {"id": 8, "name": "b"}]}, "control characters"), ({"images": [3]}, r"images\[0\] has no id"),
    ({"annotations": [{"image_id": 99}]}, "belongs to no image"), ({"annotations": [[]]}, "belongs to no image")])
def test_entries_that_cannot_be_used_are_named(tmp_path: Path, changes: dict[str, Any], words: str):
    with pytest.raises(DatasetUnusable, match=words):
        read(tmp_path, {"a.json": coco_document(["1.jpg"], **changes), "1.jpg": b""})
