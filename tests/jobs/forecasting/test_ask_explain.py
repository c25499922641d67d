"""The explanation shows what was understood, in plain sentences of the answer's language."""

from datetime import date

import polars as pl
import pytest

from jobs.context import Company
from jobs.memory_context import MemoryContext
from tests.jobs.forecasting.sales import add
from tests.jobs.forecasting.shop import again, ask_shop


@pytest.fixture
def shop(shop_that_knows) -> MemoryContext:
    return again(shop_that_knows)


@pytest.mark.parametrize(("question", "parts"), [
    ("con 5 millones qué compro el próximo mes", ("diciembre de 2026", "$5.000.000 como máximo")),
    ("top 3 de octubre", ("solo los primeros 3", "octubre de 2026")), ("demanda de café molido en enero", ("de Café molido 500 g", "enero de 2027")),
    ("compara octubre con septiembre", ("octubre de 2026 frente a septiembre de 2026",)),
    ("los más vendidos con más de 100 unidades en octubre", ("solo más de 100 unidades",))])
def test_what_was_understood_is_shown(shop, question, parts):
    made = ask_shop(shop, question)

    assert made.explanation.startswith("Entendí que quieres saber")
    for part in parts:
        assert part in made.explanation.partition(".  ")[0]


@pytest.mark.parametrize("question", [
    "¿Cuánto se venderá el próximo mes?", "ventas de octubre", "los 5 más vendidos de este año", "lo que menos se vende", "compara este mes con el anterior",
    "¿Qué debo comprar en enero?", "¿Cuánto debo invertir?", "¿Qué se va a acabar?", "ventas de 1999", "ventas del 31 de febrero", "hola",
    "How much will sell next quarter?", "top 3 last month", "worst sellers this year", "compare 2026 with 2025", "what should I buy", "what will run out"])
def test_every_answer_is_made_of_whole_sentences(shop, question):
    made = ask_shop(shop, question).explanation

    assert made[0].isupper()
    assert made[-1] in ".?"
    assert "{" not in made
    assert "None" not in made
    assert "  " not in made


@pytest.mark.parametrize(("question", "part"), [
    ("ventas de perro en 2026", "Una categoría con esa palabra: Alimento perro. Para sumarla, di «categoría Alimento perro»."),
    ("sales of gato in 2026", "A category of that word: Alimento gato. To sum it up, say “category Alimento gato”.")])
def test_a_category_that_has_the_word_is_offered_beside_the_articles(question, part):
    ctx = MemoryContext()
    ctx.companies["acme"] = Company("acme", "900123456", "Acme", "CO", "COP", "America/Bogota", "sales")
    rows = [(date(2026, 10, 1), *article, 5.0) for article in (
        ("P1", "Snack dental perro", "Alimento perro"), ("P2", "Galleta perro", "Alimento perro"), ("P3", "Collar perro", "Accesorios"),
        ("G1", "Arena aglomerante", "Alimento gato"))]
    columns = {"date": pl.Date, "item": pl.String, "item_name": pl.String, "category": pl.String, "quantity": pl.Float64}
    add(ctx, pl.DataFrame(rows, schema=columns, orient="row"))

    made = ask_shop(ctx, question)

    assert part in made.explanation
    assert {c.item for c in made.candidates} <= {"P1", "P2", "P3"}
    said = "ventas de la categoría Alimento perro en 2026" if made.understood.language == "es" else "sales of category Alimento gato in 2026"
    assert ask_shop(again(ctx), said).understood.items


@pytest.mark.parametrize(("question", "part"), [
    ("cuánto cemento gris vendimos en octubre y cuánto debo pedir", "También preguntaste «cuánto debo pedir»; eso no lo respondí: pregúntalo aparte."),
    ("how much of A-101 did we sell in October and how much should I order?",
     "You also asked “how much should I order?”; I did not answer that: ask it by itself.")])
