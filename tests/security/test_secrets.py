"""Secrets of the settings, planted in a whole stack that works and suffers, stand in no log, file, key, run or page."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import processes
from jobs.address import api_url
from jobs.errors import NoriaError
from tests.security.planted import PLANTED, PlantedStack, leaks
from tests.services import wait_until
from tests.storage.files import SALES

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlantedStack]:
    running = PlantedStack(tmp_path_factory.mktemp("planted"))
    try:
        running.call("up")
        yield running
    finally:
        running.stop()


def test_no_secret_is_left_anywhere_after_work_and_faults_of_every_sort(stack: PlantedStack, tmp_path: Path) -> None:
    client, hook = stack.client, stack.receiver.url()
    stack.receiver.answers[:] = [500, 204]

    # given jobs that succeed, fail, are killed, retried and told of, with runs in MLflow
    (tmp_path / "sales.csv").write_bytes(SALES)
    few = client.upload(tmp_path / "sales.csv", type="sales")["id"]
    asked = [("test.model", {"model": "toy"}), ("test.work", {"seconds": 0.2, "misbehave": "fail"}), ("forecasting.train", {"dataset": few}),
             ("test.work", {"seconds": 0.2, "misbehave": "fail_retryable"}), ("test.work", {"seconds": 0.2, "misbehave": "kill_self_once"})]
    started = [client.submit(kind, params, callback_url=hook)["id"] for kind, params in asked]
    ended = [client.wait(job)["state"] for job in started]
    # and requests with keys where they do not belong, storage that answers errors, and an MLflow that dies
    for headers in ({"Authorization": f"Bearer {PLANTED['wrong key']}"}, {"X-API-Key": PLANTED["wrong key"]}, {"Cookie": f"api_key={PLANTED['API key']}"}):
        stack.look(f"{api_url(stack.settings)}/v1/jobs", **headers)
    stack.look(f"{api_url(stack.settings)}/v1/jobs?api_key={PLANTED['API key']}")
    stack.s3.mode = "errors"
    (tmp_path / "sales.csv").write_bytes(SALES + b"2024-01-04,0012,1\n")
    with pytest.raises(NoriaError):
        client.upload(tmp_path / "sales.csv", type="sales")
    stack.s3.mode = ""
    for process in processes.members(stack.home):
        if processes.program(process) == "mlflow":
            os.kill(process.pid, signal.SIGKILL)
    late = client.submit("test.model", {"model": "toy"}, callback_url=hook)["id"]
    ended.append(client.wait(late)["state"])
    wait_until(lambda: (client.job(late)["tracking"] or {}).get("run_id"), timeout_s=120, what="the last run being in MLflow")

    # then all of it happened, and no secret was left behind
    assert ended == ["succeeded", "failed", "failed", "failed", "succeeded", "succeeded"]
    wait_until(lambda: len(stack.receiver.received) >= 7, timeout_s=60, what="the callbacks")
    assert leaks(iter([*stack.traces(), *stack.pages(), ("what make up said", stack.said.encode())])) == []


def test_a_planted_secret_would_be_found(stack: PlantedStack) -> None:
    (stack.home / "logs" / "planted.log").write_text(f"key={PLANTED['API key']}", encoding="utf-8")

    assert leaks(stack.traces()) == ["API key in logs/planted.log"]
