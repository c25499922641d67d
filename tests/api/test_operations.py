"""The table of operations against the routes that there are."""

import re

from api.compat.old_shape import is_old
from api.console.session import is_console
from api.operations import OPERATIONS
from tests.api.conftest import Api
from tests.architecture.tree import ROOT

UNLISTED = {("get", "/docs/{name}")}  # the files of the docs page


def routes(api: Api) -> set[tuple[str, str]]:
    """Method and path of every route but the console's pages, which stand in docs/console.md."""
    return {(method.lower(), re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule.rule))
            for rule in api.app.url_map.iter_rules() if not is_console(rule.endpoint) for method in rule.methods - {"HEAD", "OPTIONS"}}


def test_the_table_names_exactly_the_routes_that_there_are(api: Api) -> None:
    present = {(m, p.replace("/artifacts/{name}", "/artifacts/{path}")) for m, p in routes(api) if not is_old(p)}

    listed = {(o.method, o.path) for o in OPERATIONS}

    assert present - UNLISTED == listed


def test_the_old_addresses_stand_in_their_page_instead(api: Api) -> None:
    page = (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")

    written = {(method.lower(), path) for method, path in re.findall(r"^\| `(GET|POST) (\S+)` \|", page, re.MULTILINE)}

    assert written == {(method, path) for method, path in routes(api) if is_old(path)}


def test_ids_of_operations_are_unique(api: Api) -> None:
    ids = [o.id for o in OPERATIONS]

    assert len(ids) == len(set(ids))


def test_operations_that_the_table_calls_open_need_no_key(make_api) -> None:
    client = make_api(API_KEYS="some-key-0123456789").client

    for operation in OPERATIONS:
        path = re.sub(r"{\w+}", "x", operation.path)
        assert (client.open(path, method=operation.method.upper()).status_code != 401) == operation.open, operation.path
