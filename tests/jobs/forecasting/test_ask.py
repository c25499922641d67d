"""The question job, from a plain question to an answer that tracking knows about."""

import io
import json
import time
from datetime import UTC, date, datetime

import polars as pl
import pytest

from jobs.context import Company
from jobs.errors import InputError, JobCanceled, NotFound
from jobs.forecasting import ask, train
from jobs.forecasting.ask_kinds import AskParams
from jobs.memory_context import MemoryContext
from tests.jobs.forecasting.sales import add, train_params
from tests.jobs.forecasting.shop import TODAY, again, ask_shop, sold_between


@pytest.fixture
def shop(shop_that_knows) -> MemoryContext:
    return again(shop_that_knows)


def test_the_answer_says_what_was_asked_what_was_understood_and_what_it_is(shop):
    made = ask_shop(shop, "¿Cuánto cemento gris vendimos en octubre?")

    units = sold_between(date(2026, 10, 1), date(2026, 10, 31), "A-101")
    assert (made.intent, made.understood.items, made.understood.language) == ("demand", ("A-101",), "es")
    assert made.data["units"] == units
    assert "Cemento gris 50 kg" in made.explanation
    assert "octubre de 2026" in made.explanation
    assert f"{units:.0f} unidades" in made.explanation


def test_the_answer_comes_in_the_language_of_the_question_or_the_one_asked_for(shop):
    assert ask_shop(shop, "best sellers last month").explanation.startswith("I understood")
    assert ask_shop(shop, "más vendidos el mes pasado").explanation.startswith("Entendí")
    asked = ask_shop(shop, "best sellers last month", language="es")
    assert (asked.understood.language, asked.explanation[:7]) == ("es", "Entendí")


def test_what_is_no_question_for_it_is_unknown_with_examples_in_both_languages(shop):
    spanish, english = ask_shop(shop, "¿quién ganó el mundial?"), ask_shop(shop, "what's the weather like tomorrow")

    assert (spanish.intent, english.intent, spanish.data, spanish.candidates) == ("unknown", "unknown", {}, ())
    assert "¿Qué debo comprar el próximo mes" in spanish.explanation
    assert "What should I buy next month" in english.explanation
    assert spanish.understood.model_dump(exclude={"language"}) == {
        "start": None, "end": None, "compare_start": None, "compare_end": None, "items": (), "excluded": (), "budget": None, "limit": None}


def test_a_name_that_many_have_is_asked_back_with_their_number_and_the_best_sellers_and_all_of_them_can_be_had(shop_that_knows):
    # given twelve front shock absorbers, the n-th of which sells n
    ctx = again(shop_that_knows, datasets={}, versions={})
    rows = [(date(2026, 10, 1), f"AM{n:02}", f"Amortiguador delantero {car}", float(n)) for n, car in enumerate("abcdefghijkl", 1)]
    add(ctx, pl.DataFrame([*rows, (date(2026, 11, 20), "X", "Tornillo", 1.0)], schema=["date", "item", "item_name", "quantity"], orient="row"))
    # when
    many, every = (ask_shop(ctx, f"ventas de {name} en octubre") for name in ("amortiguador delantero", "todo lo de amortiguadores delanteros"))
    # then
    assert [c.item for c in many.candidates] == ["AM12", "AM11", "AM10", "AM09", "AM08"]
    assert "Hay 12 artículos que pueden ser «amortiguador delantero»" in many.explanation
    assert "«todo lo de amortiguador delantero»" in many.explanation
    assert (every.data["units"], len(every.data["items"])) == (78.0, 12)


def test_an_article_that_is_not_sure_is_asked_back_with_candidates(shop):
    made = ask_shop(shop, "demanda de tornillo en diciembre")

    assert (made.intent, made.understood.items, made.data) == ("demand", (), {})
    assert [c.item for c in made.candidates] == ["B-201", "B-200"]  # the one that sells more comes first
    assert "B-200 (Tornillo drywall 6x1)" in made.explanation


def test_a_model_can_be_asked_without_its_company(shop):
    made = ask_shop(shop, "how much did we sell in October 2026", model="empresa_900123456")

    assert made.data["units"] == sold_between(date(2026, 10, 1), date(2026, 10, 31))


def test_a_model_whose_sales_are_gone_answers_from_its_own_history(shop_that_knows):
    ctx = again(shop_that_knows, datasets={}, companies={})

    made = ask_shop(ctx, "how much did we sell in October 2026", model="empresa_900123456")

    assert made.data["units"] == sold_between(date(2026, 10, 1), date(2026, 10, 31))


def test_today_is_where_the_company_is(shop_that_knows):
    far = {"acme": Company("acme", "900123456", "Acme", "KI", "AUD", "Pacific/Kiritimati", "sales")}
    made = ask.run(AskParams.model_validate({"question": "ventas de hoy", "company": "acme"}), again(shop_that_knows, companies=far))

    hours = (datetime.combine(made.understood.start, datetime.min.time(), UTC) - datetime.now(UTC)).total_seconds() / 3600
    assert -10.1 < hours < 14.1  # the date line: a day begins there 14 hours before it does in UTC


