"""The sign-in page and the way on from it."""

import pytest

from tests.api.conftest import Api
from tests.api.console.conftest import OWN, PAGE


@pytest.mark.parametrize(("wanted", "led_to"), [
    ("/jobs/1?x=2", "/jobs/1?x=2"), ("//evil.example", "/"), ("https://evil.example", "/"), ("/\\evil.example", "/"), ("", "/"),
    ("/a\r\nSet-Cookie: x=y", "/")])
def test_a_sign_in_leads_on_within_this_site_only(keyed: tuple[Api, dict[str, str]], wanted: str, led_to: str) -> None:
    api, secrets = keyed

    answer = api.client.post("/sign-in", data={"key": secrets["read"], "next": wanted}, headers=OWN)

    assert (answer.status_code, answer.headers["Location"]) == (303, led_to)


def test_a_wrong_key_is_answered_with_the_form_again(keyed: tuple[Api, dict[str, str]]) -> None:
    api, _ = keyed

    answer = api.client.post("/sign-in", data={"key": "wrong", "next": "/health"}, headers=OWN)

    assert answer.status_code == 422
    assert "This is not a valid key." in answer.text
    assert 'value="/health"' in answer.text


def test_signing_out_forgets_the_key(keyed: tuple[Api, dict[str, str]]) -> None:
    api, secrets = keyed
    api.client.post("/sign-in", data={"key": secrets["read"]}, headers=OWN)
    assert "Sign out" in api.client.get("/", headers=PAGE).text

    api.client.post("/sign-out", headers=OWN)

    assert api.client.get("/", headers=PAGE).status_code == 303


def test_where_there_are_no_keys_nobody_signs_in(api: Api) -> None:
    assert api.client.get("/sign-in", headers=PAGE).headers["Location"] == "/"
    assert "Sign out" not in api.client.get("/", headers=PAGE).text
