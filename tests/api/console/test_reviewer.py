"""Who reviews images in a browser."""

import re

from flask import Response, g

from api.console import reviewer
from tests.api.conftest import Api


def test_a_browser_is_told_once_which_one_it_is_and_is_known_again(api: Api) -> None:
    with api.app.test_request_context():
        first = reviewer.reviewer()
        told = reviewer.remember_browser(Response()).headers["Set-Cookie"]
    cookie = told.partition(";")[0]
    with api.app.test_request_context(headers={"Cookie": cookie}):
        assert reviewer.reviewer() == first
        assert "Set-Cookie" not in reviewer.remember_browser(Response()).headers

    assert re.fullmatch(r"local:[A-Za-z0-9_-]{22}", first)
    assert {"HttpOnly", "SameSite=Lax"} <= {part.strip() for part in told.split(";")}


def test_a_page_without_reviews_sets_no_cookie(api: Api) -> None:
    with api.app.test_request_context():
        assert "Set-Cookie" not in reviewer.remember_browser(Response()).headers


def test_two_browsers_with_one_key_are_two_reviewers_of_one_name(api: Api) -> None:
    found = []
    for _ in range(2):
        with api.app.test_request_context():
            g.caller = "ana"
            found.append(reviewer.reviewer())

    assert found[0] != found[1]
    assert [reviewer.name_of(one) for one in found] == ["ana", "ana"]
    assert reviewer.name_of("local:abc") is None


def test_a_cookie_of_another_form_is_not_believed(api: Api) -> None:
    with api.app.test_request_context():
        name = reviewer._cookie()
    with api.app.test_request_context(headers={"Cookie": f"{name}=x:y"}):
        assert "x:y" not in reviewer.reviewer()
