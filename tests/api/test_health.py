"""/healthz, /readyz and /metrics."""

import threading
import time
from collections.abc import Callable
from importlib.metadata import version

from api.app import create_app
from jobs.settings import load_settings
from storage.memory_jobs import MemoryJobStore
from tests.api.conftest import KEY, Api
from tests.services import free_port


def test_readyz_says_that_broker_and_storage_answer(api) -> None:
    answer = api.client.get("/readyz")

    assert (answer.status_code, answer.json["checks"]) == (200, {"broker": "ok", "storage": "ok"})


def test_readyz_names_what_does_not_answer_and_healthz_lives_on(tmp_path) -> None:
    port = free_port()
    settings = load_settings({"NORIA_HOME": str(tmp_path), "REDIS_URL": f"redis://127.0.0.1:{port}/0"})
    client = create_app(settings).test_client()

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json["code"]) == (503, "broker_unavailable")
    assert answer.json["checks"] == {"broker": "The broker does not answer", "storage": "ok"}
    assert int(answer.headers["Retry-After"]) >= 1
    assert str(port) not in answer.text
    assert client.get("/healthz").status_code == 200


def test_a_storage_that_hangs_is_named_within_seconds(tmp_path) -> None:
    # given a storage that takes connections and says nothing
    class Hanging:
        """Stands for a store on a server that is frozen."""

        thaw = threading.Event()

        def exists(self, name: str) -> bool:
            return self.thaw.wait(20)

    client = create_app(load_settings({"NORIA_HOME": str(tmp_path)}), jobs=MemoryJobStore(), objects=Hanging()).test_client()

    # when it is asked again and again
    started = time.monotonic()
    answers = [client.get("/readyz") for _ in range(2)]
    took = time.monotonic() - started
    Hanging.thaw.set()

    # then each answer comes in time and names it
    assert {(a.status_code, a.json["checks"]["broker"], a.json["checks"]["storage"]) for a in answers} == {
        (503, "ok", "The storage does not answer")}
    assert took < 6


def test_workers_are_shown_to_those_with_a_key_only(make_api) -> None:
    api = make_api(API_KEYS=KEY)
    api.jobs.report_worker("cpu@somewhere", {"queues": ["cpu"]}, ttl_s=30)

    assert "workers" not in api.client.get("/readyz").json
    assert api.client.get("/readyz", headers={"X-API-Key": KEY}).json["workers"] == {"cpu@somewhere": {"queues": ["cpu"]}}


def test_metrics_count_submits_by_kind_requests_by_route_and_jobs_by_queue(api) -> None:
    job = api.submit()
    for _ in range(2):
        api.client.post("/v1/jobs", json={"kind": "test.work"}, headers={"Idempotency-Key": "k"})
    api.client.get(f"/v1/jobs/{job['id']}")

    lines = api.client.get("/metrics").text.splitlines()

    assert 'noria_jobs_submitted_total{kind="test.noop"} 1.0' in lines
    assert 'noria_jobs_submitted_total{kind="test.work"} 1.0' in lines
    assert 'noria_submits_replayed_total{kind="test.work"} 1.0' in lines
    assert 'noria_queue_depth{queue="cpu"} 1.0' in lines
    assert 'noria_http_request_seconds_count{method="GET",route="/v1/jobs/<job_id>",status="200"} 1.0' in lines
    assert "noria_http_waiters 0.0" in lines
    assert "noria_broker_up 1.0" in lines


def test_metrics_answer_even_where_the_broker_does_not(tmp_path) -> None:
    settings = load_settings({"NORIA_HOME": str(tmp_path), "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"})

    answer = create_app(settings).test_client().get("/metrics")

    assert answer.status_code == 200
    assert "noria_broker_up 0.0" in answer.text


def test_metrics_tell_of_queues_kinds_and_workers(api: Api) -> None:
    api.end(api.submit()["id"], "failed", error={"code": "x"})
    api.submit()
    api.jobs.pause_queue("cpu", "")
    api.jobs.report_worker("w@here", {"queues": ["cpu"], "disk_free_bytes": 5, "tracking": {"backlog": 3, "dead": 1}}, ttl_s=60)

    lines = set(api.client.get("/metrics").text.splitlines())

    assert {
        'noria_queue_paused{queue="cpu"} 1.0', 'noria_queue_workers{queue="cpu"} 1.0', 'noria_queue_workers{queue="gpu"} 0.0',
        'noria_job_attempts_total{kind="test.noop"} 1.0', 'noria_jobs_ended_total{kind="test.noop",state="failed"} 1.0',
        'noria_job_run_seconds_bucket{kind="test.noop",le="+Inf"} 1.0', 'noria_job_run_seconds_count{kind="test.noop"} 1.0',
        'noria_spool_backlog{worker="w@here"} 3.0', 'noria_spool_refused{worker="w@here"} 1.0',
        'noria_worker_disk_free_bytes{worker="w@here"} 5.0'} <= lines


def test_healthz_tells_version_and_build(make_api: Callable[..., Api]) -> None:
    told = make_api(NORIA_BUILD="abc1234").client.get("/healthz").json

    assert (told["status"], told["version"], told["build"]) == ("ok", version("noria"), "abc1234")
    assert make_api().client.get("/healthz").json["build"] is None
