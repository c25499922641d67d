"""Each kind of question is answered with the right numbers, or says what is missing; the oracle sums the sale lines themselves."""

import re
from datetime import date

import polars as pl
import pytest

from jobs.context import Company
from jobs.forecasting import predict, train
from jobs.forecasting.buy_list import BuyTerms, make_buy_list
from jobs.forecasting.charts import SoldBefore
from jobs.forecasting.package import read_card, read_unknown
from jobs.forecasting.question_calendar import Span
from jobs.memory_context import MemoryContext
from tests.jobs.forecasting.sales import add, monthly_sums, predict_params, promoted_sales, train_params
from tests.jobs.forecasting.shop import COLUMNS, FIRST, LAST, SOLD, TODAY, again, ask_shop, sale_lines, sold_between

MODEL = "empresa_900123456"
COVERED = Span(TODAY, date(2026, 12, 31))


@pytest.fixture
def shop(shop_that_knows) -> MemoryContext:
    return again(shop_that_knows)


@pytest.fixture
def monthly(trained) -> MemoryContext:
    """A company whose sales are sums by month, from January 2021 to December 2023."""
    return again(trained[0])


def forecast(ctx: MemoryContext, start: date, end: date, *codes: str) -> float:
    """What `forecasting.predict` says of some days."""
    fresh = again(ctx)
    predict.run(predict_params(model=MODEL, horizon=(end - LAST).days, items=codes or None), fresh)
    made = pl.read_csv(fresh.artifacts["predictions.csv"], schema_overrides={"item": pl.String})
    table = made.filter(pl.col("date").is_between(pl.lit(str(start)), pl.lit(str(end))))
    return float(table["mean"].sum())


def test_the_past_is_summed_net_of_returns(shop):
    made = ask_shop(shop, "ventas de octubre").data

    assert made["units"] == sold_between(date(2026, 10, 1), date(2026, 10, 31))
    assert made["revenue"] == pytest.approx(
        sum(line[4] * line[5] for line in sale_lines() if date(2026, 10, 1) <= line[0] <= date(2026, 10, 31)))
    assert (made["forecast"], made["model"]) == (0.0, None)


def test_what_sold_and_what_is_expected_add_up_to_all_though_some_quantities_are_blank(shop_that_knows):
    # given an article whose sales of the month that is going on are not known
    blank = (pl.col("item") == "A-101") & (pl.col("date") >= date(2026, 11, 1))
    lines = pl.DataFrame(sale_lines(), schema=COLUMNS, orient="row").with_columns(quantity=pl.when(~blank).then("quantity"))
    ctx = again(shop_that_knows, datasets={name: d for name, d in shop_that_knows.datasets.items() if name != "sales"})
    add(ctx, lines)

    made = ask_shop(ctx, "sales in November 2026")

    known = sold_between(date(2026, 11, 1), LAST) - sold_between(date(2026, 11, 1), LAST, "A-101")
    ahead = forecast(shop_that_knows, TODAY, date(2026, 11, 30))
    assert (made.data["sold"], made.data["forecast"]) == (known, pytest.approx(ahead, abs=0.1))
    assert made.data["units"] == pytest.approx(known + ahead, abs=0.1)
    said = re.search(r"([\d,]+) units have been sold; .* about ([\d,]+)\. In all: about ([\d,]+) units", made.explanation)
    sold, expected, every = (int(n.replace(",", "")) for n in said.groups())
    assert sold + expected == every


def test_the_future_comes_from_the_model(shop):
    made = ask_shop(shop, "¿Cuánto cemento gris se venderá en diez días?").data

    # given today's sales are not known yet, all of it is forecast
    assert made["units"] == pytest.approx(forecast(shop, TODAY, date(2026, 12, 6), "A-101"), abs=0.01)
    assert (made["sold"], made["version"]) == (0.0, 1)


