"""Ids, headers and log lines of requests."""

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from tests.api.conftest import Api


@pytest.mark.parametrize("given", ["abc", "A-b_c.9", "x" * 64])
def test_a_good_request_id_is_kept(api: Api, given: str) -> None:
    assert api.client.get("/healthz", headers={"X-Request-Id": given}).headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", "<script>", "é"])
def test_a_bad_request_id_is_replaced_by_a_fresh_one(api: Api, given: str) -> None:
    ids = {api.client.get("/healthz", headers={"X-Request-Id": given}).headers["X-Request-Id"] for _ in range(2)}

    assert len(ids) == 2
    assert given not in ids


def test_every_answer_has_an_id_even_errors_and_not_modified(api: Api) -> None:
    job = api.client.post("/v1/jobs", json={"kind": "test.noop"})
    answers = [api.client.get("/nowhere"), api.client.delete("/v1/jobs"), api.client.post("/v1/jobs"), job,
               api.client.get(job.headers["Location"], headers={"If-None-Match": job.headers["ETag"]})]

    assert [a.status_code for a in answers] == [404, 405, 415, 202, 304]
    assert len({a.headers["X-Request-Id"] for a in answers}) == 5
    assert all(a.headers["X-Content-Type-Options"] == "nosniff" for a in answers)


def test_methods_that_nobody_knows_share_one_number(api: Api) -> None:
    for method in ("PWN1", "PWN2"):
        assert api.client.open("/v1/jobs", method=method).status_code == 405

    lines = api.client.get("/metrics").text

    assert "PWN" not in lines
    assert 'noria_http_request_seconds_count{method="other",route="unmatched",status="405"} 2.0' in lines


def test_the_line_of_a_submit_names_the_job_that_it_made(api: Api) -> None:
    with capture_logs([merge_contextvars]) as lines:
        job = api.client.post("/v1/jobs", json={"kind": "test.noop"}, headers={"X-Request-Id": "r-1"}).json
        api.client.get("/nowhere")

    assert next((line["request_id"], line.get("job_id")) for line in lines if line["event"] == "request") == ("r-1", job["id"])
    assert "job_id" not in lines[-1]


def test_writes_and_faults_leave_a_line_and_plain_reads_only_at_debug(api: Api) -> None:
    with capture_logs() as lines:
        api.client.post("/v1/jobs", json={"kind": "test.noop"})
        api.client.get("/v1/jobs")
        api.client.get("/nowhere")

    requests = [(line["method"], line["path"], line["status"], line["log_level"]) for line in lines if line["event"] == "request"]
    assert requests == [("POST", "/v1/jobs", 202, "info"), ("GET", "/v1/jobs", 200, "debug"), ("GET", "/nowhere", 404, "info")]
