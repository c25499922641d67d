"""Forms made from schemas."""

import json
from typing import Literal

import pytest
from pydantic import Field

from api.bodies import parse_submit
from api.console.forms import FormField, form_fields, shown_value, submit_body
from jobs.catalog import find_kind, kinds
from jobs.errors import InputError
from jobs.kind import JobKind, Params, Result


class Odd(Params):
    count: int | None = Field(None, ge=1, le=9, json_schema_extra={"unit": "px"})
    share: float = 0.5
    way: Literal["a", "b"] = "a"
    sure: bool = True
    days: tuple[int, ...] = (1, 2)
    tree: dict[str, dict[str, int]] = Field(default_factory=dict)
    name: str = Field(max_length=5)


ODD = JobKind("odd", "Odd.", Odd, Result, "x:y", "cpu", 1)


def field(name: str) -> FormField:
    return next(f for f in form_fields(ODD) if f.name == name)


def test_each_type_has_its_way_to_be_entered() -> None:
    assert {f.name: f.widget for f in form_fields(ODD)} == {
        "count": "number", "share": "number", "way": "select", "sure": "check", "days": "lines", "tree": "json", "name": "text"}
    count = field("count")
    assert (count.least, count.most, count.step, count.unit, count.required) == (1, 9, "1", "px", False)
    assert (field("share").step, field("share").default, field("days").default, field("sure").default) == ("any", "0.5", "1\n2", "on")
    assert (field("name").required, field("name").length, field("way").choices) == (True, 5, ("a", "b"))


def test_what_was_sent_becomes_the_body_of_a_submit_and_empty_fields_are_left_out() -> None:
    form = {"params.count": "", "params.share": "0.25", "params.days": "3\n\n4", "params.tree": '{"a": {"b": 1}}', "params.name": " x ",
            "params.way": "", "labels": "team: north\nrun:1"}

    body = json.loads(submit_body(ODD, form))

    assert body["params"] == {"share": 0.25, "sure": False, "days": [3, 4], "tree": {"a": {"b": 1}}, "name": "x"}
    assert body["labels"] == {"team": "north", "run": "1"}


@pytest.mark.parametrize("typed", ["many", "NaN", "1e999", "1.5"])
def test_what_is_no_number_is_refused_by_the_check_of_the_contract(typed: str) -> None:
    with pytest.raises(InputError) as e:
        parse_submit(submit_body(find_kind("test.noop"), {"params.value": typed}))

    assert [fault.field for fault in e.value.fields] == ["params.value"]


def test_a_jobs_params_come_back_as_the_form_showed_them() -> None:
    params = {"count": None, "share": 0.25, "way": "b", "sure": False, "days": [3], "tree": {"a": {"b": 1}}, "name": "x"}

    form = {f"params.{f.name}": shown_value(f, params) for f in form_fields(ODD)}

    assert json.loads(submit_body(ODD, form))["params"] == {name: value for name, value in params.items() if value is not None}


@pytest.mark.parametrize("kind", list(kinds()))
def test_every_kind_has_a_form_with_a_word_on_each_field(kind: str) -> None:
    fields = form_fields(find_kind(kind))

    assert [f.name for f in fields] == list(find_kind(kind).params.model_fields)
    assert all(f.description for f in fields)
