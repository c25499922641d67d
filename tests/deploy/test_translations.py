"""The console's strings in its other languages."""

from babel.messages.catalog import Message

from deploy.translations import LANGUAGES, found, incomplete, problems


def test_no_string_of_the_console_is_missing_in_any_language() -> None:
    assert [problem for language in LANGUAGES for problem in problems(language)] == []


def test_strings_of_templates_of_code_and_of_errors_are_found() -> None:
    ids = {message.id for message in found()}

    assert {"There are no jobs yet.", "handed back", "The broker does not answer"} <= ids


def test_an_empty_and_a_doubtful_translation_are_incomplete() -> None:
    assert incomplete(Message("a", ""))
    assert incomplete(Message("a", "b", flags=["fuzzy"]))
    assert incomplete(Message(("a", "as"), ("x", "")))
    assert not incomplete(Message("a", "b"))
