"""The security part of the page of promises: its tests are there, its counts are those that were kept, and nothing else is claimed."""

from deploy.docs import promises_page
from deploy.security_proofs import SECURITY_PROMISES, counted, security_lines
from tests.architecture.tree import ROOT


def test_every_promise_of_security_names_tests_that_are_there() -> None:
    assert [test for promise in SECURITY_PROMISES for test in promise.tests if not (ROOT / test).is_file()] == []


def test_the_page_shows_what_each_part_counted_last() -> None:
    page, found = promises_page(), counted()

    assert all(promise.sentence in page for promise in SECURITY_PROMISES)
    assert f"{found['contract']['cases']:,} cases over {found['contract']['operations']} operations" in page
    assert f"{sum(found['fuzz']['cases'].values()):,} cases in" in page


def test_locks_that_were_not_audited_are_called_untested() -> None:
    assert "**untested**" in security_lines({"locks": {"audited": False}})[-1]
    assert "**untested**" in security_lines({})[-1]
    assert "2 with a known hole" in security_lines({"locks": {"audited": True, "packages": 9, "failures": 2, "date": "d"}})[-1]