def test_of_two_questions_the_one_that_is_left_out_is_said(shop, question, part):
    made = ask_shop(shop, question)

    assert (made.intent, made.data["items"][0]["item"] if "items" in made.data else made.understood.items[0]) == ("demand", "A-101")
    assert part in made.explanation


def test_a_long_list_is_cut_and_counted(shop):
    assert "and 8 more" in ask_shop(shop, "What should I buy next month?").explanation


def test_a_budget_that_is_too_small_for_an_article_says_what_is_left_out(shop):
    made = ask_shop(shop, "tengo 1000 pesos para cemento gris, ¿qué debo comprar el próximo mes?", today=date(2026, 11, 26))

    assert made.understood.items == ("A-101",)
    assert 0 < made.data["investment_total"] <= 1000
    assert "Alcanza solo para una parte" in made.explanation


@pytest.mark.parametrize(("question", "part"), [
    ("Septiembre frente a octubre", "De septiembre de 2026 a octubre de 2026 subió"),
    ("ventas de la categoría pinturas en octubre", "la categoría Pinturas (3 artículos)"),
    ("¿Qué debo comprar en diciembre?", "del 26 de noviembre al 31 de diciembre de 2026, más 7 días de entrega")])
def test_what_is_said_is_what_was_computed(shop, question, part):
    assert part in ask_shop(shop, question).explanation


@pytest.mark.parametrize(("question", "part"), [
    ("los más vendidos en 2026", "Las ventas que conozco llegan hasta el 25 de noviembre de 2026."),
    ("los que menos se han vendido este año", "Las ventas que conozco llegan hasta el 25 de noviembre de 2026."),
    ("best sellers by revenue sold so far in 2026", "The sales that I know go up to November 25, 2026."),
    ("sales by category since january", "The sales that I know go up to November 25, 2026."),
    ("what won't sell in january", "Of every article some sales are expected (January 2027).")])
def test_a_ranking_of_a_time_that_is_not_over_says_up_to_which_day_sales_are_known(shop, question, part):
    assert part in ask_shop(shop, question).explanation


def test_a_ranking_of_a_time_that_is_known_to_its_end_says_no_such_day(shop):
    assert "Las ventas que conozco" not in ask_shop(shop, "los más vendidos en octubre").explanation


@pytest.mark.parametrize(("question", "parts"), [
    ("quiero hablar con un humano", ("No entendí estas palabras: hablar, humano.", "Puedes preguntarme")),
    ("quiero hablar con un humano del próximo trimestre", ("hablar, humano.", "Lo más parecido que sé responder es «¿Cuánto dinero necesito")),
    ("artículos nuevos este año", ("No sé decir qué artículos son nuevos. Lo más parecido: «¿Cuáles son los 5 más vendidos",)),
    ("que articulos tengo de sobra", ("Qué sobra no lo respondo aquí: lo marca la lista de compras, en su filtro «exceso».",)),
    ("what do I have too much of", ("What is too much I do not answer here: the buy list marks it, by its filter “too much”.",)),
    ("borra todas las ventas", ("Solo leo: no cambio ni borro datos.",)), ("delete all sales", ("I only read: I neither change nor delete data.",)),
    ("¿Cuánto gané el año pasado?", ("De márgenes y ganancias no sé responder", "no calculo lo que costó lo vendido", "¿Cuánto facturamos")),
    ("how much profit did I make last year?", ("I cannot answer about margins and profits", "what the goods sold had cost", "What was our revenue")),
    ("what do I need to buy from Pintuco", ("Pintuco", "I cannot answer about suppliers. The nearest: “What should I buy next month?”")),
    ("qué le pido a Corona este mes", ("De proveedores no sé responder. Lo más parecido",))])
def test_a_question_that_is_refused_names_the_words_not_understood_and_the_nearest_that_is(shop, question, parts):
    made = ask_shop(shop, question)

    assert made.data == {}
    assert [part for part in parts if part not in made.explanation] == [], made.explanation
