"""Ultralytics' layout, as people really pack it."""

from pathlib import Path

import pytest

from jobs.errors import DatasetUnusable
from storage.detection_archive import Archive
from storage.detection_layout import Layout
from storage.yolo_layout import plain_description, read_yolo, yolo_description
from tests.storage.pictures import Files, write_zip


def read(folder: Path, files: Files) -> Layout:
    archive = Archive(write_zip(folder / "data.zip", files), 1 << 26)
    description = yolo_description(archive) or plain_description(archive)
    assert description is not None
    return read_yolo(archive, description)


def splits(layout: Layout) -> dict[str, str | None]:
    return {image.path: image.split for image in layout.images}


def test_boxes_are_fractions_of_the_image_with_their_labels(tmp_path: Path):
    found = read(tmp_path, {"data.yaml": "names: {0: cat, 1: dog}", "images/1.jpg": b"", "images/2.jpg": b"",
                            "labels/1.txt": "1 0.5 0.5 0.2 0.4\n\n0 0.1 0.1 0.1 0.1\n"})
    assert found.labels == ["cat", "dog"]
    first, second = found.images
    assert first.fractions
    assert first.boxes[0] == ("dog", pytest.approx(0.4), pytest.approx(0.3), pytest.approx(0.6), pytest.approx(0.7))
    assert second.boxes == []


@pytest.mark.parametrize("yaml", ["train: images/train\nval: images/val", "train: ../images/train\nval: ../images/val", "train: [./images/train]\nval: /data/x",
                                  "path: ../datasets/coco8\ntrain: images/train\nval: images/val", ""])
def test_folders_of_splits_are_found_whatever_the_paths_say(tmp_path: Path, yaml: str):
    found = read(tmp_path, {"top/data.yaml": f"{yaml}\nnames: [cat]", "top/images/train/1.jpg": b"", "top/images/val/2.jpg": b""})
    assert splits(found) == {"top/images/train/1.jpg": "train", "top/images/val/2.jpg": "val"}


def test_lists_of_images_tell_the_splits_too(tmp_path: Path):
    found = read(tmp_path, {"data.yaml": "train: train.txt\nval: lists/val.txt\nnames: [cat]", "train.txt": "./images/1.jpg\n",
                            "lists/val.txt": "/home/me/x/images/2.jpg\n", "images/1.jpg": b"", "images/2.jpg": b"", "images/3.jpg": b""})
    assert splits(found) == {"images/1.jpg": "train", "images/2.jpg": "val", "images/3.jpg": None}


def test_the_same_folder_for_both_splits_counts_as_training(tmp_path: Path):
    found = read(tmp_path, {"data.yaml": "train: images\nval: images\nnames: [cat]", "images/1.jpg": b""})
    assert splits(found) == {"images/1.jpg": "train"}


def test_outlines_become_the_boxes_around_them(tmp_path: Path):
    found = read(tmp_path, {"data.yaml": "names: [cat]", "images/1.jpg": b"", "labels/1.txt": "0 0.1 0.2 0.5 0.9 0.3 0.1\n"})
    assert found.images[0].boxes == [("cat", 0.1, 0.1, 0.5, 0.9)]
    assert "1 outlines" in found.notes[0]


def test_texts_next_to_the_images_and_classes_txt_are_enough(tmp_path: Path):
    found = read(tmp_path, {"classes.txt": "cat\ndog\n", "train/1.jpg": b"", "train/1.txt": "1 0.5 0.5 1 1"})
    assert found.images[0].boxes == [("dog", 0.0, 0.0, 1.0, 1.0)]


def test_hostile_class_names_are_text_and_nothing_else(tmp_path: Path):
    yaml = "names: ['../../x', 'a: b', no, 1, !!python/object/apply:os.system [touch /tmp/x]]"
    with pytest.raises(DatasetUnusable, match="has to be a list of class names"):
        read(tmp_path, {"data.yaml": yaml, "images/1.jpg": b""})
    found = read(tmp_path, {"data.yaml": yaml.replace(", !!python/object/apply:os.system [touch /tmp/x]", ", !!python/name:os.system x"), "images/1.jpg": b""})
    assert found.labels[:4] == ["../../x", "a: b", "no", "1"]


def test_a_yaml_that_refers_to_itself_or_goes_deep_ends_quickly(tmp_path: Path):
    for bomb in ("a: &a [x]\nnames: &b [*a, *a, *b]", "names: " + "[" * 3000):
        with pytest.raises((DatasetUnusable, AssertionError)):
            read(tmp_path, {"data.yaml": bomb, "images/1.jpg": b""})


@pytest.mark.parametrize(("line", "words"), [
    ("2 0.5 0.5 0.1 0.1", "there is no class 2"), ("-1 0.5 0.5 0.1 0.1", "no class -1"), ("0.5 0.5 0.5 0.1 0.1", "no class 0.5"),
    ("0 0.5 0.5 0.1", "not a class and the numbers"), ("cat 0.5 0.5 0.1 0.1", "not a class"), ("0 nan 0.5 0.1 0.1", "not a class"), ("0 inf 0 1 1", "not a class")])
def test_lines_that_are_no_boxes_are_named_by_file_and_line(tmp_path: Path, line: str, words: str):
    with pytest.raises(DatasetUnusable, match=words) as e:
        read(tmp_path, {"data.yaml": "names: [cat, dog]", "images/1.jpg": b"", "labels/1.txt": f"0 0.5 0.5 0.1 0.1\n{line}\n"})
    assert e.value.fields[0].field == "file.labels/1.txt.line 2"
