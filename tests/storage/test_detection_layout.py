"""Splits by folders and names, faults, and bounds, whatever the layout."""

import pytest

from jobs.errors import DatasetUnusable
from storage.detection_layout import (
    Annotated,
    Box,
    Faults,
    Layout,
    require_bounded,
    require_label,
    split_of_folders,
    split_of_name,
)

BOX: Box = ("cat", 0.0, 0.0, 9.0, 9.0)


@pytest.mark.parametrize(("path", "split"), [
    ("train/1.jpg", "train"), ("images/val2017/1.jpg", "val"), ("Valid/images/1.jpg", "val"), ("test/train/1.jpg", "train"),
    ("my-train/1.jpg", None), ("images/1.jpg", None), ("train.jpg", None)])
def test_a_folder_named_after_a_split_says_so(path: str, split: str | None):
    assert split_of_folders(path) == split


@pytest.mark.parametrize(("path", "split"), [
    ("annotations/instances_val2017.json", "val"), ("train.json", "train"), ("x/test-dev.json", "test"), ("train/_annotations.coco.json", None)])
def test_the_name_of_a_file_may_tell_its_split(path: str, split: str | None):
    assert split_of_name(path) == split


def test_faults_are_counted_and_the_first_ones_named():
    faults = Faults()
    faults.raise_if_any()
    for n in range(30):
        faults.add("labels/1.txt", "is not a box", n + 1)
    with pytest.raises(DatasetUnusable, match="30 entries") as e:
        faults.raise_if_any()
    assert [f.field for f in e.value.fields[:2]] == ["file.labels/1.txt.line 1", "file.labels/1.txt.line 2"]
    assert len(e.value.fields) == 20


def test_a_label_that_cannot_be_is_a_fault_of_its_file():
    faults = Faults()
    assert require_label(" cat ", "a.xml", faults) == "cat"
    assert require_label("a\nb", "a.xml", faults) is None
    assert faults.examples[0].field == "file.a.xml"


@pytest.mark.parametrize(("layout", "words"), [
    (Layout("yolo", [str(n) for n in range(2001)], [Annotated("1.jpg", None, [BOX])]), "2,001 classes"),
    (Layout("yolo", ["cat"], [Annotated("1.jpg", None, [BOX] * 5001)]), "5,001 boxes"),
    (Layout("yolo", ["cat"], [Annotated(f"{n}.jpg", None, [BOX] * 5000) for n in range(401)]), "2,005,000 boxes"),
    (Layout("yolo", ["cat"], [Annotated("1.jpg", None, [])]), "No image of the ZIP has a box")])
def test_absurd_counts_are_refused_with_the_count(layout: Layout, words: str):
    with pytest.raises(DatasetUnusable, match=words):
        require_bounded(layout)
