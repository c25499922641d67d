"""Which language a page is in."""

import pytest

from tests.api.conftest import Api
from tests.api.console.conftest import OWN, PAGE


@pytest.mark.parametrize(("accepts", "title"), [
    ("es-CO,es;q=0.9", "Trabajos"), ("en-GB", "Jobs"), ("de,es;q=0.5", "Trabajos"), ("de", "Jobs"), ("", "Jobs")])
def test_a_page_is_in_the_best_language_of_the_browser_else_in_english(api: Api, accepts: str, title: str) -> None:
    page = api.client.get("/", headers={**PAGE, "Accept-Language": accepts})

    assert f"<title>{title} · Noria</title>" in page.text


def test_what_was_chosen_stands_over_the_browser(api: Api) -> None:
    answer = api.client.post("/language", data={"language": "es", "next": "/health"}, headers=OWN)

    assert answer.headers["Location"] == "/health"
    assert '<html lang="es">' in api.client.get("/", headers={**PAGE, "Accept-Language": "en"}).text


def test_a_language_that_is_not_there_is_not_kept(api: Api) -> None:
    assert "Set-Cookie" not in api.client.post("/language", data={"language": "xx"}, headers=OWN).headers