def test_one_article_and_all_of_them_have_a_band_and_a_sum_of_some_has_none(monthly):
    one, every, some = (ask_shop(monthly, f"demand {what} in February 2024", today=date(2023, 12, 31))
                        for what in ("for part 0", "", "for part 0 and part 1"))

    for made in (one, every):
        assert made.data["lo-80"] < made.data["units"] < made.data["hi-80"]
        assert "8 times out of 10" in made.explanation
    # then the band of all is that of the picture
    found = monthly.model_version(MODEL)
    history, names = (pl.read_parquet(found.files[file]) for file in ("history.parquet", "items.parquet"))
    ahead = predict.forecast_means(found, read_card(found), history, 3, monthly, asked=names["unique_id"], future=None)
    panel = predict.forecast_panels(read_card(found), SoldBefore(history, read_unknown(found), names), ahead, every=True)[0]
    drawn = panel.forecast.row(by_predicate=pl.col("ds") == date(2024, 2, 1), named=True)
    assert (every.data["lo-80"], every.data["hi-80"]) == (pytest.approx(drawn["lo-80"], abs=0.01), pytest.approx(drawn["hi-80"], abs=0.01))
    assert "lo-80" not in some.data
    assert "a sum of only some articles" in some.explanation


@pytest.mark.parametrize("question", ["demand for part 0 in June 2024", "demand in February 2027"])
def test_beyond_what_was_tested_there_is_no_band(monthly, question):
    far = ask_shop(monthly, question, today=date(2023, 12, 31))

    assert far.data["units"] > 0
    assert far.data.keys() & {"lo-80", "hi-80"} == set()
    assert "8 times out of 10" not in far.explanation
    assert "So far ahead I do not know the margin." in far.explanation


def test_a_backtest_without_any_error_is_no_reason_to_be_sure(shop):
    # given sales that repeat themselves, so that two weeks of backtest found no error
    made = ask_shop(shop, "how many A-101 will we sell in January 2027")

    assert made.data["units"] > 0
    assert "lo-80" not in made.data
    assert "8 times out of 10" not in made.explanation
    assert "I do not know the margin" in made.explanation


def test_a_period_that_is_partly_over_is_sold_so_far_and_forecast_for_the_rest(shop):
    made = ask_shop(shop, "¿Cuánto se va a vender este mes?")

    assert made.data["sold"] == sold_between(date(2026, 11, 1), LAST)
    assert made.data["forecast"] == pytest.approx(forecast(shop, TODAY, date(2026, 11, 30)), abs=0.02)
    assert made.data["units"] == pytest.approx(made.data["sold"] + made.data["forecast"], abs=0.02)
    assert (made.data["sold_to"], made.data["forecast_from"]) == ("2026-11-25", "2026-11-26")
    assert "Hasta el 25 de noviembre de 2026 ya se vendieron" in made.explanation


def test_what_has_been_sold_so_far_has_no_forecast_in_it(shop):
    made = ask_shop(shop, "how much have we sold this month")

    assert (made.data["units"], made.data["forecast"]) == (sold_between(date(2026, 11, 1), LAST), 0.0)
    assert made.understood.end == date(2026, 11, 30)


def test_the_demand_of_a_category_is_that_of_its_articles(shop):
    made = ask_shop(shop, "¿Cuánto vendimos de la categoría construcción el mes pasado?")

    assert made.understood.items == ("A-101", "A-102", "A-103")
    assert made.data["units"] == sold_between(date(2026, 10, 1), date(2026, 10, 31), "A-101", "A-102", "A-103")
    assert {row["item"] for row in made.data["items"]} == {"A-101", "A-102", "A-103"}


def test_best_sellers_are_those_with_the_most_units(shop):
    made = ask_shop(shop, "los 3 más vendidos en octubre").data

    by_item = {a.code: sold_between(date(2026, 10, 1), date(2026, 10, 31), a.code) for a in SOLD}
    best = sorted(by_item, key=lambda code: -by_item[code])[:3]
    assert [row["item"] for row in made["items"]] == best
    assert [row["units"] for row in made["items"]] == [by_item[code] for code in best]


def test_the_worst_sellers_include_what_did_not_sell_at_all(shop_that_knows):
    # given an article that sold last year only
    ctx = again(shop_that_knows, datasets={})
    old = ("old", "Viejo", None, 5.0, 1.0, 1.0)
    lines = [*((d, *rest) for d, *rest in sale_lines()), (FIRST, *old)]
    add(ctx, pl.DataFrame(lines, schema=["date", "item", "item_name", "category", "quantity", "unit_price", "unit_cost"], orient="row",
                          infer_schema_length=None))
    # when
    made = ask_shop(ctx, "what sold the least in October 2026")
    # then
    assert made.data["items"][0] == {"item": "old", "item_name": "Viejo", "units": 0.0, "sold": 0.0, "forecast": 0.0, "revenue": None}
    assert made.data["unsold"] == 1
    assert "1 article sold nothing" in made.explanation


