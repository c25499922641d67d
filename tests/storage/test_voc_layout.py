"""Pascal VOC's layout, as people really pack it."""

from pathlib import Path

import pytest

from jobs.errors import DatasetUnusable
from storage.detection_archive import Archive
from storage.detection_layout import Layout
from storage.voc_layout import read_voc, voc_files
from tests.storage.pictures import Files, voc_document, write_zip

CAT = [("cat", 1.0, 2.0, 30.5, 40.0)]


def read(folder: Path, files: Files) -> Layout:
    archive = Archive(write_zip(folder / "data.zip", files), 1 << 26)
    return read_voc(archive, voc_files(archive))


def test_its_own_lists_tell_the_splits(tmp_path: Path):
    files: dict[str, bytes | str] = {f"VOC/JPEGImages/{n}.jpg": b"" for n in "12345"}
    files |= {f"VOC/Annotations/{n}.xml": voc_document(f"{n}.jpg", CAT) for n in "1234"}
    lists = {"train": "1\n", "val": "2 1\n", "trainval": "1\n2\n3\n", "cat_train": "4 1\n"}
    found = read(tmp_path, files | {f"VOC/ImageSets/Main/{name}.txt": text for name, text in lists.items()})
    assert {i.path[-5:]: i.split for i in found.images} == {"1.jpg": "train", "2.jpg": "val", "3.jpg": "train"}
    assert found.images[0].boxes == CAT
    assert found.images[0].size == (64, 48)
    assert (found.counts["unlisted_images"], found.counts["unannotated_images"]) == (1, 1)


def test_xml_next_to_the_images_in_folders_of_splits_will_do(tmp_path: Path):
    found = read(tmp_path, {f"{split}/{n}.{end}": voc_document("whatever.jpg", CAT) if end == "xml" else b""
                            for split in ("train", "valid") for n in "12" for end in ("xml", "jpg")})
    assert [(i.path, i.split) for i in found.images] == [
        ("train/1.jpg", "train"), ("train/2.jpg", "train"), ("valid/1.jpg", "val"), ("valid/2.jpg", "val")]


def test_annotations_without_an_image_are_counted(tmp_path: Path):
    found = read(tmp_path, {"a/1.xml": voc_document("1.jpg", CAT), "a/1.jpg": b"", "a/2.xml": voc_document("2.jpg", CAT)})
    assert (len(found.images), found.counts["missing_images"]) == (1, 1)


@pytest.mark.parametrize("xml", [
    '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><annotation><object><name>&e;</name></object></annotation>',
    '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><annotation>&b;</annotation>', "<annotation>", "", "<html/>", "\x00"])
def test_entities_and_broken_xml_are_refused_by_name(tmp_path: Path, xml: str):
    with pytest.raises(DatasetUnusable, match="is not an annotation") as e:
        read(tmp_path, {"0.xml": voc_document("0.jpg", CAT), "0.jpg": b"", "9.xml": xml, "9.jpg": b""})
    assert e.value.fields[0].field == "file.9.xml"


@pytest.mark.parametrize(("things", "words"), [
    ([("", 1, 2, 3, 4)], "at least one character"), ([("cat", "x", 2, 3, 4)], "object 1 has no bndbox"), ([("cat", "nan", 2, 3, 4)], "no bndbox")])
def test_objects_that_are_no_boxes_are_named(tmp_path: Path, things: list, words: str):
    with pytest.raises(DatasetUnusable, match=words):
        read(tmp_path, {"1.xml": voc_document("1.jpg", things), "1.jpg": b""})


def test_a_zip_without_annotations_of_this_kind_is_not_ours(tmp_path: Path):
    assert voc_files(Archive(write_zip(tmp_path / "data.zip", {"1.xml": "<html/>", "1.jpg": b""}), 1 << 26)) == ()
