"""The schemas of forecasting.ask: one source, a question of bounded length, and fields as the HTTP contract names them."""

import pytest
from pydantic import ValidationError

from jobs.catalog import find_kind
from jobs.forecasting.ask_kinds import AskParams, Understood


def test_a_question_is_about_a_company_or_a_model():
    for whose in ({}, {"company": "a", "model": "b"}):
        with pytest.raises(ValidationError, match="exactly one"):
            AskParams.model_validate({"question": "hola", **whose})


def test_a_question_has_at_most_a_thousand_characters():
    AskParams(question="a" * 1000, company="acme")
    for question in ("", "a" * 1001):
        with pytest.raises(ValidationError):
            AskParams(question=question, company="acme")


def test_the_day_may_come_as_text_and_the_language_is_one_of_two():
    made = AskParams.model_validate_json('{"question": "hola", "model": "m", "today": "2026-11-26", "language": "es"}')
    assert str(made.today) == "2026-11-26"
    with pytest.raises(ValidationError):
        AskParams.model_validate({"question": "hola", "model": "m", "language": "fr"})


def test_what_was_not_said_is_null():
    assert Understood(language="en").model_dump() == {
        "start": None, "end": None, "compare_start": None, "compare_end": None, "items": (), "excluded": (),
        "budget": None, "limit": None, "language": "en"}


def test_the_kind_runs_on_the_fast_queue_and_names_what_it_refers_to():
    kind = find_kind("forecasting.ask")

    properties = kind.params.model_json_schema()["properties"]
    assert kind.queue == "cpu.fast"
    assert (properties["company"]["refers_to"], properties["stock"]["refers_to"]) == ("company", "dataset:stock")
