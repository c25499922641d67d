"""The door: keys, roles, rates and wrong keys, seen from outside."""

import pytest

from storage.api_keys import KeyStore
from tests.api.conftest import KEY, Api
from tests.api.models import put_version

JOB = {"kind": "test.noop"}


def with_key(api: Api, name: str, role) -> dict[str, str]:
    """The headers of a new key; made before the application looks for keys first."""
    return {"X-API-Key": KeyStore(api.objects).create(name, role)[1]}


def test_a_role_that_does_not_cover_a_request_is_answered_403_with_the_one_that_does(api: Api) -> None:
    reader, submitter = with_key(api, "r", "read"), with_key(api, "s", "submit")

    refused = [api.client.post("/v1/jobs", json=JOB, headers=reader), api.client.delete("/v1/models/m", headers=submitter)]

    assert [(a.status_code, a.json["code"], a.json["role"]) for a in refused] == [(403, "forbidden", "submit"), (403, "forbidden", "admin")]
    assert "has read" in refused[0].json["detail"]
    assert all(a.mimetype == "application/problem+json" for a in refused)
    assert api.jobs.page().jobs == ()


def test_each_role_does_what_it_is_for(api: Api) -> None:
    keys = {role: with_key(api, role, role) for role in ("read", "submit", "admin")}

    def status(role: str, method: str, path: str, **more) -> int:
        return api.client.open(path, method=method, headers=keys[role], **more).status_code

    assert [status(role, "GET", "/metrics") for role in keys] == [200, 200, 200]
    assert [status(role, "POST", "/v1/jobs", json=JOB) for role in keys] == [403, 202, 202]
    assert [status(role, "DELETE", "/v1/companies/c") for role in keys] == [403, 403, 404]


def test_the_history_of_a_model_names_the_key_that_acted(api: Api) -> None:
    headers = with_key(api, "release-team", "admin")
    for promote in (True, False):
        put_version(api.objects, api.jobs, "m", domain="vision", promote=promote)

    api.client.post("/v1/models/m/promote", json={"version": 2, "reason": "better"}, headers=headers)

    assert api.client.get("/v1/models/m/history", headers=headers).json["history"][0]["by"] == "release-team"


def test_a_deletion_is_audited_under_the_name_of_its_key(api: Api) -> None:
    headers = with_key(api, "janitor", "admin")
    api.client.put("/v1/companies/c", json={"nit": "900123456", "name": "C", "country": "CO", "currency": "COP"}, headers=headers)

    assert api.client.delete("/v1/companies/c", headers=headers).status_code == 204

    entry, = api.objects.names("audit/")
    assert api.objects.read_json(entry)["by"] == "janitor"


def test_a_hundred_submits_at_once_and_thousands_of_polls_of_one_client_pass(api: Api) -> None:
    job = api.submit()

    answers = [api.client.post("/v1/jobs", json=JOB, headers={"Idempotency-Key": "k"}).status_code for _ in range(100)]
    answers += [api.client.get(job["links"]["self"]).status_code for _ in range(2000)]

    assert set(answers) == {200, 202}


def test_more_requests_than_the_rate_are_answered_429_with_retry_after(make_api) -> None:
    api = make_api(API_KEYS=KEY, RATE_LIMIT="0.1", RATE_BURST="3")
    other = with_key(api, "other", "read")

    answers = [api.client.get("/v1/jobs", headers={"X-API-Key": KEY}) for _ in range(5)]

    assert [a.status_code for a in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].json["code"] == "too_many_requests"
    assert 5 <= int(answers[-1].headers["Retry-After"]) <= 10
    assert api.client.get("/v1/jobs", headers=other).status_code == 200
    assert api.client.get("/healthz").status_code == 200


def test_without_keys_each_address_has_a_rate(make_api) -> None:
    api = make_api(RATE_LIMIT="0.1", RATE_BURST="2")

    answers = [api.client.get("/v1/jobs", environ_base={"REMOTE_ADDR": address}).status_code
               for address in ("10.0.0.1",) * 3 + ("10.0.0.2",)]

    assert answers == [200, 200, 429, 200]


def test_guessing_keys_is_slow_and_does_not_lock_out_a_key_in_use(make_api) -> None:
    api = make_api(API_KEYS=KEY, KEY_FAILURES_PER_MINUTE="5")
    unused = with_key(api, "unused", "read")
    assert api.client.get("/v1/jobs", headers={"X-API-Key": KEY}).status_code == 200

    guesses = [api.client.get("/v1/jobs", headers={"X-API-Key": f"guess-{n}"}).status_code for n in range(8)]

    assert guesses == [401] * 5 + [429] * 3
    assert api.client.get("/v1/jobs", headers=unused).status_code == 429  # a right guess is told apart from a wrong one by nothing
    assert "workers" not in api.client.get("/readyz", headers=unused).json
    assert api.client.get("/v1/jobs", headers={"X-API-Key": KEY}).status_code == 200
    assert api.client.get("/v1/jobs", headers=unused, environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 200
    assert api.client.get("/v1/jobs").status_code == 401


def test_the_address_behind_a_proxy_is_believed_from_trusted_proxies_alone(make_api) -> None:
    def statuses(**environment: str) -> list[int]:
        api = make_api(RATE_LIMIT="0.1", RATE_BURST="1", **environment)
        return [api.client.get("/v1/jobs", headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code for n in (1, 2)]

    assert statuses() == [200, 429]
    assert statuses(TRUSTED_PROXIES="1") == [200, 200]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "192.0.2.1", "["])
def test_without_keys_only_names_of_this_machine_are_answered(api: Api, host: str) -> None:
    answer = api.client.get("/v1/jobs", headers={"Host": host})

    assert answer.status_code in {400, 403}


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                                     {"Origin": "http://localhost:3000"}], ids=str)
def test_without_keys_pages_of_other_sites_may_not_change_anything(api: Api, headers: dict[str, str]) -> None:
    assert api.client.post("/v1/jobs", json=JOB, headers=headers).status_code == 403
    assert api.client.post("/v1/jobs", json=JOB, headers={"Origin": "http://localhost"}).status_code == 202
