"""Where answers come from: sales as far as they are known, the model's forecast after them, and what either lacks."""

from datetime import date, timedelta

import polars as pl
import pytest

from jobs.context import Company, ModelVersion
from jobs.errors import InputError
from jobs.forecasting import ask, train
from jobs.forecasting.ask_book import Amounts, Lack, amounts, forecast, open_book
from jobs.forecasting.ask_kinds import AskParams
from jobs.forecasting.question_calendar import Span
from jobs.memory_context import MemoryContext
from tests.jobs.forecasting.sales import add, promoted_sales, train_params
from tests.jobs.forecasting.shop import COLUMNS, LAST, again, ask_shop, sale_lines, sold_between

DECEMBER = Span(date(2026, 12, 1), date(2026, 12, 31), "month")


@pytest.fixture
def book(shop_that_knows):
    return open_book(AskParams(question="?", company="acme"), again(shop_that_knows))


def test_a_company_has_its_sales_and_its_model(book):
    assert (book.model, book.found.version, book.dataset.id) == ("empresa_900123456", 1, "sales")
    assert (book.sold.first, book.sold.last) == (date(2025, 10, 2), LAST)
    assert len(book.catalog.articles) == 13


def test_the_known_days_are_sold_and_the_others_forecast(book):
    made = amounts(book, Span(date(2026, 11, 20), date(2026, 11, 30)), ("A-101", "A-102"))

    assert isinstance(made, Amounts)
    assert made.table["item"].to_list() == ["A-101", "A-102"]
    assert made.table["sold"].sum() == sold_between(date(2026, 11, 20), LAST, "A-101", "A-102")
    assert (made.known, made.ahead) == (Span(date(2026, 11, 20), LAST), Span(date(2026, 11, 26), date(2026, 11, 30)))
    assert not made.shared


def test_days_before_the_first_sale_and_beyond_the_farthest_forecast_are_lacking(book):
    assert amounts(book, Span(date(2020, 1, 1), date(2020, 1, 2)), ()).reason == "too_early"
    assert amounts(book, Span(date(2030, 1, 1), date(2030, 1, 2)), ()).reason == "too_far"


def test_a_forecast_asked_again_is_the_same_and_a_longer_one_goes_on_from_it(book):
    once = forecast(book, DECEMBER)
    longer = forecast(book, Span(date(2026, 12, 1), date(2027, 1, 31)))
    again_ = forecast(book, DECEMBER)

    assert not isinstance(once, Lack)
    assert not isinstance(longer, Lack)
    assert not isinstance(again_, Lack)
    assert once[0].sort("item")["forecast"].to_list() == pytest.approx(again_[0].sort("item")["forecast"].to_list())
    assert (longer[0].sort("item")["forecast"] > once[0].sort("item")["forecast"]).all()


def test_what_is_no_forecasting_model_is_refused(shop_that_knows):
    cells = {"cells": [ModelVersion("cells", 1, "vision", {"classes": []}, {})]}
    other = again(shop_that_knows, versions=cells, promotions={"cells": 1})

    with pytest.raises(InputError, match="not made by"):
        open_book(AskParams(question="?", model="cells"), other)


def test_without_sales_there_is_nothing_to_add_up(shop_that_knows):
    ctx = again(shop_that_knows, datasets={}, companies={
        "acme": Company("acme", "1", "Acme", "CO", "COP", "America/Bogota", None)})
    book = open_book(AskParams(question="?", company="acme"), ctx)

    assert amounts(book, DECEMBER, ()) == Lack("no_sales", {})
    assert book.catalog.articles == ()


def test_a_quantity_that_is_blank_is_not_known_which_is_not_nothing(shop_that_knows):
    table = pl.DataFrame(sale_lines(), schema=COLUMNS, orient="row")
    october = pl.col("date").is_between(date(2026, 10, 1), date(2026, 10, 31)) & (pl.col("item") == "A-101")
    ctx = again(shop_that_knows, datasets=dict(shop_that_knows.datasets))
    add(ctx, table.with_columns(quantity=pl.when(~october).then("quantity")))

    blank, partly = ask_shop(ctx, "¿Cuánto cemento gris vendimos en octubre?"), ask_shop(ctx, "¿Cuánto vendimos en octubre?")

    assert blank.data == {}
    assert "la cantidad está en blanco" in blank.explanation
    rest = sold_between(date(2026, 10, 1), date(2026, 10, 31)) - sold_between(date(2026, 10, 1), date(2026, 10, 31), "A-101")
    assert partly.data["units"] == rest
    assert "35 líneas con la cantidad en blanco" in partly.explanation


def test_what_is_to_come_of_a_models_regressors_is_taken_from_the_companys_own_file():
    # given a model that learned from promotions
    ctx = MemoryContext()
    ctx.companies["acme"] = Company("acme", "900123456", "Acme", "CO", "COP", "America/Bogota", "sales")
    past, future = promoted_sales()
    add(ctx, past)
    train.run(train_params(company="acme", regressors=("promo",), folds=1, horizon=14), ctx)
    question = {"question": "How much will we sell in the next 5 days?", "company": "acme", "today": date(2024, 5, 30)}

    # when it is asked before and after they are known
    before = ask.run(AskParams.model_validate(question), ctx)
    add(ctx, future, name="promotions", kind="future", company="acme")
    after = ask.run(AskParams.model_validate(question), ctx)

    # then it says what to upload, and uses it
    assert before.data == {}
    assert "“Known in advance”" in before.explanation
    days = pl.col("date").is_between(date(2024, 5, 30), date(2024, 6, 4))
    expected = future.filter(days).select((10 + 90 * pl.col("promo")).sum()).item()
    assert after.data["units"] == pytest.approx(expected, rel=0.15)
    assert "promotions" in after.explanation


def test_a_model_that_learned_from_fewer_sales_than_there_are_is_said_to_be_old(shop_that_knows):
    ctx = again(shop_that_knows, datasets=dict(shop_that_knows.datasets))
    week = [(LAST + timedelta(days=n), *line[1:]) for n in range(1, 8) for line in sale_lines()[:13]]
    add(ctx, pl.DataFrame([*sale_lines(), *week], schema=COLUMNS, orient="row"))

    made = ask_shop(ctx, "¿Qué debo comprar el próximo mes?", today=LAST + timedelta(days=8))

    assert "entrénalo otra vez" in made.explanation
