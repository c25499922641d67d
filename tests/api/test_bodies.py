"""Reading submits."""

import orjson
import pytest
from flask import Flask
from pydantic import TypeAdapter

from api.bodies import parse_json, parse_submit, read_json_body, submission_adapter, validated
from jobs.errors import InputError
from storage.companies import CompanyIn


def body(**fields) -> bytes:
    return orjson.dumps({"kind": "test.work", "params": {"seconds": 2}, **fields})


def test_a_submit_is_read_as_its_kind_with_defaults(tmp_path) -> None:
    parsed = parse_submit(body(labels={"a": "b"}))

    assert (parsed.kind.name, parsed.labels) == ("test.work", {"a": "b"})
    assert parsed.params == {"seconds": 2.0, "ledger": "", "misbehave": ""}


def test_the_hash_ignores_spaces_and_order_and_nothing_else() -> None:
    one = parse_submit(b'{"kind":"test.noop","params":{"value":1},"labels":{"a":"b","c":"d"}}').body_hash
    same = parse_submit(b' {"labels": {"c": "d", "a": "b"},\n "params": {"value": 1}, "kind": "test.noop"} ').body_hash
    others = {parse_submit(raw).body_hash for raw in (
        b'{"kind":"test.noop","params":{"value":2},"labels":{"a":"b","c":"d"}}', b'{"kind":"test.noop","params":{"value":1}}',
        b'{"kind":"test.model","labels":{"a":"b","c":"d"}}')}

    assert one == same
    assert len(others | {one}) == 4


def test_every_fault_is_named_and_none_repeats_the_input() -> None:
    with pytest.raises(InputError) as caught:
        parse_submit(b'{"kind":"test.work","params":{"seconds":"s3cr3t","misbehave":"s3cr3t","x":"s3cr3t"},"labels":{"a":1}}')

    assert {f.field for f in caught.value.fields} == {"params.seconds", "params.misbehave", "params.x", "labels.a"}
    assert "s3cr3t" not in repr((caught.value.message, caught.value.fields))


def test_a_thousand_faults_and_endless_names_are_cut_short() -> None:
    with pytest.raises(InputError) as caught:
        parse_submit(orjson.dumps({"kind": "test.noop", "params": {f"{n}" + "x" * 5000: 1 for n in range(1000)}}))

    assert len(caught.value.fields) == 50
    assert max(len(f.field) for f in caught.value.fields) <= 200
    assert len(caught.value.message) < 2000


def test_the_validator_is_made_once() -> None:
    assert submission_adapter() is submission_adapter()


@pytest.mark.parametrize("raw", [b"NaN", b"[Infinity]", b'"\\ud800"', b"[" * 3000, b"", b"{'a': 1}"])
def test_what_is_not_strict_json_is_refused_with_its_place(raw: bytes) -> None:
    with pytest.raises(InputError, match="line 1, column"):
        parse_json(raw)


def test_a_body_has_to_say_that_it_is_json() -> None:
    with Flask("x").test_request_context(data=b"{}", content_type="application/vnd.noria+json", method="POST"):
        assert read_json_body() == b"{}"


@pytest.mark.parametrize(("company", "message"), [
    ({"nit": "900.123.456-7"}, "nit: has to be digits only, 1 to 20 of them: leave letters and signs out."),
    ({"currency": "cop"}, "currency: has to be three capital letters, such as COP."),
    ({"name": 5}, "name: has to be text."), ({"name": ""}, "name: has to have 1 characters or more.")])
def test_a_fault_names_the_fix_in_plain_words(company: dict[str, object], message: str) -> None:
    given = {"nit": "900123456", "name": "Shop", "country": "CO", "currency": "COP", **company}

    with pytest.raises(InputError) as refused:
        validated(TypeAdapter(CompanyIn), orjson.dumps(given))

    assert refused.value.message == message


def test_limits_are_told_as_whole_numbers_where_they_are() -> None:
    with pytest.raises(InputError) as refused:
        parse_submit(orjson.dumps({"kind": "forecasting.recommend", "params": {"model": "m", "service_level": 95, "months": 0}}))

    assert {f.field: f.message for f in refused.value.fields}["params.service_level"] == "has to be less than 1"
