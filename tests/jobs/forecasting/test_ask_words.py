"""Every sentence exists in both languages and takes the same facts in both."""

import string
from typing import get_args

from jobs.forecasting.ask_kinds import Intent
from jobs.forecasting.ask_words import EXAMPLES, ONE, PERIOD_NAMES, SAID, UNDERSTOOD
from tests.jobs.forecasting.test_question import read


def facts(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_say_the_same_with_the_same_facts():
    for texts in (*SAID.values(), *UNDERSTOOD.values(), *PERIOD_NAMES.values()):
        assert set(texts) == {"es", "en"}
        assert facts(texts["es"]) == facts(texts["en"])


def test_there_is_a_sentence_for_every_intent():
    assert set(UNDERSTOOD) == set(get_args(Intent)) - {"unknown"}


def test_the_examples_are_understood_and_stand_for_every_intent():
    for language, texts in EXAMPLES.items():
        made = [read(text.strip("«»“”"), language=language) for text in texts]
        assert {m.intent for m in made} == set(get_args(Intent)) - {"unknown"}
        assert {m.understood.language for m in made} == {language}


def test_what_is_said_of_one_takes_the_facts_of_what_is_said_of_many_but_their_number():
    for key, texts in ONE.items():
        for language, text in texts.items():
            assert facts(text) == facts(SAID[key][language]) - {"n", "count"}
