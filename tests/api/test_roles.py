"""What each role covers, over every address that there is."""

import pytest

from api.console.session import OPEN
from api.operations import OPERATIONS
from api.roles import SUBMIT, covers, required_role
from storage.api_keys import ROLES
from tests.api.conftest import Api

PATHS = {"<job_id>": "0" * 24, "<model>": "m", "<int:version>": "1"}


def rules(api: Api) -> list[tuple[str, str, str]]:
    """Method, rule and endpoint of every route but those that are open."""
    return [(method, rule.rule, rule.endpoint) for rule in api.app.url_map.iter_rules()
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}) if rule.endpoint not in OPEN]


def test_every_look_needs_read_and_no_change_does(api: Api) -> None:
    for method, _, endpoint in rules(api):
        assert (required_role(method, endpoint) == "read") == (method == "GET")


def test_what_submit_covers_exists_and_changes_something(api: Api) -> None:
    assert {endpoint for method, _, endpoint in rules(api) if method != "GET"} >= SUBMIT


def test_promotions_deletions_and_what_nobody_decided_need_admin(api: Api) -> None:
    admin = {(m, rule) for m, rule, endpoint in rules(api) if required_role(m, endpoint) == "admin"}

    assert admin == {
        ("DELETE", "/v1/datasets/<dataset_id>"), ("DELETE", "/v1/images/<image_id>"), ("DELETE", "/v1/companies/<company_id>"),
        ("DELETE", "/v1/models/<name>"), ("POST", "/v1/models/<name>/promote"), ("POST", "/v1/models/<name>/rollback"),
        ("POST", "/api/models/switch"), ("POST", "/health/queues/<queue>/pause"), ("POST", "/health/queues/<queue>/resume"),
        ("POST", "/models/<name>/promote"), ("POST", "/models/<name>/rollback")}
    assert required_role("PATCH", "some.new_address") == "admin"


def test_each_role_covers_those_before_it() -> None:
    assert [[covers(role, needed) for needed in ROLES] for role in ROLES] == [
        [True, False, False], [True, True, False], [True, True, True]]


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if not o.open], ids=lambda o: o.id)
def test_the_contract_says_the_role_of_each_operation(api: Api, operation) -> None:
    document = api.client.get("/openapi.json").json["paths"][operation.path][operation.method]
    adapter = api.app.url_map.bind("localhost")
    path = operation.path.replace("{version}", "1").replace("{correction_id}", "0" * 24).replace("{", "").replace("}", "")

    endpoint, _ = adapter.match(path, method=operation.method.upper())

    assert document["x-noria-role"] == required_role(operation.method.upper(), endpoint)