def test_a_threshold_keeps_what_passes_it(shop):
    made = ask_shop(shop, "productos más vendidos con más de 1000 unidades en octubre").data

    units = {a.code: sold_between(date(2026, 10, 1), date(2026, 10, 31), a.code) for a in SOLD}
    assert {row["item"] for row in made["items"]} <= {code for code, n in units.items() if n > 1000}
    assert made["articles"] == sum(n > 1000 for n in units.values())


def test_a_period_that_is_not_over_is_compared_with_as_much_of_the_other(shop):
    made = ask_shop(shop, "compara este mes con el mes pasado")

    one, two = sold_between(date(2026, 11, 1), LAST), sold_between(date(2026, 10, 1), date(2026, 10, 25))
    assert (made.data["first"]["units"], made.data["second"]["units"]) == (one, two)
    assert made.data["percent"] == pytest.approx(100 * (one - two) / two, abs=0.01)
    assert (made.data["first"]["end"], made.data["first"]["compared_to"]) == ("2026-11-30", "2026-11-25")
    assert "comparé partes iguales: 1–25 de noviembre de 2026 y 1–25 de octubre de 2026" in made.explanation


@pytest.mark.parametrize("question", [
    "compara cemento gris con cemento blanco en octubre", "compare cemento gris with cemento blanco in October"])
def test_two_articles_side_by_side_are_refused_as_such_and_not_asked_back(shop, question):
    made = ask_shop(shop, question)

    assert (made.intent, made.data, made.candidates) == ("compare_periods", {}, ())
    assert any(said in made.explanation for said in ("Solo comparo dos épocas", "I only compare two times"))


def test_periods_that_are_over_are_compared_whole(shop):
    made = ask_shop(shop, "October versus September").data

    assert made["first"]["units"] == sold_between(date(2026, 10, 1), date(2026, 10, 31))
    assert made["second"]["units"] == sold_between(date(2026, 9, 1), date(2026, 9, 30))
    assert made["equal_parts"] is False


def test_a_month_to_come_is_forecast_to_be_compared(shop):
    made = ask_shop(shop, "compara diciembre de 2026 con octubre de 2026")

    assert made.data["first"]["units"] == pytest.approx(forecast(shop, date(2026, 12, 1), date(2026, 12, 31)), abs=0.02)
    assert "Lo que aún no ha pasado es un cálculo" in made.explanation


def test_a_year_of_monthly_sums_is_compared_up_to_the_last_whole_month(trained):
    # given sums that end in December 2023, and the first half of 2023 only for the company
    ctx = again(trained[0], datasets={})
    add(ctx, monthly_sums().filter(pl.col("date") < date(2023, 7, 1)), "month", sums=True)

    made = ask_shop(ctx, "este año contra el año pasado", today=date(2023, 7, 15)).data

    sums = monthly_sums()
    for side, year in (("first", 2023), ("second", 2022)):
        part = sums.filter(pl.col("date").is_between(date(year, 1, 1), date(year, 6, 30)))["quantity"].sum()
        assert made[side]["units"] == pytest.approx(part, abs=0.01)
        assert made[side]["compared_to"] == f"{year}-06-30"


def test_a_part_of_a_monthly_sum_is_not_made_up(monthly):
    made = ask_shop(monthly, "ventas del 10 al 20 de marzo de 2023")

    assert (made.intent, made.data) == ("demand", {})
    assert "vienen sumadas por mes" in made.explanation


def test_the_forecast_of_a_month_is_shared_out_to_its_days_and_said(monthly):
    half = ask_shop(monthly, "demand from 1 to 10 January 2024", today=date(2023, 12, 31))
    whole = ask_shop(monthly, "demand in January 2024", today=date(2023, 12, 31))

    assert half.data["units"] == pytest.approx(whole.data["units"] * 10 / 31, abs=0.01)
    assert "I took the part that falls on these days" in half.explanation


def test_days_before_the_sales_and_far_after_them_are_not_made_up(shop):
    early, late = ask_shop(shop, "ventas de 2020"), ask_shop(shop, "demanda en 2031")

    assert (early.intent, early.data, late.intent, late.data) == ("demand", {}, "demand", {})
    assert "van del 2 de octubre de 2025 al 25 de noviembre de 2026" in early.explanation
    assert "demasiado lejos" in late.explanation


def test_the_future_without_a_model_asks_for_a_training(shop_that_knows):
    ctx = again(shop_that_knows, versions={})

    assert "Entrénalo primero" in ask_shop(ctx, "¿Cuánto se venderá en enero?").explanation
    assert "has to be trained" in ask_shop(ctx, "What should I buy next month?").explanation
    assert ask_shop(ctx, "ventas de octubre").data["units"] > 0


