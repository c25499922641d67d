"""Images as pages show them."""

import io

import pytest
from PIL import Image

from tests.api.conftest import Api
from tests.api.console.conftest import PAGE


def kept(api: Api, suffix: str) -> str:
    picture = io.BytesIO()
    Image.new("RGB", (20, 10), "red").save(picture, suffix)
    return api.app.extensions["noria"].images.receive(picture.getvalue())[0].id


@pytest.mark.parametrize(("suffix", "media_type"), [("png", "image/png"), ("tiff", "image/jpeg")])
def test_every_image_comes_as_one_that_a_browser_can_show(api: Api, suffix: str, media_type: str) -> None:
    answer = api.client.get(f"/images/{kept(api, suffix)}", headers=PAGE)

    assert (answer.status_code, answer.mimetype) == (200, media_type)
    assert Image.open(io.BytesIO(answer.data)).size == (20, 10)
    assert "immutable" in answer.headers["Cache-Control"]


def test_an_image_that_is_not_there_is_404(api: Api) -> None:
    assert api.client.get("/images/" + "0" * 24, headers=PAGE).status_code == 404
