"""The vocabulary: months and weekdays are whole, and every word is written as it is compared."""

from jobs.forecasting.question_words import (
    ASIDE,
    COUNTED,
    ENGLISH,
    GOODS,
    MONTHS,
    PLAIN_ENGLISH,
    PLAIN_SPANISH,
    SHOPS,
    SHORT_FORMS,
    SPANISH,
    TIME,
    WEEKDAYS,
    fold,
    words,
)


def test_folding_drops_case_and_accents():
    assert fold("¿Artículos AÑO Über?") == "¿articulos ano uber?"


def test_each_month_and_weekday_has_a_name_in_both_languages():
    for number in range(1, 13):
        names = {name for name, n in MONTHS.items() if n == number}
        assert names & SPANISH
        assert names & ENGLISH
    assert {WEEKDAYS[name] for name in ("lunes", "domingo", "monday", "sunday")} == {0, 6}


def test_words_are_folded_and_short_forms_lead_to_known_words():
    assert all(word == fold(word) and word.isalpha() for word in SPANISH | ENGLISH)
    assert all(set(meant.split()) <= SPANISH | ENGLISH for meant in SHORT_FORMS.values())
    assert TIME <= SPANISH | ENGLISH


def test_goods_and_shops_are_no_words_of_questions():
    assert not (GOODS | SHOPS) & (SPANISH | ENGLISH | PLAIN_SPANISH | PLAIN_ENGLISH)
    assert COUNTED <= ASIDE <= SPANISH | ENGLISH


def test_words_are_collected_from_texts():
    assert words("a b", "b c") == {"a", "b", "c"}
