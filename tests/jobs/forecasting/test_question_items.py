"""Articles are found by code, name, name with typos or category; what is not sure brings candidates, never a guess."""

import pytest

from jobs.forecasting.question_items import Article, Catalog, Mentions, merged
from jobs.forecasting.question_text import tokens
from tests.jobs.forecasting.catalog import ARTICLES

CATALOG = Catalog(ARTICLES)


def codes_marked(text: str, catalog: Catalog = CATALOG) -> list[str]:
    return [catalog.articles[int(word.strip("⟦⟧"))].code for word in catalog.mark_codes(text).split() if word.startswith("⟦")]


@pytest.mark.parametrize(("text", "codes"), [
    ("demanda de A-101, por favor", ["A-101"]), ("¿a-101?", ["A-101"]), ("how much of a101", ["A-101"]), ("B-200 y C-310", ["B-200", "C-310"]),
    ("código 12", ["12"]), ("#12", ["12"]), ("el artículo 90210", ["90210"]), ("ventas de 7702001", ["7702001"])])
def test_codes_are_found_whatever_their_case_and_dashes(text, codes):
    assert codes_marked(text) == codes


@pytest.mark.parametrize("text", ["top 12", "en 12 días", "presupuesto 90210", "con 7702001 pesos", "A-999", "en may 01"])
def test_numbers_and_words_that_happen_to_be_codes_are_not_taken_for_one(text):
    assert codes_marked(text) == []


def test_codes_that_differ_by_case_alone_are_told_apart():
    catalog = Catalog((Article("ab1"), Article("AB1")))

    assert codes_marked("ventas de AB1", catalog) == ["AB1"]
    assert codes_marked("ventas de Ab1", catalog) == []


def test_whole_names_are_found_without_accents_and_in_the_plural():
    made = CATALOG.mark_names(tokens("ventas de chocolates de mesa y CAFE MOLIDO 500 G"))

    assert made == ["ventas", "de", "⟦16⟧", "y", "⟦13⟧"]


@pytest.mark.parametrize("text", ["calendar 2027 wall", "2027 wall calendars", "wall calendars 2027"])
def test_a_year_in_a_name_may_stand_elsewhere_in_it(text):
    assert CATALOG.mark_names(tokens(text)) == ["⟦27⟧"]


@pytest.mark.parametrize("text", ["2026 wall calendars", "wall calendars in 2027", "2027 calendars", "lavender hand soap"])
def test_only_a_whole_name_with_its_year_may_have_another_order(text):
    assert CATALOG.mark_names(tokens(text)) == tokens(text)


def test_a_name_of_question_words_alone_is_no_article():
    catalog = Catalog((Article("x", "Total"), Article("y", "Ventas")))

    assert catalog.mark_names(["ventas", "total"]) == ["ventas", "total"]


def test_a_kind_of_thing_with_its_number_is_a_name_and_a_number_of_things_is_none():
    catalog = Catalog([Article(f"P{n}", f"Producto {n}") for n in range(1, 13)])

    assert catalog.mark_names(tokens("ventas de Producto 11 y producto 3")) == ["ventas", "de", "⟦10⟧", "y", "⟦2⟧"]
    assert catalog.mark_names(tokens("los 3 productos")) == ["los", "3", "productos"]


@pytest.mark.parametrize(("phrase", "code"), [
    ("cemento gris", "A-101"), ("semento gris", "A-101"), ("filtros de aire", "D-402"), ("pastilas de freno", "D-403"), ("arroz diana", "E-502"),
    ("wipper blades", "F-601"), ("panela", "E-501"), ("garden hoses", "F-603")])
def test_a_name_cut_short_or_misspelt_is_found_when_it_is_clear(phrase, code):
    assert CATALOG.find(tokens(phrase)) == Mentions(codes=(code,))


@pytest.mark.parametrize(("phrase", "code"), [("hand sope", "soap"), ("hand sop", "soap"), ("cat fod", "cat"), ("bed lam", "lamp")])
def test_a_short_word_that_lacks_a_letter_is_found_by_the_words_beside_it(phrase, code):
    catalog = Catalog((Article("soap", "Hand soap"), Article("cream", "Hand cream"), Article("cat", "Cat food"), Article("dog", "Dog food"),
                       Article("lamp", "Bed lamp")))

    assert catalog.find(tokens(phrase)) == Mentions(codes=(code,))


def test_the_categories_that_have_all_words_of_a_phrase_are_known():
    catalog = Catalog((Article("p", "Snack dental perro", "Alimento perro"), Article("c", "Collar perro", "Accesorios"),
                       Article("g", "Arena", "Alimento gato")))

    assert catalog.categories_with("perros") == ["Alimento perro"]
    assert catalog.categories_with("alimentos") == ["Alimento perro", "Alimento gato"]
    assert catalog.categories_with("perro grande") == catalog.categories_with("de") == catalog.categories_with("") == []


@pytest.mark.parametrize("phrase", ["red pin", "tea can", "hand cap"])
def test_a_short_word_with_another_letter_is_another_word(phrase):
    catalog = Catalog((Article("pen", "Red pen"), Article("pan", "Red pan"), Article("tea", "Tea tin"), Article("cup", "Hand cup")))

    assert catalog.find(tokens(phrase)).codes == ()


@pytest.mark.parametrize(("phrase", "codes"), [
    ("tornillo", {"B-200", "B-201"}), ("cemento", {"A-101", "A-102"}), ("filtro", {"D-401", "D-402"}), ("leche", {"7702001", "7702002"})])