def test_a_model_that_needs_regressors_says_so(promoted):
    ctx = again(promoted)

    made = ask_shop(ctx, "What should I buy next month?", model="sales")

    assert (made.intent, made.data) == ("purchase_list", {})
    assert "the future of promo" in made.explanation
    assert promoted_sales()[0].height


def test_the_purchase_list_is_the_buy_list_of_a_month(shop):
    made = ask_shop(shop, "¿Qué artículos debo comprar el próximo mes?").data

    ctx = again(shop)
    same = make_buy_list(ctx, ctx.model_version(MODEL), ctx.dataset("stock"), BuyTerms(covers=COVERED)).table
    bought = same.filter(pl.col("quantity") > 0)
    assert made["investment_total"] == pytest.approx(bought["investment"].sum(), abs=0.01)
    assert {r["item"]: r["quantity"] for r in made["recommendations"]} == dict(bought.select("item", "quantity").iter_rows())
    assert made["stock"] == "stock"


def test_a_budget_is_kept_and_a_limit_shortens_the_list(shop):
    budget = ask_shop(shop, "tengo 500 mil pesos, ¿qué compro el próximo mes?")
    few = ask_shop(shop, "top 5 articles to buy next month").data

    assert (budget.understood.budget, 0 < budget.data["investment_total"] <= 500_000) == (500_000.0, True)
    assert "$500.000" in budget.explanation
    assert (len(few["recommendations"]), few["items_recommended"]) == (5, 5)


def test_an_article_alone_is_bought_as_in_the_whole_list(shop):
    whole = ask_shop(shop, "¿Qué debo comprar el próximo mes?").data["recommendations"]
    made = ask_shop(shop, "¿Cuánto cemento gris debo comprar el próximo mes?").data

    assert made["recommendations"] == [row for row in whole if row["item"] == "A-101"]


def test_the_money_that_purchases_need_is_the_sum_of_the_list(shop):
    made = ask_shop(shop, "¿Cuánto debo invertir el próximo mes?")

    assert made.intent == "investment_total"
    assert made.data["investment_total"] == pytest.approx(
        ask_shop(again(shop), "¿Qué debo comprar el próximo mes?").data["investment_total"])


def test_money_without_any_cost_known_is_not_made_up(trained):
    made = ask_shop(again(trained[0]), "¿Cuánto debo invertir el próximo mes?", today=date(2023, 12, 31))

    assert (made.intent, made.data["investment_total"]) == ("investment_total", None)
    assert "No sé cuánto cuesta" in made.explanation


def test_a_purchase_for_a_time_that_is_over_is_refused(shop):
    made = ask_shop(shop, "¿Cuánto debo invertir en octubre de 2026?")

    assert (made.intent, made.data) == ("investment_total", {})
    assert "ya pasó" in made.explanation


def test_what_runs_out_is_what_the_forecast_uses_up_in_time(shop):
    made = ask_shop(shop, "¿Qué se agota en dos semanas?")

    # the n-th article has n units and sells about n a weekday: all of them run out within a week
    assert made.data["items_at_risk"] == 13
    assert all(TODAY.isoformat() <= row["runs_out_on"] <= "2026-12-10" for row in made.data["items"])
    assert "13 artículos" in made.explanation


def test_an_article_that_lasts_is_said_to_last(shop_that_knows):
    ctx = again(shop_that_knows, datasets=dict(shop_that_knows.datasets))
    add(ctx, pl.DataFrame({"item": ["A-101"], "on_hand": [100_000.0]}), name="more", kind="stock")

    made = ask_shop(ctx, "when will we run out of cemento gris", stock="more")

    assert (made.understood.items, made.data["items"][0]["runs_out"], made.data["items_at_risk"]) == (("A-101",), False, 0)
    assert "lasts beyond" in made.explanation


def test_without_stock_nobody_knows_what_runs_out(trained):
    made = ask_shop(again(trained[0]), "¿Qué se va a acabar?", today=date(2023, 12, 31))

    assert (made.intent, made.data) == ("stockout_risk", {})
    assert "inventario" in made.explanation


def test_a_company_whose_model_is_newer_than_its_sales_says_so(trained):
    ctx = again(trained[0], datasets={})
    add(ctx, monthly_sums().filter(pl.col("date") < date(2023, 7, 1)), "month", sums=True)

    made = ask_shop(ctx, "demanda en septiembre de 2023", today=date(2023, 7, 15))

    assert "más nuevas que los datos" in made.explanation


