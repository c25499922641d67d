"""What things are called on the pages of forecasts."""

import pytest

from api.console import forecast_words as words
from jobs.forecasting.kinds import SIMPLE_MEMBERS
from storage.columns import known
from tests.api.conftest import Api


@pytest.fixture
def spanish(api: Api):
    with api.app.test_request_context(headers={"Accept-Language": "es-CO"}):
        yield


def test_each_yardstick_has_a_name_and_what_it_does(api: Api) -> None:
    with api.app.test_request_context():
        assert [words.method(name) for name in SIMPLE_MEMBERS] == [
            "The same as a season before", "Moving statistical mean (Theta)", "Mean for rare sales (IMAPA)"]
        assert all(words.method_help(name) for name in words.METHODS)
        assert (words.method("a_new_one"), words.method_help("a_new_one")) == ("a_new_one", "")


@pytest.mark.usefixtures("spanish")
def test_each_column_of_a_table_has_a_name_in_spanish() -> None:
    for type_ in words.TYPES:
        assert all(words.column(name) for name in known(type_))
    assert (words.column("quantity"), words.type_label("stock"), words.type_label("x")) == ("Cantidad vendida", "Existencias", "x")
    assert words.type_help("sales") == "lo que se vendió: fecha, artículo, cantidad"
    assert (words.frequency("month"), words.periods("month")) == ("mes", "meses")


@pytest.mark.usefixtures("spanish")
def test_periods_and_units_are_written_as_the_language_does() -> None:
    assert words.period("2024-03-01", "month") == "mar 2024"
    assert words.period("2024-04-01", "quarter") == "T2 2024"
    assert words.period("2024-03-09", "day") == "9 mar 2024"
    assert words.span("2024-05-01", "2026-10-01", "month") == "mayo de 2024 – octubre de 2026"
    assert words.span("2024-05-01", "2026-10-01", "quarter") == "T2 2024 – T4 2026"
    assert words.span("2024-05-03", "2026-10-09", "day") == "3 may 2024 – 9 oct 2026"
    assert [words.units(value) for value in (12345.678, 12.345, 0.0312, 0)] == ["12.346", "12,3", "0,03", "0"]


@pytest.mark.usefixtures("spanish")
def test_a_time_is_told_by_the_clock_of_the_company() -> None:
    assert words.moment("2026-11-28T03:50:12+00:00", "America/Bogota") == "27 nov 2026, 22:50"