def test_a_name_that_fits_several_brings_them_as_candidates(phrase, codes):
    made = CATALOG.find(tokens(phrase))

    assert made.codes == ()
    assert {c.article.code for c in made.candidates} == codes


def test_two_articles_in_a_phrase_are_both_found():
    assert CATALOG.find(tokens("cemento gris y panela redonda")).codes == ("A-101", "E-501")


def test_a_category_stands_for_itself():
    made = CATALOG.find(["pinturas"])

    assert [CATALOG.category_name(c) for c in made.categories] == ["Pinturas"]
    assert CATALOG.codes_in(made.categories[0]) == ["C-310", "C-311", "C-315"]


def test_a_category_of_several_words_is_marked_unless_its_name_goes_on():
    catalog = Catalog([Article("a", "Aspirin", "Pain relief"), Article("b", "Gauze", "First aid")])

    assert catalog.mark_names(["order", "first", "aid", "today"]) == ["order", "⟦3⟧", "today"]
    assert catalog.mark_names(["pain", "relief", "cream"]) == ["pain", "relief", "cream"]
    assert catalog.marked(3) == Mentions(categories=("first aid",))
    assert catalog.marked(0) == Mentions(codes=("a",))


def test_small_words_do_not_make_an_article_unsure():
    assert Catalog([Article("a", "Broca para concreto 6 mm"), Article("b", "Broca para concreto 8 mm")]).find(
        ["brocas", "de", "6", "mm"]).codes == ("a",)
    assert Catalog([Article("a", "Air filter Corolla"), Article("b", "Oil filter Civic")]).find(
        ["air", "filters", "for", "the", "corolla"]).codes == ("a",)


def test_a_plural_is_found_by_its_sound():
    assert Catalog([Article("a", "Martillo de uña"), Article("b", "Llave")]).find(["martiyos"]).codes == ("a",)
    assert Catalog([Article("a", "Martillo de uña"), Article("b", "Llave")]).find(["yaves"]).codes == ("b",)


def test_at_most_five_candidates_come_back():
    many = Catalog(tuple(Article(f"c{n}", f"silla roja {n}") for n in range(9)))

    assert len(many.find(["silla"]).candidates) == 5


def test_of_many_that_fit_those_that_sold_most_are_the_candidates_however_many_there_are():
    many = Catalog(tuple(Article(f"c{n}", f"silla roja {n}", sold=float(n)) for n in range(99)))

    found = many.find(["silla", "roja"])
    assert [c.article.code for c in found.candidates] == ["c98", "c97", "c96", "c95", "c94"]
    assert found.alike == 99
    few = Catalog((Article("a", "silla roja", sold=1), Article("b", "silla roja grande", sold=9), Article("c", "silla azul", sold=99)))
    assert [c.article.code for c in few.find(["silla", "roja", "de"]).candidates][:2] == ["b", "a"]


def test_all_articles_with_some_words_can_be_had():
    many = Catalog(tuple(Article(f"c{n}", f"silla {color}", sold=float(n)) for n, color in enumerate(("roja", "azul", "roja grande"))))
    assert many.all_with(["sillas", "rojas"]) == ("c2", "c0")


def test_two_articles_side_by_side_are_two_unless_one_has_the_whole_name():
    found = CATALOG.find(["cemento", "gris", "con", "cemento", "blanco"])
    assert found.codes == ("A-101", "A-102")
    assert CATALOG.find(["cemento", "gris", "with", "sushi"]).codes == ()
    coffee = Catalog((Article("a", "Café con leche"), Article("b", "Café"), Article("c", "Leche")))
    assert coffee.find(["cafes", "con", "leche"]).codes == ("a",)


def test_words_of_no_article_are_unknown():
    assert CATALOG.find(["sushi", "fresco"]) == Mentions(unknown=("sushi fresco",))
    assert Catalog(()).find(["sushi"]) == Mentions(unknown=("sushi",))


def test_a_word_is_measured_against_the_names():
    assert CATALOG.distance("cementos") == 0.0
    assert CATALOG.distance("semento") == 0.5
    assert CATALOG.distance("zzzzzz") is None


def test_mentions_are_merged_without_repeats():
    assert merged((Mentions(("a", "b")), Mentions(("b", "c"), unknown=("x",)))) == Mentions(("a", "b", "c"), unknown=("x",))


def test_two_names_that_are_not_sure_both_bring_candidates():
    catalog = Catalog([*(Article(f"P{n}", f"Pastillas freno {car}") for n, car in enumerate("abcdefg")), Article("D1", "Disco freno x"), Article("D2", "Disco freno y")])

    made = catalog.find(["pastillas", "o", "discos"])

    assert [(c.asked, c.alike) for c in made.candidates] == [("pastillas", 7)] * 3 + [("discos", 2)] * 2


def test_two_words_of_a_name_may_be_written_as_one():
    assert Catalog([Article("C1", "Coca Cola 1.5 L"), Article("C2", "Agua 600 ml")]).find(["cocacolas"]).codes == ("C1",)


@pytest.mark.parametrize(("phrase", "groups"), [("oils and filters", ("oil", "filter")), ("allergy cold", ("allergi and cold",)), ("oils and for filters", ("oil", "filter"))])
def test_two_categories_are_meant_before_an_article_with_both_words(phrase, groups):
    catalog = Catalog([Article("O", "Engine oil", "Oils"), Article("F", "Oil filter", "Filters"), Article("L", "Loratadine", "Allergy and cold")])

    assert catalog.find(phrase.split()).categories == groups
