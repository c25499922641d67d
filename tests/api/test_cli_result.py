"""Results as people read them on a terminal."""

import json
from io import StringIO
from typing import Any

from rich.console import Console

from api.cli_result import brief, print_result


def shown(result: dict[str, Any]) -> str:
    file = StringIO()
    print_result(Console(file=file, width=200, highlight=False, soft_wrap=True), {"id": "j1", "result": result})
    return file.getvalue()


def test_an_answer_is_its_sentence_and_then_a_table_without_what_is_null() -> None:
    rows = [{"item": f"A{n}", "name": None, "units": 1234.5} for n in range(20)]

    said = shown({"intent": "demand", "explanation": "Se vendieron [muchos].", "data": {"basis": None, "items": rows}})

    assert said.startswith("Se vendieron [muchos].\n")
    assert "1,234.5" in said
    assert "… and 5 more" in said
    assert "null" not in said
    assert "name" not in said


def test_a_buy_list_has_its_warnings_every_assumption_totals_and_where_the_files_are() -> None:
    said = shown({"warnings": ["Look."], "assumptions": [f"Sentence {n}." for n in range(9)], "totals": {"quantity": 7.0, "investment": None},
                  "recommendations": [{"item": "A", "quantity": 7.0, "exceptions": ["new"]}], "model": "m"})

    assert said.startswith("Look.\n")
    assert "Sentence 8." in said
    assert "quantity  7\n" in said
    assert "noria artifacts download j1" in said


def test_a_buy_list_shows_what_is_there_and_why_a_line_is_first() -> None:
    row = {"item": "A", "item_name": "Bolt", "quantity": 7.0, "unit_cost": 2.0, "investment": 14.0, "forecast": 9.0, "safety_stock": 1.0,
           "on_hand": 3.0, "on_order": 0.0, "reorder_point": 5.0, "exceptions": ["stockout", "new"], "change": None}

    lines = shown({"totals": {"on_hand": 3.0}, "recommendations": [row, row | {"exceptions": []}]}).splitlines()

    assert lines[0] == "Totals of what is bought; articles of which nothing is bought do not count."
    assert lines[2].split() == ["item", "item", "name", "quantity", "on", "hand", "forecast", "investment", "exceptions"]
    assert lines[3].split() == ["A", "Bolt", "7", "3", "9", "14", "stockout,", "new"]
    assert lines[4].split() == ["A", "Bolt", "7", "3", "9", "14"]


def test_a_result_without_sentences_is_json() -> None:
    assert '"value": 7' in shown({"value": 7})


def test_a_result_that_is_no_list_has_its_warnings_before_its_json() -> None:
    said = shown({"model": "m", "warnings": ["Look."]})

    assert said.startswith("Look.\n")
    assert json.loads(said.removeprefix("Look.\n")) == {"model": "m"}


def test_a_result_is_shown_with_its_boxes_and_without_the_scores_of_every_class() -> None:
    box = {"label": "7", "x1": 1.23456}
    predicted = {"predictions": [{"image": "i", "boxes": [box] * 7}]}
    retrained = {"metrics": {"before": {"all": {"mAP50": 0.123456, "per_class": {"cat": {"mAP50": 1.0}}}}}}

    assert brief(predicted) == {"predictions": [{"image": "i", "boxes": [{"label": "7", "x1": 1.2346}] * 5 + ["… and 2 more"]}]}
    assert brief(retrained) == {"metrics": {"before": {"all": {"mAP50": 0.1235, "per_class": "… 1 entries"}}}}
