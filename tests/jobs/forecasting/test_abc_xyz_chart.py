"""The picture of the classes is a small PNG, also where there is nothing to show."""

import io

import matplotlib.image
import polars as pl
import pytest

from jobs.forecasting.abc_xyz_chart import draw_classes


@pytest.mark.parametrize("rows", [
    {"class": ["AX", "CZ", "CZ"], "investment": [900.0, 50.0, 50.0]}, {"class": ["AX"], "investment": [0.0]}, {"class": [], "investment": []}])
def test_the_picture_is_a_small_png(rows):
    made = draw_classes(pl.DataFrame(rows, schema={"class": pl.String, "investment": pl.Float64}), "units")
    height, width, _ = matplotlib.image.imread(io.BytesIO(made), format="png").shape
    assert 300 < height < 500 < width < 900
    assert len(made) < 80_000


def test_more_money_makes_another_picture():
    one, other = (draw_classes(pl.DataFrame({"class": ["AX", "BY"], "investment": [1.0, money]}), "cost") for money in (1.0, 9.0))
    assert one != other


def test_the_picture_says_what_the_classes_count():
    table = pl.DataFrame({"class": ["AX", "BY"], "investment": [0.0, 0.0]})
    assert len({draw_classes(table, basis) for basis in ("cost", "price", "units")}) == 3
