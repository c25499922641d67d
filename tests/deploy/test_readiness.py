"""When a part of the stack counts as ready."""

from pathlib import Path

import pytest

from deploy.readiness import missing_queues, parts, status_of
from jobs.kind import QUEUES
from jobs.settings import load_settings
from tests.services import Valkey, free_port


@pytest.mark.parametrize(("environment", "names"), [
    ({}, ["API", "workers", "MLflow", "Flower"]), ({"FLOWER_PORT": ""}, ["API", "workers", "MLflow"]),
    ({"MLFLOW_PORT": "", "FLOWER_PORT": ""}, ["API", "workers"])])
def test_what_is_waited_for_is_what_was_started(environment: dict[str, str], names: list[str]) -> None:
    assert [part.name for part in parts(load_settings(environment))] == names


def test_every_part_says_what_is_missing_while_nothing_runs(tmp_path: Path) -> None:
    ports = {name: str(free_port()) for name in ("API_PORT", "REDIS_PORT", "MLFLOW_PORT", "FLOWER_PORT")}

    assert all(part.missing() for part in parts(load_settings({**ports, "NORIA_HOME": str(tmp_path)})))


def test_a_broker_without_workers_misses_every_queue(valkey: Valkey) -> None:
    said = missing_queues(load_settings({"REDIS_URL": valkey.url}))

    assert said == f"no worker answers on {', '.join(QUEUES)}"


def test_nothing_behind_a_port_has_no_status() -> None:
    assert status_of(f"http://127.0.0.1:{free_port()}/") is None
