"""What every page has, and what goes wrong on one."""

import gzip
from collections.abc import Callable
from pathlib import Path

from api.app import create_app
from jobs.settings import load_settings
from tests.api.conftest import KEY, Api
from tests.api.console.conftest import PAGE
from tests.services import free_port

HTMX = {**PAGE, "HX-Request": "true"}


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
