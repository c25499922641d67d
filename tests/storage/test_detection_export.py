"""Detection data sets out again: read back by our own reader, and by others'."""

import io
import json
import tempfile
import zipfile
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.detection import inspect_detection
from storage.detection_export import EXPORT_FORMATS, ExportFormat, LabeledBox, LabeledImage, export_zip, read_records
from storage.labels import cleaned_label
from tests.storage.pictures import picture

LABELS = ("cat", "../../x", "a: b", "<b>&amp;", "no", '"', "ñandú 🐦", "#\\")
PICTURES = {f"{n:064x}": picture(n) for n in range(6)}
IMAGES = tuple(
    LabeledImage(sha256, "val" if n == 3 else "train", f"image-{n}.jpg", 64, 48,
                 tuple(LabeledBox(label, 1.5 + k, 2.25, 30.125 + k, 40.0) for k, label in enumerate(LABELS)) if n else ())
    for n, sha256 in enumerate(PICTURES))


def exported(format_: ExportFormat, labels: tuple[str, ...] = LABELS, images: tuple[LabeledImage, ...] = IMAGES) -> bytes:
    return b"".join(export_zip(format_, labels, lambda: images, lambda sha256: [PICTURES[sha256][:100], PICTURES[sha256][100:]]))


@pytest.mark.parametrize("format_", EXPORT_FORMATS)
def test_what_is_exported_is_read_back_the_same(tmp_path: Path, format_: ExportFormat):
    # Given images with boxes of hostile labels, exported
    (tmp_path / "data.zip").write_bytes(exported(format_))
    # When the ZIP is uploaded again
    profile = inspect_detection(tmp_path / "data.zip", tmp_path, max_bytes=1 << 26, max_pixels=10**6)
    # Then names, splits, labels and boxes are what they were
    assert profile["layout"] == format_
    back = {image.name: image for image in read_records(tmp_path / "records.jsonl")}
    assert set(back) == {image.name for image in IMAGES}
    for image in IMAGES:
        assert back[image.name].split == image.split
        assert [asdict(box) for box in back[image.name].boxes] == [pytest.approx(asdict(box), abs=1e-3) for box in image.boxes]
    assert {c["label"] for c in profile["classes"]} == set(LABELS)
    assert format_ == "voc" or [c["label"] for c in profile["classes"]] == list(LABELS)


@pytest.mark.parametrize("format_", EXPORT_FORMATS)
def test_the_same_data_give_the_same_bytes_in_small_pieces(format_: ExportFormat):
    pieces = list(export_zip(format_, LABELS, lambda: IMAGES * 1, lambda sha256: [bytes(1 << 17)] * 8))
    assert max(map(len, pieces)) < 1 << 19
    assert b"".join(pieces) == b"".join(export_zip(format_, LABELS, lambda: IMAGES, lambda sha256: [bytes(1 << 17)] * 8))


def test_no_name_in_the_zip_comes_from_a_label():
    for format_ in EXPORT_FORMATS:
        with zipfile.ZipFile(io.BytesIO(exported(format_))) as archive:
            assert archive.testzip() is None
            assert not [name for name in archive.namelist() if ".." in name or name.startswith("/")]


def test_coco_counts_and_numbers_hold_together():
    with zipfile.ZipFile(io.BytesIO(exported("coco"))) as archive:
        document = json.loads(archive.read("annotations/instances_train.json"))
        assert {f"train/{image['file_name']}" for image in document["images"]} == {n for n in archive.namelist() if n.startswith("train/")}
    assert [c["name"] for c in document["categories"]] == list(LABELS)
    assert len({a["id"] for a in document["annotations"]}) == len(document["annotations"]) == 4 * len(LABELS)
    assert {a["image_id"] for a in document["annotations"]} < {image["id"] for image in document["images"]}
    assert document["annotations"][0]["bbox"] == [1.5, 2.25, 28.625, 37.75]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=5, unique=True))
def test_any_label_survives_the_yaml_of_ultralytics(texts: list[str]):
    labels = []
    for text in texts:
        try:
            labels.append(cleaned_label(text))
        except ValueError:
            labels.append("plain")
    content = exported("yolo", tuple(labels), (LabeledImage(next(iter(PICTURES)), "train", "a.jpg", 64, 48, ()),))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        document = yaml.safe_load(archive.read("data.yaml"))
    assert document["names"] == dict(enumerate(labels))
    assert set(document) == {"path", "train", "names"}


def test_records_are_read_line_by_line_as_they_were_written():
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "records.jsonl"
        image = LabeledImage("a" * 64, "train", "a.jpg", 5, 6, (LabeledBox("line\u2028break\x85", 0, 0, 1, 1),))
        path.write_text(json.dumps(asdict(image), ensure_ascii=False) + "\n", encoding="utf-8")
        assert list(read_records(path)) == [image]
