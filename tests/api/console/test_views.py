"""How things are shown."""

import time

import pytest
from flask import Flask, g

from api.console import views


@pytest.mark.parametrize(("duration_s", "shown"), [
    (0, "0 s"), (0.34, "0.3 s"), (9.96, "10 s"), (59, "59 s"), (64, "1 min 4 s"), (3600, "1 h 0 min"), (7500, "2 h 5 min"),
    (90_000, "1 d 1 h")])
def test_a_duration_has_its_two_largest_units(duration_s: float, shown: str) -> None:
    with Flask("x").test_request_context():
        assert views.seconds(duration_s) == shown


def test_numbers_and_sizes_have_the_signs_of_the_language() -> None:
    with Flask("x").test_request_context():
        english = views.number(1234.5), views.size(1536), views.percent(0.42)
        g.language = "es"
        spanish = views.number(12345.5), views.size(1536), views.state_label("queued")

    assert english == ("1,234.5", "1.5 KiB", "42%")
    assert spanish == ("12.345,5", "1,5 KiB", "en cola")


def test_scores_and_their_changes_have_a_fixed_number_of_digits() -> None:
    with Flask("x").test_request_context():
        assert [views.rounded(0.5), views.rounded(1234.5678, 1)] == ["0.500", "1,234.6"]
        assert [views.signed(0.0124), views.signed(-0.25), views.signed(-0.0001), views.signed(2.0, 1)] == [
            "+0.012", "-0.250", "0.000", "+2.0"]
        assert [views.significant(12345.678), views.significant(0.0123456), views.significant(0)] == ["12,350", "0.01235", "0"]
        assert [views.share(0.1234), views.share(-0.05)] == ["12.3%", "-5.0%"]


def test_a_queued_job_that_ran_before_is_shown_as_retrying() -> None:
    assert [views.shown_state("queued", 0), views.shown_state("queued", 1), views.shown_state("failed", 1)] == [
        "queued", "retrying", "failed"]


def test_a_long_text_is_cut_and_a_short_one_is_not() -> None:
    assert views.shortened("How much cement") == "How much cement"
    assert views.shortened("How much cement", 9) == "How much…"


def test_words_in_backticks_are_code_and_all_else_is_text() -> None:
    assert views.code("run `a <b>` & go") == "run <code>a &lt;b&gt;</code> &amp; go"
    assert views.code("one ` alone") == "one ` alone"


def test_json_values_are_told_apart_for_the_generic_view() -> None:
    given = [{}, [{"a": 1}], [1], [], True, None, 1.5, "x", [{"a": 1}, 2]]

    assert [views.kind_of(value) for value in given] == [
        "object", "table", "list", "list", "flag", "none", "number", "text", "list"]


def test_what_is_just_now_is_a_second_ago_and_not_to_come() -> None:
    with Flask("x").test_request_context():
        assert views.ago(round(time.time() * 1000) + 400) == "1 sec. ago"
