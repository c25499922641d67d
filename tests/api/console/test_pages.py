"""The console put together."""

import re

from api.console.pages import BAR
from api.console.session import is_console
from tests.api.conftest import Api
from tests.api.console.conftest import PAGE
from tests.architecture.tree import ROOT


def test_each_entry_of_the_bar_leads_to_a_page(api: Api) -> None:
    with api.app.test_request_context():
        addresses = [api.app.url_for(entry.endpoint) for entry in BAR]

    assert [api.client.get(address, headers=PAGE).status_code for address in addresses] == [200] * len(BAR)


def test_the_page_that_is_shown_is_marked_in_the_bar(api: Api) -> None:
    marked = re.findall(r'href="([^"]+)" aria-current="page"', api.client.get("/new/test.noop", headers=PAGE).text)

    assert marked == ["/new"]


def test_every_address_of_the_console_stands_in_its_docs(api: Api) -> None:
    text = (ROOT / "docs" / "console.md").read_text(encoding="utf-8")

    rules = {rule.rule for rule in api.app.url_map.iter_rules() if is_console(rule.endpoint)}

    assert {rule for rule in rules if f"`{rule}`" not in text} == set()
