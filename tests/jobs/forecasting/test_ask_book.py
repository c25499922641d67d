"""Where answers come from: sales as far as they are known, the model's forecast after them, and what either lacks."""

from datetime import date

import pytest

from jobs.context import Company, ModelVersion
from jobs.errors import InputError
from jobs.forecasting.ask_book import Amounts, Lack, amounts, forecast, open_book
from jobs.forecasting.ask_kinds import AskParams
from jobs.forecasting.question_calendar import Span
from tests.jobs.forecasting.shop import LAST, again, sold_between

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
