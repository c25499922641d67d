"""`noria doctor`: each part by itself, well and unwell."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.cli_doctor import examine
from api.client import Client
from jobs.check import Check
from jobs.kind import QUEUES
from jobs.record import new_job_id
from jobs.settings import Settings, load_settings
from storage.job_store import End, NewJob
from storage.redis_jobs import RedisJobStore
from tests.api.served import answer, run, served
from tests.services import Valkey, free_port


@contextmanager
def answering(status: int) -> Iterator[int]:
    """A server that answers everything with one status; gives its port."""
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def environment(tmp_path: Path, valkey: Valkey) -> dict[str, str]:
    return {"NORIA_HOME": str(tmp_path), "REDIS_URL": valkey.url, "MLFLOW_TRACKING_URI": "off", "MLFLOW_PORT": "", "FLOWER_PORT": ""}


def report(valkey: Valkey, name: str, *queues: str, **health: Any) -> None:
    store = RedisJobStore(valkey.url)
    store.report_worker(name, {"queues": list(queues), "disk_free_bytes": 1 << 40, **health}, ttl_s=60)
    store.close()


def checks(settings: Settings, url: str) -> dict[str, Check]:
    return {check.name: check for check in examine(settings, Client(url))}


def test_all_is_well_where_all_of_it_answers(environment: dict[str, str], valkey: Valkey) -> None:
    report(valkey, "cpu@here", "cpu", tracking={"state": "up", "backlog": 2, "dead": 0, "error": None})
    report(valkey, "gpu@here", "gpu")
    report(valkey, "fast@here", "cpu.fast", "gpu.fast")
    with answering(200) as mlflow, answering(401) as flower, served(create_app(load_settings(environment))) as url:
        wanted = {**environment, "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{mlflow}", "FLOWER_PORT": str(flower)}
        result = run(url, "doctor", "--json", **wanted)
        people = run(url, "doctor", **wanted)

    assert answer(result)["ok"] is True, result.stdout
    assert result.exit_code == people.exit_code == 0
    assert len(people.stdout.splitlines()) == len(answer(result)["checks"])


def test_each_queue_without_a_worker_is_named_with_the_log_to_read(environment: dict[str, str], valkey: Valkey) -> None:
    report(valkey, "fast@here", "cpu.fast", "gpu.fast")
    with served(create_app(load_settings(environment))) as url:
        found = checks(load_settings(environment), url)

    assert [queue for queue in QUEUES if not found[f"queue {queue}"].ok] == ["cpu", "gpu"]
    assert "logs/gpu.log" in found["queue gpu"].todo


def test_a_paused_queue_is_not_well_and_the_way_out_is_named(environment: dict[str, str], valkey: Valkey) -> None:
    report(valkey, "cpu@here", "cpu", "gpu")
    store = RedisJobStore(valkey.url)
    store.submit(NewJob(new_job_id(), "test.noop", "cpu", {}, 1, {}), idempotency_s=86_400, queue_limit=10)
    store.pause_queue("cpu", "new disk")
    store.close()

    found = checks(load_settings(environment), "http://127.0.0.1:1")

    assert not found["queue cpu"].ok
    assert "1 waiting" in found["queue cpu"].found
    assert found["queue cpu"].found.endswith("paused: new disk")
    assert "noria queues resume cpu" in found["queue cpu"].todo
    assert found["queue gpu"].ok


def test_a_queue_that_waits_long_is_not_well(environment: dict[str, str], valkey: Valkey) -> None:
    report(valkey, "cpu@here", "cpu")
    store = RedisJobStore(valkey.url)
    job = NewJob(new_job_id(), "test.noop", "cpu", {}, 1, {})
    store.submit(job, idempotency_s=86_400, queue_limit=10)
    store.close()
    valkey.client.hincrby(f"noria:job:{job.id}", "waits_since", -2 * 3_600_000)

    found = checks(load_settings(environment), "http://127.0.0.1:1")["queue cpu"]

    assert not found.ok
    assert "longest for 120 min" in found.found


def test_nothing_answers_and_every_line_says_what_to_do(tmp_path: Path) -> None:
    ports = {name: str(free_port()) for name in ("API_PORT", "REDIS_PORT", "MLFLOW_PORT", "FLOWER_PORT")}
    result = run(f"http://127.0.0.1:{ports['API_PORT']}", "doctor", "--json", NORIA_HOME=str(tmp_path / "not yet"), REDIS_URL="",
                 MLFLOW_TRACKING_URI="", **ports)

    unwell = [check for check in answer(result)["checks"] if not check["ok"]]
    assert result.exit_code == 1
    assert {check["name"] for check in unwell} == {"API", "broker", "storage", "MLflow", "Flower", *(f"queue {q}" for q in QUEUES)}
    assert all(check["todo"] for check in unwell)


def test_a_flower_without_a_password_is_not_well(environment: dict[str, str]) -> None:
    with answering(200) as port:
        found = checks(load_settings({**environment, "FLOWER_PORT": str(port)}), "http://127.0.0.1:1")

    assert not found["Flower"].ok


def test_a_worker_short_of_disk_and_refused_runs_are_seen(environment: dict[str, str], valkey: Valkey) -> None:
    report(valkey, "cpu@far", "cpu", disk_free_bytes=1 << 20, tracking={"state": "up", "backlog": 1, "dead": 3, "error": None})

    found = checks(load_settings(environment), "http://127.0.0.1:1")

    assert not found["disk"].ok
    assert found["disk"].found.startswith("0.0 GiB free where cpu@far runs")
    assert not found["spool of cpu@far"].ok
    assert "refused in part: 3" in found["spool of cpu@far"].found


def test_a_worker_that_cannot_reach_mlflow_is_seen_with_its_reason(environment: dict[str, str], valkey: Valkey) -> None:
    report(valkey, "cpu@far", "cpu", tracking={"state": "down", "backlog": 4, "dead": 0, "error": "403 for its Host"})

    found = checks(load_settings(environment), "http://127.0.0.1:1")

    assert not found["spool of cpu@far"].ok
    assert found["spool of cpu@far"].found == "waiting for MLflow: 4, refused in part: 0; 403 for its Host"


def test_clocks_that_went_astray_are_named_with_what_to_do(
        environment: dict[str, str], valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    report(valkey, "cpu@far", "cpu", clock_ahead_s=-400.0)
    report(valkey, "gpu@near", "gpu", clock_ahead_s=0.2)
    beside = checks(load_settings(environment), "http://127.0.0.1:1")["clocks"]
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 60)

    found = checks(load_settings(environment), "http://127.0.0.1:1")["clocks"]

    assert beside.found == "cpu@far is 400 s behind the broker's"
    assert found.found == "this machine is 60 s ahead of the broker's; cpu@far is 400 s behind the broker's"
    assert "timedatectl" in found.todo


def test_workers_that_share_a_spool_share_a_line(environment: dict[str, str], valkey: Valkey) -> None:
    for name, backlog in (("cpu@near", 2), ("fast@near", 2), ("cpu@far", 0)):
        report(valkey, name, "cpu", tracking={"backlog": backlog, "dead": 0, "error": None})

    spools = {name for name in checks(load_settings(environment), "http://127.0.0.1:1") if name.startswith("spool")}

    assert spools == {"spool of cpu@near, fast@near", "spool of cpu@far"}


def test_clocks_that_agree_are_well(environment: dict[str, str], valkey: Valkey) -> None:
    report(valkey, "cpu@far", "cpu", clock_ahead_s=-1.2)

    assert checks(load_settings(environment), "http://127.0.0.1:1")["clocks"] == Check("clocks", True, "within 1.2 s of the broker's")


def test_a_run_that_nobody_requeues_is_told_with_the_queue(environment: dict[str, str], valkey: Valkey) -> None:
    store = RedisJobStore(valkey.url)
    job = NewJob(new_job_id(), "test.noop", "cpu", {}, 3, {})
    store.submit(job, idempotency_s=86_400, queue_limit=10)
    store.acquire(job.id, worker="cpu@far", lease_s=0.01)
    store.close()
    valkey.client.zincrby("noria:leases", -600_000, job.id)

    found = checks(load_settings(environment), "http://127.0.0.1:1")["queue cpu"]

    assert found.found == "no worker; 1 running; one without its lease for 10 min"
    assert "make up" in found.todo
    assert "requeue" in found.todo


def test_what_is_not_wanted_is_well(environment: dict[str, str]) -> None:
    found = checks(load_settings(environment), "http://127.0.0.1:1")

    assert found["MLflow"] == Check("MLflow", True, "tracking is off")
    assert found["Flower"].ok


def test_no_password_of_the_broker_is_shown(environment: dict[str, str]) -> None:
    url = f"redis://:a-password@127.0.0.1:{free_port()}/0"

    found = checks(load_settings({**environment, "REDIS_URL": url}), "http://127.0.0.1:1")

    assert not found["broker"].ok
    assert "a-password" not in found["broker"].found


def test_passwords_in_addresses_are_not_shown(environment: dict[str, str]) -> None:
    with answering(200) as mlflow, served(create_app(load_settings(environment))) as url:
        secret = {**environment, "REDIS_URL": f"redis://:pass-word@127.0.0.1:{free_port()}/0",
                  "MLFLOW_TRACKING_URI": f"http://me:pass-word@127.0.0.1:{mlflow}", "STORAGE_URL": "s3://me:pass-word@bucket/x"}
        result = run(url, "doctor", "--json", **secret)

    found = {check["name"]: check for check in answer(result)["checks"]}
    assert "pass-word" not in result.stdout
    assert (found["MLflow"]["ok"], found["MLflow"]["found"]) == (True, f"http://127.0.0.1:{mlflow}")
    assert found["storage"]["found"] == "s3://bucket/x"


def test_a_kind_that_keeps_failing_is_named_with_the_newest_reason(environment: dict[str, str], valkey: Valkey) -> None:
    store = RedisJobStore(valkey.url)
    for number in range(3):
        job = NewJob(new_job_id(), "test.noop", "cpu", {}, 1, {})
        store.submit(job, idempotency_s=86_400, queue_limit=10)
        running = store.acquire(job.id, worker="w", lease_s=30)
        assert running
        time.sleep(0.005)
        store.move(job.id, running.fence, End("failed", error={"code": "data_error", "message": f"No data {number}."}))
    store.close()

    found = checks(load_settings(environment), "http://127.0.0.1:1")["kind test.noop"]

    assert not found.ok
    assert "3 jobs failed within the hour, the last with data_error: No data 2." in found.found
    assert job.id in found.todo


def test_lost_leases_are_told_with_the_worker_that_lost_them(environment: dict[str, str], valkey: Valkey) -> None:
    store = RedisJobStore(valkey.url)
    job = NewJob(new_job_id(), "test.noop", "cpu", {}, 3, {})
    store.submit(job, idempotency_s=86_400, queue_limit=10)
    store.acquire(job.id, worker="cpu@far", lease_s=0.01)
    time.sleep(0.05)
    store.reap(lease_s=0.01)
    store.close()

    found = checks(load_settings(environment), "http://127.0.0.1:1")["leases"]

    assert not found.ok
    assert "runs that lost their worker within the hour: 1 (cpu@far)" in found.found
