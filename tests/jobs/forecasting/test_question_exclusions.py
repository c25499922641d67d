"""What a question leaves out is told from what it asks for, and what may be either is refused."""

import pytest

from jobs.forecasting.question_exclusions import take_exclusion


@pytest.mark.parametrize(("marked", "places"), [
    ("ventas de ⟨p⟩ sin contar ⟦⟧", {0}), ("sales ⟨p⟩ except for the ⟦⟧ and ⟦⟧", {0, 1}), ("ventas de ⟦⟧ excepto ⟦⟧", {1}),
    ("todo menos ⟦⟧ , ventas de ⟨p⟩", {0}), ("que compro con ⟨m⟩ menos ⟦⟧", {0}), ("what to buy with ⟨m⟩ , but not ⟦⟧", {0}),
    ("los mas vendidos que no sean de la categoria ⟦⟧ ni ⟦⟧", {0, 1}), ("best sellers other than ⟦⟧", {0}), ("ventas dejando ⟦⟧ por fuera", {0}),
    ("what to order leaving ⟦⟧ out", {0}), ("sales of ⟦⟧ without ⟦⟧ or ⟦⟧", {1, 2}), ("que debo comprar aparte de ⟦⟧", {0})])
def test_what_stands_after_a_word_that_leaves_out_is_left_out(marked: str, places: set[int]) -> None:
    made = take_exclusion(marked)

    assert (set(made.places), made.unsure) == (places, False)


@pytest.mark.parametrize("marked", [
    "me voy a quedar sin ⟦⟧", "we are left without ⟦⟧", "vendimos menos ⟦⟧ ⟨p⟩ que ⟨p⟩", "que vendio menos de ⟦⟧", "nothing but ⟦⟧ , sales ⟨p⟩",
    "mas o menos ⟦⟧ en ⟨p⟩", "cuales se vendieron menos , ⟦⟧ o ⟦⟧", "todos los menos vendidos de ⟦⟧", "productos sin ventas de ⟦⟧",
    "articulos de ⟦⟧ que no tengan ventas", "items of ⟦⟧ that are not selling"])
def test_words_that_leave_nothing_out_there_leave_the_articles_in(marked: str) -> None:
    made = take_exclusion(marked)

    assert (made.places, made.unsure, made.rest) == (frozenset(), False, marked)


@pytest.mark.parametrize("marked", [
    "ventas de ⟨p⟩ sin contar ⟨p⟩", "vendimos menos ⟦⟧ en ⟨p⟩", "not only ⟦⟧ , sales ⟨p⟩", "ventas de ⟨p⟩ , ⟦⟧ no", "sales without promotions ⟨p⟩",
    "ventas excepto festivos", "sales ⟨p⟩ excluding refunds of ⟦⟧"])
def test_what_is_left_out_and_cannot_be_told_is_unsure(marked: str) -> None:
    assert take_exclusion(marked).unsure


def test_the_rest_is_the_sentence_without_what_is_left_out() -> None:
    assert take_exclusion("los ⟨n⟩ mas vendidos , todo menos ⟦⟧ , de ⟨p⟩").rest == "los ⟨n⟩ mas vendidos , de ⟨p⟩"
