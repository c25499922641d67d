"""The docs page: all of it from here, under a strict policy."""

import re

from tests.api.conftest import Api


def test_the_page_takes_everything_from_this_server(api: Api) -> None:
    page = api.client.get("/docs")

    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    assert page.mimetype == "text/html"
    assert addresses
    for address in addresses:
        assert not re.match(r"(https?:)?//", address)
        with api.client.get("/" + address) as asset:
            assert asset.status_code == 200
    assert 'url: "openapi.json"' in api.client.get("/docs/start.js").text


def test_its_policy_allows_no_foreign_and_no_inline_script(api: Api) -> None:
    page = api.client.get("/docs")

    policy = dict(part.strip().split(" ", 1) for part in page.headers["Content-Security-Policy"].split(";"))

    assert (policy["default-src"], policy["script-src"], policy["frame-ancestors"]) == ("'none'", "'self'", "'none'")
    assert "<script>" not in page.text
    assert " on" not in page.text.replace(" one", "")


def test_no_other_file_of_the_bundle_is_served(api: Api) -> None:
    for name in ("index.html", "swagger-ui.js.map", "..%2f__init__.py"):
        assert api.client.get(f"/docs/{name}").status_code == 404


def test_the_files_may_be_kept_by_browsers(api: Api) -> None:
    with api.client.get("/docs/swagger-ui-bundle.js") as answer:
        assert "max-age=86400" in answer.headers["Cache-Control"]
        assert answer.mimetype == "text/javascript"
