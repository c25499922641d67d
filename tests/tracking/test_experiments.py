"""Experiments by name, made where absent, and by exact id, never made."""

import threading
import time
from pathlib import Path

import pytest

from jobs.errors import Conflict, InputError, NotFound, TrackingUnavailable
from tests.services import free_port
from tests.tracking.servers import Gate, MlflowServer
from tracking.experiments import check_artifact_location, create_experiment, experiment_named, require_experiment
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
    with pytest.raises(NotFound, match="noria experiments create.*noria settings set RETRAIN_EXPERIMENT_ID"):
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


def test_an_experiment_is_created_with_its_artifact_location_and_never_twice(mlflow_server: MlflowServer, name: str) -> None:
    # when
    made = create_experiment(mlflow_server.uri, name, f"mlflow-artifacts:/{name}")
    # then
    found = connect(mlflow_server.uri).get_experiment_by_name(name)
    assert (made.id, made.artifact_location) == (found.experiment_id, f"mlflow-artifacts:/{name}")
    with pytest.raises(Conflict, match=f"already: {made.id}"):
        create_experiment(mlflow_server.uri, name, "mlflow-artifacts:/other")
    connect(mlflow_server.uri).delete_experiment(made.id)
    with pytest.raises(Conflict, match=f"already: {made.id}.*deleted"):
        create_experiment(mlflow_server.uri, name, "mlflow-artifacts:/other")


@pytest.mark.parametrize("location", ["", "somewhere", "mlflow-artifacts:/", " "])
def test_an_experiment_is_not_created_without_an_explicit_location(
    mlflow_server: MlflowServer, name: str, location: str,
) -> None:
    with pytest.raises(InputError, match="no artifact location"):
        create_experiment(mlflow_server.uri, name, location)
    assert connect(mlflow_server.uri).get_experiment_by_name(name) is None


def test_a_location_is_proven_writable_and_left_as_it_was(mlflow_server: MlflowServer, name: str) -> None:
    # given
    made = create_experiment(mlflow_server.uri, name, f"mlflow-artifacts:/{name}")
    # when
    check_artifact_location(mlflow_server.uri, made)
    # then the probe came through the server, and is gone
    folder = mlflow_server.folder / "artifacts" / name
    assert folder.is_dir()
    assert list(folder.iterdir()) == []


def test_a_location_that_the_server_chose_will_do_and_one_that_is_named_has_to_be_the_right_one(
    mlflow_server: MlflowServer, name: str,
) -> None:
    made = connect(mlflow_server.uri).create_experiment(name)
    check_artifact_location(mlflow_server.uri, require_experiment(mlflow_server.uri, made, artifact_location=f"mlflow-artifacts:/{made}"))
    with pytest.raises(Conflict, match="RETRAIN_ARTIFACT_LOCATION"):
        require_experiment(mlflow_server.uri, made, artifact_location="mlflow-artifacts:/other")


def test_a_location_that_cannot_be_written_is_said_to_be_so(mlflow_server: MlflowServer, name: str, tmp_path: Path) -> None:
    # given a folder's place that a file takes, and one on a store of a kind that MLflow does not know
    (tmp_path / "taken").write_text("a file")
    taken = create_experiment(mlflow_server.uri, name, (tmp_path / "taken" / "files").as_uri())
    # then
    with pytest.raises(Conflict, match="cannot be written from here"):
        check_artifact_location(mlflow_server.uri, taken)
    unknown = create_experiment(mlflow_server.uri, f"{name}-b", "nowhere://bucket/files")
    with pytest.raises(Conflict, match="cannot be written from here"):
        check_artifact_location(mlflow_server.uri, unknown)


def test_a_server_that_goes_away_meanwhile_is_worth_another_try(mlflow_server: MlflowServer, name: str) -> None:
    # given
    made = create_experiment(mlflow_server.uri, name, f"mlflow-artifacts:/{name}")
    # then
    with pytest.raises(TrackingUnavailable):
        check_artifact_location(f"http://127.0.0.1:{free_port()}", made)
    with Gate(mlflow_server.port) as gate:
        gate.status, gate.path = 503, "/mlflow-artifacts/"
        with pytest.raises(TrackingUnavailable):
            check_artifact_location(gate.uri, made)
    with pytest.raises(TrackingUnavailable, match="off"):
        check_artifact_location(None, made)
