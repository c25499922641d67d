"""The whole stack, really started: ready, restarted, stopped, and nothing left behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from api.client import Client
from deploy import processes
from deploy.control import programs
from deploy.digits import Scenes, write_zip
from deploy.environment import socket_path
from deploy.readiness import login, parts, status_of
from jobs.address import api_url
from jobs.settings import Settings, load_settings
from tests.services import free_port, wait_until
from tests.workers.receiver import Receiver

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


class Home:
    """A stack's settings and the command that rules it. MLflow, the slowest to start, is left to the demo's test."""

    def __init__(self, folder: Path, **more: str) -> None:
        chosen = {"NORIA_HOME": str(folder), "API_PORT": str(free_port()), "REDIS_PORT": str(free_port()), "FLOWER_PORT": str(free_port()),
                  "MLFLOW_PORT": "", "MLFLOW_TRACKING_URI": "off", "REDIS_URL": "", "EXTRA_KINDS": "tests.kinds", **more}
        self.environment = {**os.environ, **chosen}
        self.settings: Settings = load_settings(chosen)

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "deploy.stack", *words], cwd=ROOT, env=self.environment, capture_output=True, text=True,
                              check=False)

    def members(self) -> list[psutil.Process]:
        return processes.members(self.settings.home)

    def pids(self) -> dict[str, int]:
        return {p.name: p.pid for p in programs(socket_path(self.settings.home)) or () if p.pid}

    def missing(self) -> list[str]:
        return [part.name for part in parts(self.settings) if part.missing()]

    def lines(self, request_id: str) -> list[dict[str, Any]]:
        """What all logs say under a request's id."""
        found = [line for log in (self.settings.home / "logs").glob("*.log") for line in log.read_text(encoding="utf-8").splitlines()]
        return [json.loads(line) for line in found if f'"{request_id}"' in line]


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    started = Receiver().start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("stack"), CALLBACK_HOSTS=f"http://127.0.0.1:{receiver.port}", CALLBACK_PRIVATE="1",
                CALLBACK_SECRET="whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cyBvZiBjYWxsYmFja3M=")
    started = home.call("up")
    assert started.returncode == 0, started.stdout + started.stderr
    yield home
    home.call("down")
    assert home.members() == []


def test_up_returns_when_every_part_answers(stack: Home) -> None:
    url = f"http://127.0.0.1:{stack.settings.flower_port}"

    assert stack.missing() == []
    assert status_of(f"{api_url(stack.settings)}/readyz") == 200
    assert (status_of(url), status_of(f"{url}/metrics"), status_of(url, login(stack.settings))) == (401, 401, 200)


def test_every_program_is_a_member_of_its_stack_so_that_down_finds_it_without_supervisor(stack: Home) -> None:
    assert {processes.program(p) for p in stack.members()} >= {"broker", "cpu", "gpu", "fast", "api"}


def test_only_the_programs_that_are_wanted_run(stack: Home) -> None:
    assert set(stack.pids()) == {"broker", "cpu", "gpu", "fast", "api", "flower", "sweeper"}


def test_a_job_runs_on_each_lane(stack: Home) -> None:
    client = Client(api_url(stack.settings))

    ended = [client.wait(client.submit(kind, params)["id"]) for kind, params in (("test.noop", {"value": 3}), ("test.work", {"seconds": 0.2}))]

    assert [job["state"] for job in ended] == ["succeeded", "succeeded"]


def test_a_request_id_is_on_the_lines_of_the_api_the_worker_the_training_process_and_the_sender_of_callbacks(
        stack: Home, receiver: Receiver, tmp_path: Path) -> None:
    client = Client(api_url(stack.settings))
    dataset = client.upload(write_zip(tmp_path / "digits.zip", Scenes(1), train=8, val=2), type="detection", name="digits")
    params = {"dataset": dataset["id"], "base": "tiny11n", "epochs": 1, "image_size": 64}
    body = {"kind": "vision.train", "params": params, "callback_url": receiver.url()}
    call = urllib.request.Request(f"{client.url}/v1/jobs", data=json.dumps(body).encode(), method="POST",
                                  headers={"Content-Type": "application/json", "X-Request-Id": "trace-me"})
    with urllib.request.urlopen(call, timeout=30) as answer:
        job_id = json.load(answer)["id"]
    assert client.wait(job_id)["state"] == "succeeded"
    wait_until(lambda: any(line["event"] == "callback tried" for line in stack.lines("trace-me")), what="the callback")

    lines = stack.lines("trace-me")

    assert {line["job_id"] for line in lines} == {job_id}
    assert {"request", "job started", "job ended", "callback tried"} <= {line["event"] for line in lines}
    children = {line["process"] for line in lines if line.get("logger") == "jobs.vision.training_child"}
    assert children
    assert not children & set(stack.pids().values())
    assert json.loads(receiver.received[0].body)["request_id"] == "trace-me"


