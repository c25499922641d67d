"""The headers that every answer carries."""

import pytest

from tests.api.conftest import Api

EVIL = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}


@pytest.mark.parametrize("path", ["/docs", "/v1/jobs", "/nowhere", "/healthz", "/docs/start.js", "/openapi.json"])
def test_every_answer_says_what_browsers_may_not_do_with_it(api: Api, path: str) -> None:
    headers = api.client.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "unsafe" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/datasets", "/docs", "/api/models/list"])
def test_no_other_site_may_read_an_answer(api: Api, method: str, path: str) -> None:
    headers = api.client.open(path, method=method, headers=EVIL).headers

    assert [name for name, _ in headers if name.lower().startswith("access-control-")] == []


def test_a_page_takes_scripts_and_styles_from_this_server_alone(api: Api) -> None:
    policy = dict(part.strip().split(" ", 1) for part in api.client.get("/docs").headers["Content-Security-Policy"].split(";"))

    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
