"""The page of promises: every test that it names is there, and its counts are those that were kept."""

from deploy.docs import promises_page
from deploy.promises import ELSEWHERE, PROMISES, counts
from tests.architecture.tree import ROOT


def test_every_promise_names_tests_that_are_there() -> None:
    missing = [test for promise in PROMISES for test in promise.tests if not (ROOT / test).is_file()]

    assert missing == []
    assert all(promise.tests for promise in PROMISES)


def test_the_page_shows_every_promise_and_every_count_of_the_last_run() -> None:
    page, found = promises_page(), counts()

    assert all(promise.sentence in page for promise in PROMISES)
    assert all(f"| {name.replace('_', ' ')} | {n} |" in page for name, n in found["faults"].items())
    assert f"{found['violations']:,} violations" in page
    assert f"{found['jobs']:,} jobs" in page


def test_what_was_not_run_is_called_validated_or_untested_and_not_kept() -> None:
    assert {standing for _, standing, _ in ELSEWHERE} <= {"validated", "untested"}
