"""Words of a question: folded, cut, set right, and which language they are."""

import pytest

from jobs.forecasting.question_text import (
    VOCABULARY,
    is_known,
    is_unclear_time,
    language_of,
    nearest,
    sound,
    spelt,
    stem,
    tokens,
    ungreeted,
)
from jobs.forecasting.question_words import fold


def nowhere(_word: str) -> float | None:
    return None


@pytest.mark.parametrize(("text", "words"), [
    ("Top 10, por favor!", ["top", "10", ",", "por", "favor"]), ("last month's sales", ["last", "month", "sales"]),
    ("20W50", ["20", "w", "50"]), ("$2'500.000,50", ["$", "2'500.000,50"]), ("2026-12-01 y 1/12/2026", ["2026-12-01", "y", "1/12/2026"]),
    ("12/2026", ["12/2026"]), ("1-15 dic", ["1", "-", "15", "dic"]), ("⟦3⟧ & más", ["⟦3⟧", "y", "mas"])])
def test_a_text_is_cut_into_words_numbers_and_days(text, words):
    assert tokens(text) == words


@pytest.mark.parametrize(("one", "other"), [("tornillos", "tornillo"), ("motores", "motor"), ("hoses", "hose"), ("cafes", "café"), ("batteries", "battery"), ("batterys", "batteries")])
def test_plurals_have_the_stem_of_their_singular(one, other):
    assert stem(fold(one)) == stem(fold(other))


@pytest.mark.parametrize(("one", "other"), [("bendere", "vendere"), ("semanas", "cemanas"), ("procsimo", "proximo"), ("ke", "que"), ("coff", "cough")])
def test_what_sounds_alike_in_spanish_has_one_sound(one, other):
    assert sound(one) == sound(other)


@pytest.mark.parametrize(("said", "meant"), [
    ("ke debo conprar el procsimo mez", "que debo comprar el proximo mes"), ("bset sellers last yaer", "best sellers last year"),
    ("q productos se agotan", "que productos se agotan"), ("whta shuold i purchse", "what should i purchase"),
    ("ventas del mes pasao", "ventas del mes pasado"), ("qeu compro", "que compro"), ("what should i by", "what should i buy")])
def test_misspelt_words_are_set_right_in_the_language_of_the_question(said, meant):
    assert " ".join(spelt(said.split(), nowhere, "es")) == meant


def test_words_of_articles_are_left_to_them():
    assert spelt(["mesa"], {"mesa": 0.0}.get, "es") == ["mesa"]
    assert spelt(["meza"], {"meza": 0.4}.get, "es") == ["meza"]


def test_q_before_a_number_is_a_quarter_and_k_after_one_a_thousand():
    assert spelt(["q", "3"], nowhere, "es") == ["q", "3"]
    assert spelt(["5", "k"], nowhere, "es") == ["5", "k"]


def test_a_letter_of_a_name_stays_with_its_number():
    assert spelt(["vitamina", "d", "3"], {"d": 0.0}.get, "es") == ["vitamina", "d", "3"]
    assert spelt(["x", "3", "meses"], {"x": 0.0}.get, "es") == ["por", "3", "meses"]


@pytest.mark.parametrize("said", ["sales of coats", "the rice sales", "ventas de los huevos", "enough flour"])
def test_the_name_of_what_is_sold_is_not_set_right(said):
    assert " ".join(spelt(said.split(), nowhere, "en")) == said


def test_short_words_and_words_between_two_are_left_alone():
    assert nearest("zun", VOCABULARY) is None
    assert nearest("juio", VOCABULARY) is None
    assert is_unclear_time("juio")
    assert not is_unclear_time("cemento")


def test_the_language_is_that_of_most_words_else_the_default():
    assert language_of(["cuanto", "se", "vendio", "en", "march"], "en") == "es"
    assert language_of(["how", "much"], "es") == "en"
    assert language_of(["x1"], "es") == "es"


@pytest.mark.parametrize(("text", "left"), [
    ("buenos días cuánto vendimos", "cuanto vendimos"), ("Hola, buenas tardes que compro", "que compro"), ("good morning what sold", "what sold"),
    ("cuánto vendimos en 10 días", "cuanto vendimos en 10 dias")])
def test_a_greeting_says_nothing_about_days(text, left):
    assert ungreeted(tokens(text)) == left.split()


@pytest.mark.parametrize(("text", "words"), [
    ("sales w/c 9 Nov", "sales week commencing 9 nov"), ("b4 Friday", "before friday"), ("May '25", "may 2025"), ("qué tanto se vende", "cuanto se vende")])
def test_short_forms_with_figures_and_signs_are_written_out(text, words):
    assert tokens(text) == words.split()


def test_plain_words_are_known_but_no_word_is_set_right_to_them():
    assert is_known("entra")
    assert is_known("qtr")
    assert not is_known("tornillo")
    assert spelt(["rebasa"], nowhere, "es") == ["rebasa"]


@pytest.mark.parametrize(("text", "meant"), [("octubre bs septiembre", "octubre vs septiembre"), ("octubre 2026 bs 2025", "octubre 2026 vs 2025"), ("con 5000 bs", "con 5000 bs")])
def test_bs_is_a_misspelt_vs_but_money_beside_a_number(text, meant):
    assert spelt(text.split(), nowhere, "es") == meant.split()
