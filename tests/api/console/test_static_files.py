"""The console's own files."""

import gzip

import pytest

from api.console.static_files import FOLDER, asset, static_files
from tests.api.conftest import Api


def test_a_file_is_kept_for_ever_under_an_address_with_its_hash(api: Api) -> None:
    with api.app.test_request_context():
        address = asset("console.css")

    plain, packed = api.client.get(address), api.client.get(address, headers={"Accept-Encoding": "gzip"})

    assert "immutable" in plain.headers["Cache-Control"]
    assert plain.data == gzip.decompress(packed.data) == (FOLDER / "console.css").read_bytes()
    assert plain.mimetype == "text/css"


@pytest.mark.parametrize("path", ["/static/0000000000000000/console.css", "/static/x/../pages.py", "/static/x/%00", "/static/x/none.js",
                                  "/static/x/vendor/htmx.LICENSE"])
def test_nothing_else_can_be_had(api: Api, path: str) -> None:
    assert api.client.get(path).status_code == 404


def test_no_script_uses_what_the_policy_forbids() -> None:
    own = [*FOLDER.glob("*.js"), *(FOLDER.parent / "templates").rglob("*.html")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in own)

    assert [word for word in ("hx-on", "js:", "innerHTML =", "eval(", " style=", "insertAdjacentHTML", "|safe", "| safe") if word in text] == []
    assert len(static_files()) >= 6
