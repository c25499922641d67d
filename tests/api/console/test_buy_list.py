"""The rows of a buy list: as the job's file has them, filtered, in order, and edited."""

from typing import Any

import polars as pl
import pytest

from api.console.buy_list import EXCEPTIONS, View, counts, edited, figures, filtered, list_rows, make_view, plain
from jobs.errors import InputError, NotFound
from jobs.forecasting.buy_list import to_act_on
from tests.api.conftest import Api
from tests.api.console.lists import a_list, line

LINES = [line("A-1", exceptions=["stockout"], days_of_stock=0.0),
         line("=B", unit_cost=None, investment=0.0, exceptions=["no_cost"], supplier=None, item_name="-Ñandú, \"big\"\nlamp"),
         line("C", 0.0, exceptions=["overstock"], on_hand=900.0), line("D", 0.0, exceptions=["dead"], on_hand=0.0),
         line("E", 0.0, exceptions=["dead"], on_hand=3.0), line("F", 5.0, **{"class": "CZ"}), line("G", 0.0)]


@pytest.fixture
def rows(api: Api) -> tuple[dict[str, Any], ...]:
    return list_rows(api.objects, api.jobs.get(a_list(api.jobs, api.objects, LINES)))


def items(rows: Any) -> list[str]:
    return [row["item"] for row in rows]


def test_what_is_to_act_on_is_what_the_job_counts_as_such(rows: tuple[dict[str, Any], ...]) -> None:
    told = pl.DataFrame([{name: row[name] for name in ("item", "quantity", "exceptions", "on_hand", "on_order")} for row in LINES],
                        schema_overrides={"exceptions": pl.List(pl.String)})

    assert items(filtered(rows, View(show="act"))) == to_act_on(told)["item"].to_list()


def test_rows_are_those_of_the_job_with_text_as_it_was_written(rows: tuple[dict[str, Any], ...]) -> None:
    assert list(rows) == LINES


def test_a_list_whose_file_is_gone_says_so(api: Api) -> None:
    job = api.submit("test.noop")["id"]

    with pytest.raises(NotFound, match="Make a new list"):
        list_rows(api.objects, api.jobs.get(job))


def test_those_to_act_on_are_those_that_the_job_counts(api: Api) -> None:
    job = api.jobs.get(a_list(api.jobs, api.objects, LINES))
    found = list_rows(api.objects, job)

    assert counts(found)["act"] == job.result["rows_total"] == 5
    assert {name: counts(found)[name] for name in EXCEPTIONS} == job.result["exceptions"]
    assert items(filtered(found, View())) == ["A-1", "=B", "C", "E", "F"]


def test_rows_are_found_by_words_of_their_names_in_any_order(rows: tuple[dict[str, Any], ...]) -> None:
    assert items(filtered(rows, View("all", find="LAMP ñandú"))) == ["=B"]
    assert items(filtered(rows, View("all", find="north part"))) == ["A-1", "C", "D", "E", "F", "G"]
    assert items(filtered(rows, View("stockout"))) == ["A-1"]


def test_rows_are_sorted_by_a_column_with_unknown_values_last(rows: tuple[dict[str, Any], ...]) -> None:
    assert items(filtered(rows, View("order", sort="quantity"))) == ["F", "A-1", "=B"]
    assert items(filtered(rows, View("order", sort="-quantity"))) == ["A-1", "=B", "F"]
    assert items(filtered(rows, View("order", sort="supplier"))) == ["A-1", "F", "=B"]
    assert items(filtered(rows, View("order", sort="-class")))[0] == "F"


@pytest.mark.parametrize("given", [{"show": "odd", "sort": "reason", "start": "-1"}, {"start": "²"}, {"sort": "--quantity"}, {"start": "9" * 40}])
def test_a_view_that_is_not_known_is_the_usual_one(given: dict[str, str]) -> None:
    assert make_view(given) == View()


def test_edited_quantities_make_the_order_and_its_money(rows: tuple[dict[str, Any], ...]) -> None:
    made = edited(rows, {"A-1": 0, "C": 2, "=B": 7, "not there": 4})

    assert [(row["item"], row["quantity"], row["advised_quantity"], row["investment"]) for row in made] == [
        ("A-1", 0, 96.0, 0.0), ("=B", 7, 96.0, 0.0), ("C", 2, 0.0, 2000.0), ("D", 0.0, 0.0, 0.0), ("E", 0.0, 0.0, 0.0), ("F", 5.0, 5.0, 5000.0),
        ("G", 0.0, 0.0, 0.0)]
    assert figures(rows)["=B"] == (96.0, None, None)
    assert figures(rows)["C"] == (0.0, 1000.0, "North")


@pytest.mark.parametrize("quantity", [-1, float("nan"), float("inf"), "5", True, None, 1e12])
def test_a_quantity_that_is_none_is_refused_and_named(rows: tuple[dict[str, Any], ...], quantity: Any) -> None:
    with pytest.raises(InputError, match="'A-1'"):
        edited(rows, {"A-1": quantity})


def test_a_part_of_a_unit_is_refused_but_where_units_are_measured(rows: tuple[dict[str, Any], ...]) -> None:
    with pytest.raises(InputError, match="'C' is sold in whole units"):
        edited(rows, {"C": 2.5})
    measured = [{**row, "pack_size": 0.01} for row in rows]
    assert next(row for row in edited(measured, {"C": 2.5}) if row["item"] == "C")["investment"] == 2500.0


@pytest.mark.parametrize(("number", "text"), [(300.0, "300"), (298, "298"), (0.5, "0.5"), (1e12, "1000000000000"), (None, "")])
def test_a_plain_number_has_no_zeros_that_say_nothing(number: float | None, text: str) -> None:
    assert plain(number) == text