def test_an_unknown_company_model_or_stock_is_not_found(shop):
    with pytest.raises(NotFound):
        ask_shop(MemoryContext(), "ventas de ayer")
    with pytest.raises(NotFound):
        ask_shop(shop, "ventas de ayer", model="nothing")
    with pytest.raises(NotFound):
        ask_shop(shop, "qué debo comprar", stock="nothing")
    with pytest.raises(InputError, match="of type `stock`"):
        ask_shop(shop, "qué debo comprar", stock="sales")


def test_a_canceled_question_stops(shop):
    shop.stop = True
    with pytest.raises(JobCanceled):
        ask_shop(shop, "ventas de ayer")


def test_a_run_about_demand_is_tracked_as_a_prediction(shop):
    made = ask_shop(shop, "¿Cuánto se venderá en diciembre?")

    expected = {"modelo_id": "empresa_900123456", "nit_empresa": "900123456", "tipo_prediccion": "demanda", "meses_proyeccion": 1.02,
                "total_predicciones": 13, "question": "¿Cuánto se venderá en diciembre?", "intent": "demand"}
    assert shop.params | expected == shop.params
    table = pl.read_csv(io.BytesIO(shop.artifacts["predictions.csv"]), schema_overrides={"item": pl.String})
    logged = {name: value for name, value, _ in shop.metrics}
    assert logged["demanda_total"] == pytest.approx(table["units"].sum())
    assert logged["demanda_maxima"] == pytest.approx(table["units"].max())
    assert json.loads(shop.artifacts["answer.json"]) == made.model_dump(mode="json")
    assert json.loads(shop.artifacts["prediction_metadata.json"])["intent"] == "demand"
    assert shop.tags == {"modelo_id": "empresa_900123456", "nit_empresa": "900123456"}


def test_a_run_about_purchases_is_tracked_as_recommendations(shop):
    made = ask_shop(shop, "¿Qué debo comprar el próximo mes?")

    logged = {name: value for name, value, _ in shop.metrics}
    assert shop.params["tipo_prediccion"] == "recomendaciones"
    assert logged["inversion_total"] == pytest.approx(made.data["investment_total"], abs=0.01)
    assert logged["total_articulos_recomendados"] == made.data["items_recommended"]
    assert pl.read_csv(shop.artifacts["recommendations.csv"]).height == 13


def test_a_question_that_finds_no_sales_says_what_to_do():
    ctx = MemoryContext()
    ctx.companies["acme"] = Company("acme", "900123456", "Acme", "CO", "COP", "America/Bogota", None)

    made = ask_shop(ctx, "¿Qué debo comprar el próximo mes?")

    assert (made.intent, made.data) == ("purchase_list", {})
    assert "Sube un archivo de ventas" in made.explanation
    assert made.understood.start == date(2026, 12, 1)


@pytest.mark.slow
def test_300_articles_and_three_years_are_answered_in_far_less_than_two_seconds():
    # given 300 articles sold every day of three years, a model of their months, and a process that has its libraries loaded
    days = pl.date_range(date(2023, 11, 27), date(2026, 11, 25), "1d", eager=True)
    items = pl.DataFrame({"item": [f"S{n:03d}" for n in range(300)], "level": [1.0 + n % 9 for n in range(300)]})
    lines = items.join(pl.DataFrame({"date": days}), how="cross").with_columns(
        item_name=pl.concat_str(pl.lit("Producto "), "item"), quantity=pl.col("level") + pl.col("date").dt.month(), unit_cost=3.5)
    ctx = MemoryContext()
    ctx.companies["acme"] = Company("acme", "900123456", "Acme", "CO", "COP", "America/Bogota", "sales")
    add(ctx, lines.drop("level"))
    train.run(train_params(company="acme", folds=1, frequency="month"), ctx)
    # when
    questions = ("¿Cuánto se venderá el próximo mes?", "top 10 de este año", "compara este mes con el mes pasado",
                 "¿Qué debo comprar el próximo mes con 5 millones?", "demanda de producto s007 en enero de 2028")
    for question in questions:
        began = time.process_time()
        assert ask_shop(again(ctx), question, today=TODAY).data
        # then: measured 0.5 s for the first question, 0.2 s and less for the others
        assert time.process_time() - began < 2.0


def test_each_of_two_names_that_are_not_sure_is_asked_back_with_its_own_candidates(shop_that_knows):
    # given seven pads and two discs
    ctx = again(shop_that_knows, datasets={}, versions={})
    names = [*(f"Pastilla freno {car}" for car in "abcdefg"), "Disco freno x", "Disco freno y"]
    rows = [(date(2026, 10, 1), f"F{n}", name, float(n)) for n, name in enumerate(names, 1)]
    add(ctx, pl.DataFrame(rows, schema=["date", "item", "item_name", "quantity"], orient="row"))
    # when
    made = ask_shop(ctx, "ventas de pastillas o discos en octubre")
    # then
    assert "Hay 7 artículos que pueden ser «pastillas»" in made.explanation
    assert "No estoy seguro de qué artículo es «discos». ¿Es uno de estos? F9 (Disco freno y), F8 (Disco freno x)." in made.explanation
    assert [c.item for c in made.candidates] == ["F7", "F6", "F5", "F9", "F8"]
