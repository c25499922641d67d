"""A detection data set from ZIP to table: boxes, splits, names, and whatever people put into a ZIP."""

import hashlib
import json
import random
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.errors import DatasetUnusable
from storage.detection import inspect_detection
from storage.names import NAME
from tests.storage.pictures import Files, coco_document, picture, voc_document, write_zip, yolo_files

LAYOUTS = ("yolo", "coco", "voc")


def inspected(folder: Path, source: Files | Path, max_pixels: int = 40_000_000) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The profile, and the rows in the order of their names."""
    path = source if isinstance(source, Path) else write_zip(folder / "data.zip", source)
    with tempfile.TemporaryDirectory(dir=folder) as made:
        out = Path(made)
        profile = inspect_detection(path, out, max_bytes=1 << 28, max_pixels=max_pixels)
        json.dumps(profile, allow_nan=False)
        rows = pl.read_parquet(out / "table.parquet").to_dicts()
        assert rows == [json.loads(line) for line in (out / "records.jsonl").read_text(encoding="utf-8").splitlines()]
        for row in rows:
            assert hashlib.sha256((out / "images" / row["image_sha256"]).read_bytes()).hexdigest() == row["image_sha256"]
        assert len(rows) == len(list((out / "images").iterdir()))
    return profile, sorted(rows, key=lambda row: row["name"])


def files_of(layout: str, images: int = 10) -> dict[str, bytes | str]:
    """The same boxes in each layout."""
    pictures: dict[str, bytes | str] = {f"images/{n}.jpg": picture(n) for n in range(images)}
    if layout == "yolo":
        return pictures | {"data.yaml": "names: [cat]"} | {f"labels/{n}.txt": "0 0.5 0.5 0.5 0.5" for n in range(images)}
    if layout == "coco":
        return pictures | {"a.json": coco_document([f"{n}.jpg" for n in range(images)])}
    return pictures | {f"Annotations/{n}.xml": voc_document(f"{n}.jpg", [("cat", 16, 12, 48, 36)]) for n in range(images)}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_of_the_same_boxes_gives_the_same_rows(tmp_path: Path, layout: str):
    profile, rows = inspected(tmp_path, files_of(layout))
    assert profile["layout"] == layout
    assert [row["name"] for row in rows] == [f"{n}.jpg" for n in range(10)]
    assert all(row["boxes"] == [{"label": "cat", "x1": 16.0, "y1": 12.0, "x2": 48.0, "y2": 36.0}] for row in rows)
    assert profile["classes"] == [{"label": "cat", "boxes": 10, "images": 10}]
    assert (profile["rows"], profile["images"], profile["boxes"], profile["dropped_boxes"]) == (10, 10, 10, 0)
    assert profile["splits"] == {"train": {"images": 8, "boxes": 8}, "val": {"images": 2, "boxes": 2}}


def test_blood_cells_come_through_as_they_are_with_their_own_lists(tmp_path: Path, shared_data: Path):
    profile, rows = inspected(tmp_path, shared_data / "bccd-voc.zip")
    assert profile["splits"] == {"train": {"images": 205, "boxes": 2804}, "val": {"images": 87, "boxes": 1137}}
    assert [c["label"] for c in profile["classes"]] == ["Platelets", "RBC", "WBC"]
    assert (profile["layout"], profile["validation_made"], profile["degenerate_boxes"]) == ("voc", False, 2)
    first = next(row for row in rows if row["name"] == "BloodImage_00001.jpg")
    assert (first["split"], first["width"], first["height"]) == ("train", 640, 480)
    assert first["boxes"][0] == {"label": "WBC", "x1": 68.0, "y1": 315.0, "x2": 286.0, "y2": 480.0}


def test_a_validation_split_is_made_by_hash_whatever_the_names_are(tmp_path: Path):
    # Given the same images under names of another order
    files, renamed = files_of("yolo", 15), {"data.yaml": "names: [cat]"}
    for n in range(15):
        renamed |= {f"images/{99 - n}.jpg": files[f"images/{n}.jpg"], f"labels/{99 - n}.txt": files[f"labels/{n}.txt"]}
    # When both are inspected
    (profile, rows), (_, others) = inspected(tmp_path, files), inspected(tmp_path, renamed)
    # Then every fifth by hash is held out, the same ones
    by_hash = sorted(rows, key=lambda row: row["image_sha256"])
    assert [row["split"] for row in by_hash] == ["val", "train", "train", "train", "train"] * 3
    assert profile["validation_made"]
    assert {r["image_sha256"]: r["split"] for r in rows} == {r["image_sha256"]: r["split"] for r in others}


def test_an_image_in_two_splits_is_held_out_and_never_trained_on(tmp_path: Path):
    files = {"data.yaml": "names: [cat]"}
    for split, seeds in {"train": (1, 2, 3), "val": (3, 4)}.items():
        for seed in seeds:
            files |= {f"images/{split}/{seed}.jpg": picture(seed), f"labels/{split}/{seed}.txt": "0 0.5 0.5 0.5 0.5"}
    profile, rows = inspected(tmp_path, files)
    assert [(row["name"], row["split"]) for row in rows] == [("1.jpg", "train"), ("2.jpg", "train"), ("3.jpg", "val"), ("4.jpg", "val")]
    assert profile["duplicates"] == 1


def test_boxes_are_clipped_and_those_of_no_size_dropped_and_counted(tmp_path: Path):
    objects = [("cat", -20, -5, 30, 20), ("cat", 10, 10, 10, 30), ("cat", 30, 30, 20, 20), ("cat", 70, 0, 90, 20), ("cat", 1, 1, 9, 9), ("cat", 1, 1, 9, 9)]
    profile, rows = inspected(tmp_path, {"1.jpg": picture(1), "1.xml": voc_document("1.jpg", objects), "2.jpg": picture(2), "2.xml": voc_document("2.jpg", objects)})
    assert [tuple(box.values()) for box in rows[0]["boxes"]] == [("cat", 0, 0, 30, 20), ("cat", 1, 1, 9, 9)]
    counts = {name: profile[name] for name in ("degenerate_boxes", "repeated_boxes", "clipped_boxes", "dropped_boxes")}
    assert counts == {"degenerate_boxes": 6, "repeated_boxes": 2, "clipped_boxes": 2, "dropped_boxes": 8}
    assert any("no size" in note for note in profile["notes"])


@pytest.mark.parametrize(("orientation", "box"), [
    (5, (2, 1, 20, 11)), (6, (28, 1, 46, 11)), (7, (28, 53, 46, 63)), (8, (2, 53, 20, 63))])
def test_boxes_drawn_on_a_lying_image_turn_with_it(tmp_path: Path, orientation: int, box: tuple[int, ...]):
    # Given images that lie on their side, annotated as they lie
    objects = [("cat", 1, 2, 11, 20)]
    files: dict[str, bytes | str] = {}
    for n in (1, 2):
        files |= {f"{n}.jpg": picture(n, orientation=orientation), f"{n}.xml": voc_document(f"{n}.jpg", objects, (64, 48))}
    # Then the boxes stand where the things are when it is upright
    _, rows = inspected(tmp_path, files)
    assert (rows[0]["width"], rows[0]["height"]) == (48, 64)
    assert tuple(rows[0]["boxes"][0].values()) == ("cat", *box)
    # And stay where they are if they were drawn on it upright
    files |= {f"{n}.xml": voc_document(f"{n}.jpg", objects, (48, 64)) for n in (1, 2)}
    assert tuple(inspected(tmp_path, files)[1][0]["boxes"][0].values()) == ("cat", 1, 2, 11, 20)


def test_names_are_safe_and_unique_whatever_the_zip_calls_them(tmp_path: Path):
    names = ["a/ñandú #1.jpg", "a/X.jpg", "b/x.png", "c/-rf.jpg", "d/.JPG.jpg", "e/" + "l" * 200 + ".jpg", "f/CON$(x).jpg"]
    files = {"data.yaml": "names: [cat]"} | {name: picture(n) for n, name in enumerate(names)}
    files |= {name[:-4] + ".txt": "0 .5 .5 .5 .5" for name in names if "/." not in name}
    _, rows = inspected(tmp_path, files)
    stems = [row["name"].rpartition(".")[0].lower() for row in rows]
    assert all(NAME.fullmatch(row["name"]) and row["name"][0] not in ".-" for row in rows)
    assert len(set(stems)) == len(rows) == 6


def test_images_that_cannot_be_used_are_left_out_and_counted(tmp_path: Path):
    profile, _ = inspected(tmp_path, files_of("yolo") | {"images/junk.jpg": b"junk", "images/tiny.png": picture(size=(8, 30), format_="PNG")})
    assert (profile["images"], profile["unreadable_images"], profile["tiny_images"]) == (10, 1, 1)


def test_hostile_class_names_reach_the_table_as_they_are(tmp_path: Path):
    labels = ["../../x", "a: b", "<b>&", "no", "- {a: &b"]
    files = files_of("yolo") | {"data.yaml": "names: " + json.dumps(labels), "labels/1.txt": "".join(f"{n} .5 .5 .{n + 1} .5\n" for n in range(5))}
    profile, rows = inspected(tmp_path, files)
    assert [c["label"] for c in profile["classes"]] == labels
    assert [box["label"] for box in rows[1]["boxes"]] == labels


def test_a_list_of_classes_does_not_hide_another_layout(tmp_path: Path):
    profile, _ = inspected(tmp_path, files_of("voc") | {"classes.txt": "cat\n"})
    assert profile["layout"] == "voc"


@pytest.mark.parametrize(("files", "words"), [
    ({"readme.txt": "x"}, "holds no images"), ({"1.jpg": picture()}, "no layout that is known"),
    ({"data.yaml": "names: [cat]", "1.jpg": picture()}, "No image of the ZIP has a box"),
    ({"data.yaml": "names: [cat]", "1.jpg": picture(), "1.txt": "0 .5 .5 .5 .5"}, "1 usable images"),
    ({"data.yaml": "names: [cat]", "1.jpg": picture(1), "2.jpg": picture(2), "1.txt": "0 100 100 20 20"}, "No box lies inside"),
    ({"data.yaml": "names: [cat]", "val/1.jpg": picture(1), "val/2.jpg": picture(2), "val/1.txt": "0 .5 .5 .5 .5"}, "left to train on")])
def test_a_zip_that_nothing_can_be_trained_on_is_refused(tmp_path: Path, files: Files, words: str):
    with pytest.raises(DatasetUnusable, match=words):
        inspected(tmp_path, files)


def test_an_image_with_too_many_pixels_refuses_the_whole_zip(tmp_path: Path):
    with pytest.raises(DatasetUnusable, match=r"'images/0.jpg' has 64 x 48 pixels"):
        inspected(tmp_path, files_of("yolo"), max_pixels=1000)


WORDS = st.sampled_from(["0", "1", "7", "-1", "0.5", "0.25", "1e9", "nan", "cat", "", "0.5 0.5 0.5", "\x00", "ñ"])
LINES = st.lists(st.lists(WORDS, max_size=7).map(" ".join), max_size=4).map("\n".join)
SEED = yolo_files(3)


@settings(max_examples=40, deadline=None)
@given(yaml=st.one_of(st.just("names: [cat, dog]"), st.text(max_size=40).map("names: ".__add__)), lines=LINES, cut=st.integers(0, 400),
       chance=st.randoms(use_true_random=False), hits=st.integers(0, 3))
def test_any_zip_is_a_sound_table_or_refused_with_a_reason(yaml: str, lines: str, cut: int, chance: random.Random, hits: int):
    # Given a ZIP with texts at random, and some bytes of it changed
    with tempfile.TemporaryDirectory() as made:
        path = write_zip(Path(made) / "data.zip", SEED | {"data.yaml": yaml.encode("utf-8", "replace"), "labels/0.txt": lines.encode("utf-8", "replace")})
        raw = bytearray(path.read_bytes())
        for _ in range(hits):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        path.write_bytes(raw[:-cut] if cut > 300 else raw)
        # Then there is a reason, or a table in which everything holds
        try:
            profile, rows = inspected(Path(made), path)
        except DatasetUnusable as e:
            reason = e.message
        else:
            reason = ""
        if reason:
            assert len(reason) > 10
        else:
            assert profile["boxes"] == sum(len(row["boxes"]) for row in rows)
            assert {row["split"] for row in rows} >= {"train", "val"}
            assert all(0 <= b["x1"] < b["x2"] <= row["width"] and 0 <= b["y1"] < b["y2"] <= row["height"] for row in rows for b in row["boxes"])
