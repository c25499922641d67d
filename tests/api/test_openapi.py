"""The OpenAPI document: valid, whole, and true."""

from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from jobs.catalog import kinds
from tests.api.conftest import Api


@pytest.fixture
def document(api: Api) -> dict[str, Any]:
    answer = api.client.get("/openapi.json")
    assert answer.mimetype == "application/json"
    return answer.json


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    validate(document)


def test_a_submit_is_one_of_the_kinds_told_apart_by_name(document: dict[str, Any]) -> None:
    schema = document["paths"]["/v1/jobs"]["post"]["requestBody"]["content"]["application/json"]["schema"]

    assert set(schema["discriminator"]["mapping"]) == set(kinds())
    assert len(schema["oneOf"]) == len(kinds())
    for target in schema["discriminator"]["mapping"].values():
        assert target.rpartition("/")[2] in document["components"]["schemas"]


def test_results_of_every_kind_stand_among_the_schemas(document: dict[str, Any]) -> None:
    assert {kind.result.__name__ for kind in kinds().values()} <= set(document["components"]["schemas"])


@pytest.mark.parametrize(("body", "good"), [
    ({"kind": "test.noop", "params": {"value": 1}, "labels": {"a": "b"}, "callback_url": None}, True),
    ({"kind": "test.noop"}, True), ({"kind": "nope"}, False), ({"kind": "test.noop", "params": {"x": 1}}, False),
    ({"kind": "forecasting.train", "params": {"dataset": "d", "horizon": 0}}, False), ({"kind": "test.noop", "callback_url": "x"}, False),
    ({"kind": "test.noop", "labels": {"a:b": "c"}}, False),
])
def test_the_schema_and_the_server_agree_on_what_is_valid(api: Api, document: dict[str, Any], body: dict[str, Any], good: bool) -> None:
    schema = document["paths"]["/v1/jobs"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    validator = jsonschema.Draft202012Validator(schema | {"components": document["components"]})

    assert validator.is_valid(body) == good == (api.client.post("/v1/jobs", json=body).status_code == 202)


def test_every_operation_tells_of_its_problems_and_its_headers(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            problems = [r for status, r in operation["responses"].items() if int(status) >= 400]
            assert problems, f"{method} {path}"
            assert all("application/problem+json" in r["content"] for r in problems)
            assert all("X-Request-Id" in r["headers"] for r in operation["responses"].values())
            assert ("401" in operation["responses"]) == (operation.get("security") != [])
