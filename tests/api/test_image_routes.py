"""Images over HTTP, parsed for real by the child process."""

import hashlib
import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from tests.api.conftest import Api
from tests.storage.pictures import picture


def upload(api: Api, *contents: bytes, **fields: Any) -> Any:
    files = [(io.BytesIO(content), f"{n}.jpg") for n, content in enumerate(contents)]
    return api.client.post("/v1/images", data={"file": files, **fields}, content_type="multipart/form-data")


def test_images_are_kept_by_content_and_given_back_upright(api: Api) -> None:
    # Given an upright image and one that lies on its side
    upright, turned = picture(1), picture(2, orientation=6)
    # When both are uploaded, twice
    first, second = upload(api, upright, turned), upload(api, upright, turned)
    # Then they are there, once
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json
    plain, stood_up = first.json["images"]
    assert plain["sha256"] == hashlib.sha256(upright).hexdigest()
    assert [(i["width"], i["height"]) for i in (plain, stood_up)] == [(64, 48), (48, 64)]
    # And the bytes come back, with their size when upright
    got = api.client.get(stood_up["links"]["self"])
    assert (got.status_code, got.mimetype, hashlib.sha256(got.data).hexdigest()) == (200, "image/jpeg", stood_up["sha256"])
    assert Image.open(io.BytesIO(got.data)).size == (48, 64)
    assert api.client.get(stood_up["links"]["self"], headers={"If-None-Match": got.headers["ETag"]}).status_code == 304
    assert {i["id"] for i in api.client.get("/v1/images").json["images"]} == {plain["id"], stood_up["id"]}


def test_one_bad_image_of_several_is_named_and_none_is_kept(api: Api) -> None:
    answer = upload(api, picture(1), b"junk")

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_input")
    assert [e["field"] for e in answer.json["errors"]] == ["file[1]"]
    assert api.client.get("/v1/images").json["images"] == []


def test_more_megapixels_than_allowed_answer_413(make_api: Callable[..., Api]) -> None:
    answer = upload(make_api(MAX_IMAGE_MP="0.001"), picture())

    assert (answer.status_code, answer.json["code"]) == (413, "too_large")


def test_more_than_twenty_images_go_into_one_request(api: Api) -> None:
    answer = upload(api, *(picture(n, (16, 16)) for n in range(30)))

    assert (answer.status_code, len(answer.json["images"])) == (201, 30)


@pytest.mark.parametrize(("fields", "named"), [({"colour": "red"}, "colour"), ({}, "file")])
def test_forms_that_are_not_files_are_refused_by_field(api: Api, fields: dict[str, str], named: str) -> None:
    answer = upload(api, *([picture()] if fields else []), **fields)

    assert answer.status_code == 422
    assert [e["field"] for e in answer.json["errors"]] == [named]


def test_another_body_than_a_form_answers_415(api: Api) -> None:
    assert api.client.post("/v1/images", json={"file": "x"}).status_code == 415


def test_an_image_that_is_not_there_answers_404(api: Api) -> None:
    assert api.client.get("/v1/images/" + "0" * 24).status_code == 404
    assert api.client.get("/v1/images/..%2f..%2fetc").status_code == 404