def test_a_comparison_without_periods_asks_for_them(shop):
    made = ask_shop(shop, "compara las ventas")

    assert (made.intent, made.data) == ("compare_periods", {})
    assert "necesito dos épocas" in made.explanation


def test_a_comparison_with_a_month_that_has_no_sales_yet_says_so_and_takes_the_last_two_whole_ones(shop):
    made = ask_shop(shop, "compara enero de 2027 con diciembre de 2026", today=date(2027, 1, 20))

    assert made.data["first"]["units"] == sold_between(date(2026, 10, 1), date(2026, 10, 31))
    assert made.data["second"]["units"] == sold_between(date(2026, 9, 1), date(2026, 9, 30))
    assert "no hay ventas completas todavía" in made.explanation


def test_a_question_without_a_time_says_which_it_took(shop):
    past, future = ask_shop(shop, "los 5 más vendidos"), ask_shop(shop, "demanda de cemento gris")

    assert (past.understood.start, future.understood.start) == (None, None)
    assert (past.data["start"], past.data["end"]) == ("2025-11-01", "2026-10-31")
    assert (future.data["start"], future.data["end"]) == ("2026-12-01", "2026-12-31")
    assert "No dijiste cuándo" in past.explanation


def test_a_company_of_weekly_sums_takes_whole_weeks_where_no_time_was_said():
    ctx = MemoryContext()
    ctx.companies["acme"] = Company("acme", "900123456", "Acme", "CO", "COP", "America/Bogota", "sales")
    weeks = pl.date_range(date(2025, 1, 6), date(2026, 11, 16), "1w", eager=True)
    add(ctx, pl.DataFrame({"date": weeks, "item": ["a"] * len(weeks), "quantity": [2.0] * len(weeks)}), "week", sums=True)
    train.run(train_params(company="acme", folds=1), ctx)

    made = ask_shop(ctx, "los más vendidos").data

    assert (date.fromisoformat(made["start"]).weekday(), date.fromisoformat(made["end"]).weekday()) == (0, 6)
    assert made["items"][0]["units"] == 2.0 * ((date.fromisoformat(made["end"]) - date.fromisoformat(made["start"])).days + 1) / 7


@pytest.mark.parametrize("question", [
    "artículos sin ventas en 2026", "artículos sin ventas este año", "articles without sales in 2026", "qué no se vendió en 2026",
    "what sold nothing this year", "what has not sold since january 2026", "which items had zero sales in 2026"])
def test_what_sold_nothing_is_told_from_the_sales_alone_though_a_sale_is_expected_before_the_year_ends(shop_that_knows, question):
    # given three articles without a line in 2026, whose sales the model expects all the same
    dead = (pl.col("item").str.starts_with("E-") | (pl.col("item") == "A-101")) & (pl.col("date") >= date(2026, 1, 1))
    lines = pl.DataFrame(sale_lines(), schema=COLUMNS, orient="row")
    ctx = again(shop_that_knows, datasets={name: d for name, d in shop_that_knows.datasets.items() if name != "sales"})
    add(ctx, lines.filter(~dead))
    # when
    made = ask_shop(ctx, question)
    # then
    assert {row["item"] for row in made.data["items"]} == set(lines.filter(dead)["item"])
    assert (made.data["sold_to"], made.data["forecast_from"]) == (LAST.isoformat(), None)
    assert ("25 de noviembre de 2026" in made.explanation) or ("November 25, 2026" in made.explanation)


@pytest.mark.parametrize("question", ["total sales ever", "total de ventas de todo el tiempo", "historical total", "ventas desde siempre"])
def test_the_sales_of_all_time_are_all_that_are_known(shop, question):
    made = ask_shop(shop, question)

    assert (made.data["start"], made.data["end"], made.data["units"]) == (FIRST.isoformat(), LAST.isoformat(), sold_between(FIRST, LAST))
    assert "No dijiste" not in made.explanation
    assert "did not say when" not in made.explanation


def test_an_average_that_does_not_say_of_what_is_that_of_the_sales(shop):
    made = ask_shop(shop, "promedio mensual de A-101 los ultimos 3 meses").data

    assert made["average"] == pytest.approx(sold_between(date(2026, 8, 1), date(2026, 10, 31), "A-101") / 3, abs=0.01)
