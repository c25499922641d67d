"""Who looks at a page, and which forms are carried out."""

import pytest

from api.console.session import is_console
from api.roles import LOOKS
from storage.api_keys import KeyStore
from tests.api.conftest import Api
from tests.api.console.conftest import OWN, PAGE, sign_in


def test_a_revoked_key_is_out_at_the_next_request(keyed: tuple[Api, dict[str, str]]) -> None:
    api, secrets = keyed
    sign_in(api, secrets["read"])
    assert api.client.get("/", headers=PAGE).status_code == 200

    KeyStore(api.objects).revoke("read-key")
    api.app.extensions["noria"].keys.refresh()

    assert api.client.get("/", headers=PAGE).headers["Location"] == "/sign-in?next=/?"


def test_a_cookie_that_somebody_made_up_or_changed_opens_nothing(keyed: tuple[Api, dict[str, str]]) -> None:
    api, secrets = keyed
    sign_in(api, secrets["admin"])
    cookie = api.client.get_cookie("noria_session_8000")
    assert cookie
    assert cookie.http_only
    assert secrets["admin"] not in cookie.value

    for value in ("admin-key", "x" + cookie.value, cookie.value.partition(".")[0]):
        api.client.set_cookie("noria_session_8000", value)
        assert api.client.get("/", headers=PAGE).status_code == 303


def test_roles_hold_for_pages_as_for_the_contract(keyed: tuple[Api, dict[str, str]]) -> None:
    api, secrets = keyed
    answers = {}
    for role, secret in secrets.items():
        sign_in(api, secret)
        answers[role] = [api.client.post("/new/test.noop", headers=OWN).status_code,
                         api.client.post("/health/queues/cpu/pause", headers=OWN).status_code]

    assert answers == {"read": [403, 403], "submit": [303, 403], "admin": [303, 303]}


def test_the_cookie_is_no_key_for_the_contract(keyed: tuple[Api, dict[str, str]]) -> None:
    api, secrets = keyed
    sign_in(api, secrets["admin"])

    assert api.client.get("/v1/jobs").status_code == 401


@pytest.mark.parametrize(("headers", "carried_out"), [
    ({"Sec-Fetch-Site": "same-origin"}, True), ({"Sec-Fetch-Site": "same-site"}, False), ({"Sec-Fetch-Site": "cross-site"}, False),
    ({"Sec-Fetch-Site": "none"}, False), ({"Origin": "http://localhost"}, True), ({"Origin": "http://localhost:1234"}, False),
    ({"Origin": "null"}, False), ({"Origin": "http://["}, False), ({}, False),
])
def test_only_forms_of_the_console_itself_are_carried_out(api: Api, headers: dict[str, str], carried_out: bool) -> None:
    for address in ("/new/test.noop", "/sign-in", "/language", "/health/queues/gpu/pause"):
        status = api.client.post(address, headers={**PAGE, **headers}).status_code
        assert status == (303 if carried_out else 403), address


def test_under_tls_the_cookie_is_secure(keyed: tuple[Api, dict[str, str]]) -> None:
    api, secrets = keyed

    answer = api.client.post("/sign-in", data={"key": secrets["read"]}, headers=OWN, base_url="https://localhost")

    assert "Secure" in answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]


def test_no_address_of_the_console_that_changes_anything_takes_a_form_of_another_site(keyed: tuple[Api, dict[str, str]]) -> None:
    api, secrets = keyed
    sign_in(api, secrets["admin"])
    adapter = api.app.url_map.bind("localhost")
    forms = [(method, rule) for rule in api.app.url_map.iter_rules() if is_console(rule.endpoint)
             for method in sorted((rule.methods or set()) - LOOKS)]

    assert len(forms) > 20
    for method, rule in forms:
        path = adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, "a"), method)
        answer = api.client.open(path, method=method, headers={**PAGE, "Sec-Fetch-Site": "cross-site"})
        assert (answer.status_code, "another site" in answer.text) == (403, True), path
