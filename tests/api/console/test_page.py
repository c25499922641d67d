"""What every page has, and what goes wrong on one."""

import gzip
from collections.abc import Callable
from pathlib import Path

from api.app import create_app
from jobs.settings import load_settings
from tests.api.conftest import KEY, Api
from tests.api.console.conftest import PAGE, sign_in
from tests.services import free_port

HTMX = {**PAGE, "HX-Request": "true"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
                     "application/signed-exchange;v=b3;q=0.7"}  # Chromium's


def test_a_page_is_not_kept_says_whence_forms_come_and_runs_nothing_foreign(api: Api) -> None:
    headers = api.client.get("/", headers=PAGE).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_a_page_is_compressed_for_who_takes_that(api: Api) -> None:
    packed = api.client.get("/", headers={**PAGE, "Accept-Encoding": "gzip"})

    assert gzip.decompress(packed.data).decode() == api.client.get("/", headers=PAGE).text


def test_without_a_key_a_page_leads_to_the_sign_in_and_htmx_is_sent_there(make_api: Callable[..., Api]) -> None:
    client = make_api(API_KEYS=KEY).client

    page, part = client.get("/health", headers=PAGE), client.get("/health", headers=HTMX)

    assert (page.status_code, page.headers["Location"]) == (303, "/sign-in?next=/health?")
    assert (part.status_code, part.headers["HX-Redirect"]) == (401, "/sign-in")
    assert client.get("/events", headers={"Accept": "text/event-stream"}).status_code == 401


def test_what_goes_wrong_is_a_page_to_people_and_a_problem_to_scripts(tmp_path: Path) -> None:
    settings = load_settings({"NORIA_HOME": str(tmp_path), "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"})
    client = create_app(settings).test_client()

    page, part = client.get("/", headers=PAGE), client.get("/", headers=HTMX)

    assert (page.status_code, part.status_code) == (503, 503)
    assert "<h1>The broker does not answer</h1>" in page.text
    assert "data-recovers" in page.text
    assert part.json["code"] == "broker_unavailable"
    assert client.get("/health", headers=PAGE).status_code == 200


def test_a_mistyped_address_is_a_page_to_people_and_a_problem_to_everybody_else(api: Api) -> None:
    page = api.client.get("/nada?x=1", headers=BROWSER)

    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "There is nothing at this address" in page.text
    assert "openapi.json" not in page.text
    assert '<nav aria-label="Pages">' in page.text
    assert ">Try again<" not in page.text
    for path, headers in (("/nada", {}), ("/nada", {"Accept": "*/*"}), ("/nada", {"Accept": "application/json, text/html;q=0.5"}),
                          ("/v1/nada", BROWSER), ("/v1/nada", {}), ("/nada", HTMX)):
        other = api.client.get(path, headers=headers)
        assert (other.status_code, other.mimetype, other.json["code"]) == (404, "application/problem+json", "not_found")
    assert api.client.get("/api/nada", headers=BROWSER).json["success"] is False
    assert api.client.post("/nada", headers=BROWSER).mimetype == "application/problem+json"


def test_a_mistyped_address_asks_a_person_to_sign_in_where_keys_exist(keyed: tuple[Api, dict[str, str]]) -> None:
    api, secrets = keyed

    assert api.client.get("/nada", headers=BROWSER).headers["Location"] == "/sign-in?next=/nada?"
    assert api.client.get("/nada", headers={"Accept": "application/json"}).status_code == 401
    assert api.client.get("/nada", headers={"X-API-Key": secrets["read"]}).status_code == 404
    sign_in(api, secrets["read"])

    page = api.client.get("/nada", headers=BROWSER)

    assert (page.status_code, "Signed in with the key read-key" in page.text) == (404, True)