def test_up_again_says_that_it_is_up_and_changes_nothing(stack: Home) -> None:
    before = stack.pids()

    again = stack.call("up")

    assert again.returncode == 0
    assert "already up" in again.stdout
    assert stack.pids() == before


def test_status_is_well_and_config_shows_the_variables(stack: Home) -> None:
    status, config = stack.call("status"), stack.call("config")

    assert status.returncode == 0, status.stdout
    assert f"API_PORT={stack.settings.api_port}" in config.stdout.splitlines()
    assert (stack.settings.home / "flower_password").read_text(encoding="utf-8") not in status.stdout + config.stdout


def test_every_program_that_dies_comes_back(stack: Home) -> None:
    before = stack.pids()
    old = {name: {child.pid for child in psutil.Process(pid).children(recursive=True)} for name, pid in before.items()}

    for pid in before.values():
        os.kill(pid, signal.SIGKILL)

    wait_until(lambda: set(stack.pids()) == set(before) and not set(stack.pids().values()) & set(before.values()), timeout_s=60,
               what="all programs in new processes")
    wait_until(lambda: not stack.missing(), timeout_s=120, what="a stack that is ready again")
    alive = {p.pid for p in stack.members()}
    assert {name: pids & alive for name, pids in old.items() if pids & alive} == {}


def test_a_second_stack_runs_beside_the_first_and_ends_alone(stack: Home, tmp_path: Path) -> None:
    second = Home(tmp_path, FLOWER_PORT="")
    try:
        assert second.call("up").returncode == 0
        job = Client(api_url(second.settings)).submit("test.noop", {})

        assert Client(api_url(second.settings)).wait(job["id"])["state"] == "succeeded"
        assert job["id"] not in {j["id"] for j in Client(api_url(stack.settings)).jobs()["jobs"]}
    finally:
        down = second.call("down")
    assert (down.returncode, second.members()) == (0, [])
    assert stack.missing() == []


def test_a_taken_port_is_named_and_nothing_is_left_running(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with socket.create_server(("127.0.0.1", home.settings.api_port)):
        failed = home.call("up")

    assert failed.returncode == 1
    assert f"Port {home.settings.api_port} (API_PORT) is taken by" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert home.members() == []


def test_a_program_that_cannot_start_fails_up_with_its_log_and_leaves_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path, EXTRA_KINDS="no_such_module")

    failed = home.call("up")

    assert failed.returncode == 1
    assert "no_such_module" in failed.stderr
    assert home.members() == []


def test_down_finds_everything_though_supervisor_was_killed(tmp_path: Path) -> None:
    home = Home(tmp_path, FLOWER_PORT="")
    assert home.call("up").returncode == 0
    supervisor = processes.supervisor_of(home.members())
    assert supervisor
    supervisor.kill()
    assert len(home.members()) > 5

    down = home.call("down")

    assert (down.returncode, home.members()) == (0, [])
    assert "Nothing was running" in home.call("down").stdout


def test_ctrl_c_even_twice_ends_a_stack_in_the_foreground_cleanly(tmp_path: Path) -> None:
    home = Home(tmp_path, FLOWER_PORT="")
    running = subprocess.Popen([sys.executable, "-m", "deploy.stack", "run"], cwd=ROOT, env=home.environment, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert running.stdout
    for awaited in ("Ctrl-C", "Stopping"):
        while awaited not in (line := running.stdout.readline()):
            assert line, "it ended by itself"
        running.send_signal(signal.SIGINT)
    said = running.communicate(timeout=120)[0]

    assert "Traceback" not in said
    assert running.returncode == 130
    assert home.members() == []


def test_an_interrupted_start_leaves_nothing_behind(tmp_path: Path) -> None:
    home = Home(tmp_path)
    starting = subprocess.Popen([sys.executable, "-m", "deploy.stack", "up"], cwd=ROOT, env=home.environment, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
    wait_until(lambda: len(home.members()) > 3, what="the first programs")

    starting.send_signal(signal.SIGTERM)

    assert starting.wait(timeout=120) == 130
    assert home.members() == []
