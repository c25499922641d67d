"""Experiments by name, made where absent, and by exact id, never made."""

import threading
import time

import pytest

from jobs.errors import Conflict, NotFound, TrackingUnavailable
from tests.services import free_port
from tests.tracking.servers import Gate, MlflowServer
from tracking.experiments import experiment_named, require_experiment
from tracking.server import connect


@pytest.fixture
def name() -> str:
    return f"experiment-{time.time_ns()}"


def test_an_absent_experiment_is_created_once_by_all_who_need_it(mlflow_server: MlflowServer, name: str) -> None:
    # given eight workers that begin at the same moment
    found: list[str] = []
    start = threading.Barrier(8)

    def begin() -> None:
        client = connect(mlflow_server.uri)
        start.wait()
        found.append(experiment_named(client, name))

    workers = [threading.Thread(target=begin) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    # then
    assert len(found) == 8
    assert set(found) == {connect(mlflow_server.uri).get_experiment_by_name(name).experiment_id}


def test_a_deleted_experiment_is_not_silently_replaced(mlflow_server: MlflowServer, name: str) -> None:
    # given
    client = connect(mlflow_server.uri)
    made = experiment_named(client, name)
    client.delete_experiment(made)
    # then
    with pytest.raises(Conflict, match="restore"):
        experiment_named(client, name)
    with pytest.raises(Conflict, match="restore"):
        require_experiment(mlflow_server.uri, made)


def test_the_exact_experiment_is_found_with_its_artifact_location(mlflow_server: MlflowServer, name: str) -> None:
    # given
    location = f"mlflow-artifacts:/{name}"
    made = connect(mlflow_server.uri).create_experiment(name, artifact_location=location)
    # when
    found = require_experiment(mlflow_server.uri, made, artifact_location=location + "/")
    # then
    assert (found.id, found.name, found.artifact_location) == (made, name, location)
    with pytest.raises(Conflict, match="elsewhere"):
        require_experiment(mlflow_server.uri, made, artifact_location="s3://bucket/elsewhere")


@pytest.mark.parametrize("experiment_id", ["401576597529460193", "no-number"])
def test_a_missing_exact_experiment_says_how_to_create_it_and_creates_nothing(
    mlflow_server: MlflowServer, experiment_id: str,
) -> None:
    # given
    before = len(connect(mlflow_server.uri).search_experiments())
    # then
    with pytest.raises(NotFound, match="mlflow experiments create"):
        require_experiment(mlflow_server.uri, experiment_id)
    assert len(connect(mlflow_server.uri).search_experiments()) == before


def test_a_job_that_cannot_do_without_mlflow_hears_soon_that_it_is_away(mlflow_server: MlflowServer) -> None:
    # given
    began = time.monotonic()
    # then
    with pytest.raises(TrackingUnavailable, match="does not answer"):
        require_experiment(f"http://127.0.0.1:{free_port()}", "1")
    with pytest.raises(TrackingUnavailable, match="off"):
        require_experiment(None, "1")
    with Gate(mlflow_server.port) as gate:
        gate.status = 403
        with pytest.raises(TrackingUnavailable):
            require_experiment(gate.uri, "0")
    assert time.monotonic() - began < 5
