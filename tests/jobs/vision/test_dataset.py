"""A detection data set becomes the folder that Ultralytics wants, and nothing that people named becomes a path."""

import pytest
import yaml

from jobs.errors import DataError, InputError, NotFound
from jobs.memory_context import MemoryContext
from jobs.vision.boxes import Box
from jobs.vision.dataset import Example, check_splits, classes_of, plot_names, read_examples, write_folder
from tests.jobs.vision.scenes import add_rows, add_scenes

HOSTILE = ("../../x", "a: b", "!!python/object/apply:os.system ['true']", "{{7*7}}", "$\\frac{$", "names: [0]\npath: /etc", "", "..")


def row(sha256="a" * 64, split="train", boxes=(("cat", 0, 0, 10, 10),), name="x"):
    keys = ("label", "x1", "y1", "x2", "y2")
    return {"image_sha256": sha256, "split": split, "name": name, "width": 64, "height": 48,
            "boxes": [dict(zip(keys, box, strict=True)) for box in boxes]}


def examples_of(tmp_path, *rows, **given):
    return read_examples(add_rows(MemoryContext(scratch=tmp_path), tmp_path, rows, **given))


def test_boxes_are_clipped_and_degenerate_ones_left_out(tmp_path):
    found = examples_of(tmp_path, row(boxes=[("cat", -5, 0, 10, 10), ("cat", 3, 3, 3, 9), ("dog", 60, 40, 99, 99)]))
    assert found[0].boxes == (Box("cat", 0, 0, 10, 10), Box("dog", 60, 40, 64, 48))


def test_a_data_set_of_sales_cannot_be_looked_at(tmp_path):
    with pytest.raises(InputError, match="one of type `detection`") as refused:
        examples_of(tmp_path, row(), type="sales")
    assert refused.value.fields[0].field == "params.dataset"


def test_classes_are_numbered_as_the_profile_lists_them(tmp_path):
    ctx = MemoryContext(scratch=tmp_path)
    profile = {"classes": [{"label": "dog", "boxes": 0}, {"label": "cat", "boxes": 1}]}
    dataset = add_rows(ctx, tmp_path, [row()], profile=profile)
    assert classes_of(dataset, read_examples(dataset)) == ("dog", "cat")


def test_classes_that_no_profile_lists_are_sorted(tmp_path):
    dataset = add_rows(MemoryContext(scratch=tmp_path), tmp_path, [row(boxes=[("dog", 0, 0, 9, 9), ("cat", 0, 0, 9, 9)])])
    assert classes_of(dataset, read_examples(dataset)) == ("cat", "dog")


def test_a_data_set_without_any_box_is_refused(tmp_path):
    dataset = add_rows(MemoryContext(scratch=tmp_path), tmp_path, [row(boxes=())])
    with pytest.raises(DataError, match="no classes"):
        classes_of(dataset, read_examples(dataset))


@pytest.mark.parametrize(("splits", "message"), [(("train",), "`val` has no boxes to measure on"),
                                                 (("val", "test"), "`train` has no boxes to learn from")])
def test_a_split_that_is_missing_is_named(tmp_path, splits, message):
    with pytest.raises(DataError, match=message):
        check_splits(examples_of(tmp_path, *(row(split=split, sha256=split * 10) for split in splits)))


def test_images_are_counted_by_split(tmp_path):
    found = examples_of(tmp_path, row(), row("b" * 64), row("c" * 64, "val"))
    assert check_splits(found) == {"train": 2, "val": 1}


def test_labels_are_fractions_that_lead_back_to_the_pixels(tmp_path):
    # given
    ctx = MemoryContext(scratch=tmp_path)
    dataset = add_scenes(ctx, tmp_path / "scenes", train=2, val=1)
    examples = read_examples(dataset)
    classes = classes_of(dataset, examples)
    # when
    write_folder(tmp_path / "data", examples, classes, ctx.image)
    # then
    lines = (tmp_path / "data" / "labels" / "train" / "000001.txt").read_text().splitlines()
    assert len(lines) == len(examples[1].boxes)
    number, *centre_and_size = (float(word) for word in lines[0].split())
    x, y, w, h = (value * 128 for value in centre_and_size)
    box = examples[1].boxes[0]
    assert classes[int(number)] == box.label
    assert (x - w / 2, y - h / 2, x + w / 2, y + h / 2) == pytest.approx((box.x1, box.y1, box.x2, box.y2), abs=1e-4)


def test_images_are_copies_so_that_the_stored_ones_cannot_change(tmp_path):
    ctx = MemoryContext(scratch=tmp_path)
    dataset = add_scenes(ctx, tmp_path / "scenes", train=1, val=1, suffix=".jpg")
    examples = read_examples(dataset)
    write_folder(tmp_path / "data", examples, classes_of(dataset, examples), ctx.image)
    copy, stored = tmp_path / "data" / "images" / "train" / "000000.jpg", ctx.image(examples[0].sha256)
    assert copy.read_bytes() == stored.read_bytes()
    assert copy.stat().st_ino != stored.stat().st_ino
    assert not copy.is_symlink()


def test_an_image_that_stands_there_twice_is_learned_from_twice(tmp_path):
    image = tmp_path / "x.png"
    image.write_bytes(b"an image")
    example = Example("a", "train", 64, 48, (Box("cat", 0, 0, 9, 9),))
    counted: list[int] = []
    write_folder(tmp_path / "data", [example, example], ["cat"], lambda _: image, counted.append)
    assert len(list((tmp_path / "data" / "images" / "train").iterdir())) == 2
    assert counted == [1, 2]


def test_an_image_without_boxes_has_an_empty_label(tmp_path):
    image = tmp_path / "x.png"
    image.write_bytes(b"an image")
    write_folder(tmp_path / "data", [Example("a", "train", 64, 48, ())], ["cat"], lambda _: image)
    assert (tmp_path / "data" / "labels" / "train" / "000000.txt").read_text() == ""


def test_an_image_that_is_not_stored_is_named(tmp_path):
    ctx = MemoryContext(scratch=tmp_path)
    with pytest.raises(NotFound, match="aaaa"):
        write_folder(tmp_path / "data", [Example("a" * 64, "train", 64, 48, ())], ["cat"], ctx.image)


def test_hostile_class_names_stay_names_in_the_yaml(tmp_path):
    image = tmp_path / "x.png"
    image.write_bytes(b"an image")
    boxes = tuple(Box(label, 0, 0, 9, 9) for label in HOSTILE)
    path = write_folder(tmp_path / "data", [Example("a", "train", 64, 48, boxes)], HOSTILE, lambda _: image)
    read = yaml.safe_load(path.read_text())
    assert set(read) == {"path", "train", "val", "names"}
    assert read["names"] == dict(enumerate(plot_names(HOSTILE)))
    written = {p.relative_to(tmp_path / "data").as_posix() for p in (tmp_path / "data").rglob("*") if p.is_file()}
    assert written == {"data.yaml", "images/train/000000.png", "labels/train/000000.txt"}


def test_names_on_plots_are_plain_and_each_there_once():
    names = plot_names((*HOSTILE, "RBC", "$", "€", "a" * 99, "a" * 98, "Клетка"))
    assert len(set(names)) == len(names)
    assert not any(set(name) & set("$\\{}/:\n<>[]'\"") for name in names)
    assert {"RBC", "Клетка"} <= set(names)
    assert all(0 < len(name) < 45 for name in names)
