"""The parts of an answer that a page shows."""

from typing import Any

import pytest

from api.console.answers import answer_parts, shown, with_item
from tests.api.conftest import Api

UNDERSTOOD = {"start": None, "end": None, "compare_start": None, "compare_end": None, "items": [], "budget": None, "limit": None,
              "language": "en"}


def parts(api: Api, language: str = "en", intent: str = "demand", data: dict[str, Any] | None = None, **understood: Any):  # type: ignore[no-untyped-def]
    with api.app.test_request_context(headers={"Accept-Language": language}):
        return answer_parts({"intent": intent, "understood": UNDERSTOOD | understood, "data": data or {}})


def test_what_was_understood_is_said_in_the_language_of_the_page(api: Api) -> None:
    found = parts(api, start="2026-12-01", end="2026-12-31", items=["A", "B"], budget=5e6, limit=3)

    assert found.intent == "how much sells"
    assert dict(found.understood) == {"Period": "Dec 1, 2026 – Dec 31, 2026", "Articles": "2: A, B", "Budget": "5,000,000", "At most": "3"}
    assert dict(parts(api, "es", start="2026-12-01", end="2026-12-01").understood) == {"Período": "1 dic 2026"}


def test_rows_become_a_table_of_the_columns_that_people_read(api: Api) -> None:
    rows = [{"item": f"A-{n}", "item_name": None, "units": 1.0, "reorder_point": 2.0} for n in range(150)]

    table, = parts(api, data={"items": rows, "units": 150.0, "blank_lines": 0}).tables

    assert table.columns == (("item", "Code"), ("units", "Units"))
    assert (len(table.rows), table.more) == (100, 50)


def test_of_the_past_the_same_numbers_stand_once_and_where_there_is_a_forecast_all_of_them(api: Api) -> None:
    past, ahead = {"item": "A", "units": 5.0, "sold": 5.0, "forecast": 0.0}, {"item": "B", "units": 7.0, "sold": 5.0, "forecast": 2.0}

    columns = [[name for name, _ in parts(api, data={"items": rows}).tables[0].columns] for rows in ([past, past], [past, ahead])]

    assert columns == [["item", "units"], ["item", "units", "sold", "forecast"]]


def test_sums_of_categories_stand_under_that_name_and_have_no_code(api: Api) -> None:
    rows = [{"item": "Cables", "item_name": "Cables", "units": 5.0, "sold": 5.0, "articles": 3}]

    table, = parts(api, data={"items": rows}).tables

    assert table.columns == (("item_name", "Category"), ("units", "Units"), ("articles", "Articles"))


def test_the_sides_of_a_comparison_are_rows_and_its_difference_a_number(api: Api) -> None:
    side = {"start": "2026-10-01", "end": "2026-10-31", "units": 935.0}

    found = parts(api, intent="compare_periods", data={"first": side, "second": side, "difference": 19.0, "percent": None, "equal_parts": False})

    assert found.tables[0].columns == (("start", "From"), ("end", "To"), ("units", "Units"))
    assert found.facts == (("Difference", "19"),)


@pytest.mark.parametrize(("name", "value", "text"), [
    ("units", 2517.73, "2.518"), ("short", 276.86, "277"), ("forecast", 4.26, "4,3"), ("lost", 21594729.33, "21.594.729"),
    ("unit_cost", 12.5, "12,5"), ("quantity", 12.5, "12,5"), ("on_hand", 1783.5, "1.783,5"), ("percent", -12.34, "-12")])
def test_a_number_has_the_digits_that_the_answer_says_it_with(api: Api, name: str, value: float, text: str) -> None:
    with api.app.test_request_context(headers={"Accept-Language": "es"}):
        assert shown(name, value) == text


def test_an_article_of_which_nothing_is_there_is_empty_now_and_runs_out_on_no_day(api: Api) -> None:
    empty, lasting = ({"item": item, "on_hand": 0.0, "on_order": coming, "empty": item != "C", "days_of_stock": None,
                       "runs_out_on": "2026-12-08" if item == "C" else None} for item, coming in (("A", 130.0), ("C", 0.0)))

    table, = parts(api, intent="stockout_risk", data={"items": [empty, lasting, {**empty, "on_order": 0.0}]}).tables

    assert [row["runs_out_on"] for row in table.rows] == ["empty now, 130 on order", "2026-12-08", "empty now"]


def test_an_answer_without_numbers_has_no_tables(api: Api) -> None:
    found = parts(api, intent="unknown")

    assert (found.tables, found.facts, found.understood, found.assumptions) == ((), (), (), ())


@pytest.mark.parametrize(("question", "asked", "expected"), [
    ("How much Sensor 26 will sell?", "sensor 26", r"How much \1 will sell?"), ("How much?", "sensor", r"How much? (\1)"),
    ("a (b) c", "(b)", r"a \1 c")])
def test_a_chosen_article_takes_the_place_of_the_words_that_were_not_sure(question: str, asked: str, expected: str) -> None:
    assert with_item(question, asked, r"\1") == expected
