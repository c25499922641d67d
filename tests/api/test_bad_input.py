"""Whatever is sent: a problem document that names what is wrong, nothing stored, and never a 500."""

from typing import Any

import pytest

from tests.api.conftest import Api
from tests.api.server import multipart

JOB = "0123456789abcdef01234567"


def problem_of(answer: Any, status: int) -> dict[str, Any]:
    """The problem document, checked for what every one must have and must not say."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    document = answer.json
    assert document["status"] == status
    assert {"type", "title", "status", "detail", "instance", "code"} <= set(document)
    assert "X-Request-Id" in answer.headers
    assert not any(word in answer.text for word in ("Traceback", "/tmp/", ".py", "File \""))
    return document


def fields_of(document: dict[str, Any]) -> set[str]:
    return {e["field"] for e in document.get("errors", [])}


BODIES = [
    ({"kind": "no.such.kind", "params": {}}, {"kind"}),
    ({"params": {}}, {"kind"}),
    ({"kind": None}, {"kind"}),
    ({"kind": ["test.noop"]}, {"kind"}),
    ({"kind": "test.noop", "params": {"nope": 1}}, {"params.nope"}),
    ({"kind": "test.noop", "params": {}, "nope": 1}, {"nope"}),
    ({"kind": "test.noop", "params": {"value": "3"}}, {"params.value"}),
    ({"kind": "test.noop", "params": {"value": 3.5}}, {"params.value"}),
    ({"kind": "test.noop", "params": {"value": True}}, {"params.value"}),
    ({"kind": "test.noop", "params": {"value": 10**30}}, {"params"}),
    ({"kind": "test.noop", "params": []}, {"params"}),
    ({"kind": "test.noop", "params": None}, {"params"}),
    ({"kind": "test.work", "params": {"seconds": -1, "misbehave": "sing"}}, {"params.seconds", "params.misbehave"}),
    ({"kind": "forecasting.train", "params": {"dataset": "d", "horizon": 0}}, {"params.horizon"}),
    ({"kind": "forecasting.train", "params": {"dataset": "d", "start": "31/12/2024"}}, {"params.start"}),
    ({"kind": "forecasting.train", "params": {}}, {"params"}),
    ({"kind": "forecasting.predict", "params": {"model": "a/b"}}, {"params.model"}),
    ({"kind": "test.noop", "callback_url": "http://127.0.0.1/"}, {"callback_url"}),
    ({"kind": "test.noop", "labels": {"team": 1}}, {"labels.team"}),
    ({"kind": "test.noop", "labels": {"a:b": "c"}}, {"labels.a:b"}),
    ({"kind": "test.noop", "labels": {"a": "c" * 257}}, {"labels.a"}),
    ({"kind": "test.noop", "labels": {str(n): "" for n in range(33)}}, {"labels"}),
]


@pytest.mark.parametrize(("body", "fields"), BODIES, ids=lambda value: str(sorted(value) if isinstance(value, set) else value)[:60])
def test_a_submit_that_is_not_valid_names_its_fields(api: Api, body: dict[str, Any], fields: set[str]) -> None:
    document = problem_of(api.client.post("/v1/jobs", json=body), 422)

    assert document["code"] == "invalid_input"
    assert fields_of(document) == fields
    assert api.client.get("/v1/jobs").json["jobs"] == []


@pytest.mark.parametrize("raw", [
    b"", b"nope", b"{", b"[]", b"null", b"3", b'"x"', b'{"kind":"test.noop","params":{"value":NaN}}',
    b'{"kind":"test.work","params":{"seconds":Infinity}}', b'{"kind":"test.noop","labels":{"a":"\\ud800"}}',
    b"\xff\xfe", b"[" * 100_000, b'{"a":' * 5000, b'{"kind":"test.work","params":{"seconds":1e999}}',
], ids=lambda raw: repr(raw[:40]))
def test_a_body_that_is_not_a_json_object_is_named_as_such(api: Api, raw: bytes) -> None:
    document = problem_of(api.client.post("/v1/jobs", data=raw, content_type="application/json"), 422)

    assert document["code"] == "invalid_input"
    assert api.client.get("/v1/jobs").json["jobs"] == []


def test_an_unknown_kind_is_told_which_kinds_there_are(api: Api) -> None:
    document = problem_of(api.client.post("/v1/jobs", json={"kind": "x"}), 422)

    assert "test.noop" in document["errors"][0]["message"]


def test_a_body_of_another_type_and_one_too_large_are_refused(api: Api) -> None:
    problem_of(api.client.post("/v1/jobs", data=b"kind=test.noop", content_type="application/x-www-form-urlencoded"), 415)
    problem_of(api.client.post("/v1/jobs", data=b'{"kind": "' + b"x" * (8 << 20) + b'"}', content_type="application/json"), 413)
    problem_of(api.client.put("/v1/companies/acme", data=b"{}"), 415)


@pytest.mark.parametrize("key", ["", "k" * 256, "a\x07b", "tab\tbed"], ids=repr)
def test_an_idempotency_key_has_1_to_255_printable_characters(api: Api, key: str) -> None:
    answer = api.client.post("/v1/jobs", json={"kind": "test.noop"}, headers={"Idempotency-Key": key})

    assert fields_of(problem_of(answer, 422)) == {"Idempotency-Key"}
    assert api.client.post("/v1/jobs", json={"kind": "test.noop"}, headers={"Idempotency-Key": "k" * 255}).status_code == 202


@pytest.mark.parametrize(("path", "field"), [
    ("/v1/jobs?limit=0", "limit"), ("/v1/jobs?limit=201", "limit"), ("/v1/jobs?limit=ten", "limit"), ("/v1/jobs?limit=1e2", "limit"),
    ("/v1/jobs?cursor=nope", "cursor"), ("/v1/jobs?cursor=" + "Z" * 24, "cursor"), ("/v1/jobs?cursor=", "cursor"),
    ("/v1/jobs?state=done", "state"), ("/v1/jobs?kind=nope", "kind"), ("/v1/jobs?label=nope", "label"), ("/v1/jobs?label=:x", "label"),
    (f"/v1/jobs/{JOB}?wait=61", "wait"), (f"/v1/jobs/{JOB}?wait=-1", "wait"), (f"/v1/jobs/{JOB}?wait=nan", "wait"),
    (f"/v1/jobs/{JOB}?wait=", "wait"), (f"/v1/jobs/{JOB}/events?after=x", "after"), (f"/v1/jobs/{JOB}/events?after=1-1", "after"),
    (f"/v1/jobs/{JOB}/events?after=9999999999999999999", "after"),
    (f"/v1/jobs/{JOB}/events?limit=1001", "limit"), ("/v1/datasets?cursor=x", "cursor"), ("/v1/datasets?limit=-1", "limit"),
    ("/v1/companies?cursor=a/b", "cursor"), ("/v1/companies?limit=x", "limit"),
])
def test_a_query_that_is_not_valid_names_its_parameter(api: Api, path: str, field: str) -> None:
    assert fields_of(problem_of(api.client.get(path), 422)) == {field}


def test_an_event_id_that_lies_is_refused_in_the_header_too(api: Api) -> None:
    job = api.submit()

    answer = api.client.get(f"/v1/jobs/{job['id']}/events", headers={"Last-Event-ID": "abc", "Accept": "text/event-stream"})

    assert fields_of(problem_of(answer, 422)) == {"Last-Event-ID"}


@pytest.mark.parametrize("job_id", ["nope", JOB, "..", "%2e%2e", "a" * 5000, "%00", "é", JOB.upper()])
@pytest.mark.parametrize("rest", ["", "/events", "/artifacts", "/artifacts/x.csv"])
def test_a_job_that_there_is_not_answers_404_everywhere(api: Api, job_id: str, rest: str) -> None:
    assert problem_of(api.client.get(f"/v1/jobs/{job_id}{rest}"), 404)["code"] == "not_found"


@pytest.mark.parametrize("action", ["cancel", "retry"])
def test_an_action_on_a_job_that_there_is_not_answers_404(api: Api, action: str) -> None:
    problem_of(api.client.post(f"/v1/jobs/{JOB}/{action}"), 404)


@pytest.mark.parametrize("dataset_id", ["nope", JOB, "..", "%2e%2e%2fkeys"])
def test_a_data_set_or_company_that_there_is_not_answers_404(api: Api, dataset_id: str) -> None:
    problem_of(api.client.get(f"/v1/datasets/{dataset_id}"), 404)
    problem_of(api.client.get(f"/v1/companies/{dataset_id}"), 404)


def test_unknown_addresses_and_methods_say_so(api: Api) -> None:
    problem_of(api.client.get("/v2/jobs"), 404)
    answer = api.client.delete("/v1/jobs")
    problem_of(answer, 405)
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


COMPANY = {"nit": "900123456", "name": "Acme", "country": "CO", "currency": "COP"}


@pytest.mark.parametrize(("change", "field"), [
    ({"nit": "90012-3"}, "nit"), ({"nit": 900123456}, "nit"), ({"nit": ""}, "nit"), ({"name": ""}, "name"), ({"country": "Colombia"}, "country"),
    ({"country": "XX"}, "country"), ({"currency": "peso"}, "currency"), ({"timezone": "Mars/Base"}, "timezone"), ({"dataset": JOB}, "dataset"),
    ({"dataset": 3}, "dataset"), ({"owner": "me"}, "owner"),
])
def test_a_company_that_is_not_valid_names_its_fields(api: Api, change: dict[str, Any], field: str) -> None:
    answer = api.client.put("/v1/companies/acme", json=COMPANY | change)

    assert fields_of(problem_of(answer, 422)) == {field}
    assert api.client.get("/v1/companies").json["companies"] == []


def upload(api: Api, content: bytes | None = b"date,item,quantity\n2024-01-01,A,1\n", filename: str = "sales.csv", **fields: Any) -> Any:
    given = {"type": "sales", **fields}
    body, content_type = multipart(content, filename, **{k: v for k, v in given.items() if v is not None})
    return api.client.post("/v1/datasets", data=body, content_type=content_type)


@pytest.mark.parametrize(("given", "field"), [
    ({"content": None}, "file"), ({"type": None}, "type"), ({"type": "songs"}, "type"),
    ({"name": "n" * 501}, "name"), ({"colour": "red"}, "colour"), ({"company": "nobody"}, "company"),
    ({"mapping": "not json"}, "mapping"), ({"mapping": "[1]"}, "mapping"), ({"mapping": '{"date": 3}'}, "mapping.date"),
    ({"mapping": '{"when": "fecha"}'}, "mapping.when"),
])
def test_an_upload_whose_fields_are_wrong_names_them(api: Api, given: dict[str, Any], field: str) -> None:
    assert fields_of(problem_of(upload(api, **given), 422)) == {field}
    assert api.client.get("/v1/datasets").json["datasets"] == []
    assert list((api.app.config["SPOOL_FOLDER"]).glob("*")) == []


@pytest.mark.parametrize(("content", "filename"), [
    (b"", "empty.csv"),
    (b"\x89PNG\r\n\x1a\n" + bytes(2000), "picture.csv"),
    (b"x" * (4 << 20), "one-line.csv"),
    (b"date,item,quantity\nyesterday,A,1\n", "dates.csv"),
    (b"date,item,quantity\n", "header-only.csv"),
    (b"name,age\nAnn,3\n", "other.csv"),
    (b"PK\x03\x04 broken", "broken.xlsx"),
])
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(api: Api, content: bytes, filename: str) -> None:
    document = problem_of(upload(api, content, filename), 422)

    assert document["code"] in {"dataset_unusable", "invalid_input"}
    assert api.client.get("/v1/datasets").json["datasets"] == []


def test_an_upload_that_is_not_a_form_or_too_large_is_refused(make_api) -> None:
    api = make_api(MAX_UPLOAD_MB="1")

    problem_of(api.client.post("/v1/datasets", json={"type": "sales"}), 415)
    problem_of(api.client.post("/v1/datasets", data=b"x", content_type="multipart/form-data"), 422)
    problem_of(upload(api, b"x" * (1 << 20)), 413)
    problem_of(upload(api, name="n" * 600_000), 413)


@pytest.mark.parametrize("address", ["/v1/datasets", "/v1/images"])
def test_a_part_without_a_name_is_refused_like_any_other_that_is_not_known(api: Api, address: str) -> None:
    body = b'--B\r\nContent-Disposition: form-data; filename="a"\r\n\r\nx\r\n--B\r\nContent-Disposition: form-data; name="z"\r\n\r\nx\r\n--B--\r\n'

    document = problem_of(api.client.post(address, data=body, content_type="multipart/form-data; boundary=B"), 422)

    assert {"", "z"} <= fields_of(document)


@pytest.mark.parametrize("wait", ["1e9999", "60.1", "nan", "inf", "1_0", "0x1", "1e", " 1", "-1e-3"])
def test_seconds_that_are_no_number_from_0_to_60_are_refused(api: Api, wait: str) -> None:
    answer = api.client.get(f"/v1/jobs/{JOB}", query_string={"wait": wait})

    assert fields_of(problem_of(answer, 422)) == {"wait"}


def test_the_export_of_corrections_is_no_correction_that_could_be_deleted(api: Api) -> None:
    assert "DELETE" not in api.client.options("/v1/corrections/export").headers["Allow"]
    problem_of(api.client.delete("/v1/corrections/export"), 405)
