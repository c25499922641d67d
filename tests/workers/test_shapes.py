"""The pictures of the retrain check: their boxes are where the colours are, and the data set is always the same."""

import io
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from jobs.settings import load_settings
from storage.memory_jobs import MemoryJobStore
from workers.services import make_services
from workers.shapes import COLOURS, SIDE, TRAIN, VALIDATION, dataset_zip, draw


@pytest.mark.parametrize("seed", range(5))
def test_a_box_holds_all_of_its_shape_and_nothing_beside_it(seed: int) -> None:
    # given
    picture = draw(random.Random(seed))
    pixels = np.asarray(Image.open(io.BytesIO(picture.png)))
    # then
    assert pixels.shape == (SIDE, SIDE, 3)
    assert sorted(box["label"] for box in picture.boxes) == sorted(COLOURS)
    for box in picture.boxes:
        rows, columns = np.nonzero((pixels == COLOURS[box["label"]]).all(axis=2))
        assert (box["x1"], box["y1"], box["x2"], box["y2"]) == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)


def test_the_data_set_is_taken_as_it_is_and_always_the_same(tmp_path: Path) -> None:
    # given
    own = make_services(load_settings({"NORIA_HOME": str(tmp_path)}), MemoryJobStore())
    path = tmp_path / "shapes.zip"
    path.write_bytes(dataset_zip())
    # when
    document, _ = own.datasets.receive(path, type="detection", name="shapes", filename=path.name)
    profile = own.datasets.wait(document.id, 60).profile
    # then
    assert profile is not None
    assert [found["label"] for found in profile["classes"]] == sorted(COLOURS)
    assert profile["splits"]["train"]["images"] == TRAIN
    assert profile["splits"]["val"]["images"] == VALIDATION
    assert dataset_zip() == dataset_zip()
