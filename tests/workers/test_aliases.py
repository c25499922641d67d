"""MLflow's aliases follow the champions of storage: forwards, backwards, late, and only by one of all processes."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.settings import Settings, load_settings
from storage.memory_jobs import MemoryJobStore
from storage.models import Version
from tests.services import free_port, wait_until
from tests.tracking.servers import MlflowServer
from tracking.environment import prepare_environment
from tracking.registry import register
from tracking.server import connect
from workers.aliases import Aliases
from workers.services import Services, make_services

prepare_environment()


class Shop:
    """A storage with one model, whose versions are registered in MLflow when a test says so."""

    def __init__(self, home: Path, server: MlflowServer) -> None:
        self.name = f"shop-{time.time_ns()}"
        self.environ = {"NORIA_HOME": str(home), "MLFLOW_TRACKING_URI": server.uri}
        self.settings: Settings = load_settings(self.environ)
        self.own: Services = make_services(self.settings, MemoryJobStore())
        self.client = connect(server.uri)

    def train(self, *, promote: bool = True) -> int:
        """A published version that MLflow has not heard of."""
        number = self.own.models.allocate(self.name, domain="vision", job_id=f"{self.name}-{time.time_ns()}")
        job_id = str(self.own.objects.read_json(f"models/{self.name}/{number:06d}/allocated.json")["job_id"])
        self.own.models.publish(Version(self.name, number, "vision", job_id, number), promote=promote)
        return number

    def arrive(self, number: int) -> None:
        """The run of a version arrives in MLflow, and has it registered."""
        run_id = self.client.create_run("0").info.run_id
        register(self.client, run_id=run_id, job_id=self.own.models.version(self.name, number).job_id,
                 registered_name=f"yolo_{self.name}", folder="models", noria_version=number, promote=False)

    def aliases(self) -> dict[str, int]:
        """Noria's number of what each alias names."""
        found = self.client.get_registered_model(f"yolo_{self.name}").aliases
        return {alias: int(self.client.get_model_version(f"yolo_{self.name}", version).tags["noria_version"])
                for alias, version in found.items()}


@pytest.fixture
def shop(tmp_path: Path, mlflow_server: MlflowServer) -> Shop:
    return Shop(tmp_path, mlflow_server)


@pytest.fixture
def watched(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """With a process at it, as every worker has one."""
    for name, value in shop.environ.items():
        monkeypatch.setenv(name, value)
    stop = threading.Event()
    thread = threading.Thread(target=Aliases(shop.own, "w1").watch, args=(stop,))
    thread.start()
    yield shop
    stop.set()
    thread.join()


def test_within_seconds_the_aliases_are_those_of_each_decision(watched: Shop) -> None:
    # given a champion, and a version that was not good enough
    for promote in (True, False):
        watched.arrive(watched.train(promote=promote))
    wait_until(lambda: watched.aliases() == {"champion": 1, "challenger": 2}, timeout_s=15, what="a champion and a challenger")
    # when a person promotes it
    watched.own.models.promote(watched.name, 2, reason="better eyes", by="local")
    wait_until(lambda: watched.aliases() == {"champion": 2}, timeout_s=15, what="the promoted champion")
    # and takes that back
    watched.own.models.rollback(watched.name, reason="no", by="local")
    wait_until(lambda: watched.aliases() == {"champion": 1, "challenger": 2}, timeout_s=15, what="the champion before")


def test_a_version_whose_run_arrives_late_gets_its_alias_then(shop: Shop) -> None:
    # given
    process = Aliases(shop.own, "w1")
    first, second = shop.train(), shop.train()
    process.round(shop.settings)
    shop.arrive(first)
    shop.arrive(second)
    # when it is looked at again, which is so within seconds
    wait_until(lambda: process.round(shop.settings) or shop.aliases() == {"champion": second}, timeout_s=15, what="the alias")


def test_what_is_settled_is_not_asked_of_mlflow_again(shop: Shop) -> None:
    # given
    process = Aliases(shop.own, "w1")
    shop.arrive(shop.train())
    wait_until(lambda: process.round(shop.settings) or process._looks[shop.name].wait_s == float("inf"), what="a settled model")
    # when somebody moves an alias by hand
    shop.client.delete_registered_model_alias(f"yolo_{shop.name}", "champion")
    process.round(shop.settings)
    # then that stays so until the next decision
    assert shop.aliases() == {}
    shop.own.models.promote(shop.name, 1, reason="again", by="local")
    process.round(shop.settings)
    assert shop.aliases() == {"champion": 1}


def test_only_one_of_all_processes_does_it(shop: Shop) -> None:
    # given
    shop.arrive(shop.train())
    assert shop.own.jobs.lead("aliases", "another", ttl_s=60)
    # when
    Aliases(shop.own, "w1").round(shop.settings)
    # then
    assert shop.aliases() == {}
    Aliases(shop.own, "another").round(shop.settings)
    assert shop.aliases() == {"champion": 1}


def test_without_mlflow_a_round_does_nothing_and_takes_no_time(shop: Shop, tmp_path: Path) -> None:
    # given
    shop.train()
    away = load_settings({"NORIA_HOME": str(tmp_path), "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{free_port()}"})
    off = load_settings({"NORIA_HOME": str(tmp_path), "MLFLOW_TRACKING_URI": "off"})
    process, began = Aliases(shop.own, "w1"), time.monotonic()
    # when
    for settings in (away, away, off, away):
        process.round(settings)
    # then the breaker keeps it from asking again and again
    assert time.monotonic() - began < 5
    assert process._looks == {}
