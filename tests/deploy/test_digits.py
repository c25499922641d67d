"""Scenes of digits: boxes round what is drawn, the same for the same seed, and a ZIP that is taken as a data set."""

import zipfile
from pathlib import Path

import numpy as np
import polars as pl

from deploy.digits import SIDE_PX, Scenes, write_zip
from storage.detection import inspect_detection


def test_the_same_seed_makes_the_same_scenes() -> None:
    one, two, other = (Scenes(seed).scene() for seed in (3, 3, 4))
    assert one.png() == two.png() != other.png()
    assert one.boxes == two.boxes


def test_a_box_holds_the_ink_of_its_digit_and_nothing_lies_outside() -> None:
    for _ in range(20):
        scene = Scenes(7).scene()
        ink = scene.image[..., 0] < 170
        inside = np.zeros_like(ink)
        for box in scene.boxes:
            x1, y1, x2, y2 = (int(box[corner]) for corner in ("x1", "y1", "x2", "y2"))
            assert ink[y1:y2, x1:x2].any()
            inside[y1:y2, x1:x2] = True
        assert (ink & ~inside).sum() < 0.02 * ink.sum()


def test_the_other_look_is_light_on_dark() -> None:
    assert Scenes(1).scene().image.mean() > 150 > 100 > Scenes(1, inverted=True).scene().image.mean()


def test_the_zip_is_a_data_set_with_its_own_splits(tmp_path: Path) -> None:
    source = write_zip(tmp_path / "digits.zip", Scenes(2, {0: "zero", 7: "seven"}, {0: "zero", 7: "seven"}), train=6, val=2)
    assert len(zipfile.ZipFile(source).namelist()) == 1 + 2 * 8
    (tmp_path / "out").mkdir()
    profile = inspect_detection(source, tmp_path / "out", max_bytes=1 << 28, max_pixels=SIDE_PX**2)
    table = pl.read_parquet(tmp_path / "out" / "table.parquet")
    assert dict(table["split"].value_counts().iter_rows()) == {"train": 6, "val": 2}
    assert {entry["label"] for entry in profile["classes"]} == {"zero", "seven"}
    box = table.sort("name")["boxes"][0][0]
    assert 0 <= box["x1"] < box["x2"] <= SIDE_PX
