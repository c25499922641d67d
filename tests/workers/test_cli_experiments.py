"""Experiments are created by a person who names the place of their files, and looked at before they are pinned."""

import json
import time

import pytest
from click.testing import CliRunner, Result

from jobs.errors import Conflict
from tests.services import free_port
from tests.tracking.servers import MlflowServer
from tracking.server import connect
from workers.cli_experiments import experiments


@pytest.fixture
def name() -> str:
    return f"experiment-{time.time_ns()}"


def run(server: MlflowServer, *arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(experiments, arguments, env={"MLFLOW_TRACKING_URI": server.uri, **environ})


def checks(result: Result) -> dict[str, bool]:
    return {check["name"]: check["ok"] for check in json.loads(result.stdout)["checks"]}


def test_the_id_of_a_new_experiment_is_all_that_standard_output_holds(mlflow_server: MlflowServer, name: str) -> None:
    # when
    made = run(mlflow_server, "create", "--name", name, "--artifact-location", f"mlflow-artifacts:/{name}")
    # then
    found = connect(mlflow_server.uri).get_experiment_by_name(name)
    assert made.stdout == f"{found.experiment_id}\n"
    assert f"noria settings set RETRAIN_EXPERIMENT_ID {found.experiment_id}" in made.stderr
    assert found.artifact_location == f"mlflow-artifacts:/{name}"


def test_a_new_experiment_is_told_as_json(mlflow_server: MlflowServer, name: str) -> None:
    made = json.loads(run(mlflow_server, "create", "--name", name, "--artifact-location", "mlflow-artifacts:/x", "--json").stdout)
    assert (made["name"], made["artifact_location"]) == (name, "mlflow-artifacts:/x")
    again = run(mlflow_server, "create", "--name", name, "--artifact-location", "mlflow-artifacts:/x")
    assert isinstance(again.exception, Conflict)
    assert made["id"] in again.exception.message


def test_an_experiment_that_is_fit_for_retrains_is_well_in_each_line(mlflow_server: MlflowServer, name: str) -> None:
    # given
    made = connect(mlflow_server.uri).create_experiment(name, artifact_location=f"mlflow-artifacts:/{name}")
    # when
    result, people = run(mlflow_server, "check", made, "--json"), run(mlflow_server, "check", made)
    # then
    assert checks(result) == {f"experiment {made}": True, "active": True, "location": True, "location writable": True}
    assert result.exit_code == people.exit_code == 0
    assert len(people.stdout.splitlines()) == 4


def test_what_is_wrong_with_an_experiment_is_said_with_what_to_do(mlflow_server: MlflowServer, name: str) -> None:
    # given
    client = connect(mlflow_server.uri)
    deleted = client.create_experiment(f"{name}-deleted", artifact_location="mlflow-artifacts:/deleted")
    client.delete_experiment(deleted)
    unwritable = client.create_experiment(f"{name}-unwritable", artifact_location="file:///dev/null/files")
    # when
    results = {made: run(mlflow_server, "check", made, "--json") for made in ("401576597529460193", deleted, unwritable)}
    # then
    assert all(result.exit_code == 1 for result in results.values())
    assert checks(results["401576597529460193"]) == {"experiment 401576597529460193": False}
    assert checks(results[deleted]) == {f"experiment {deleted}": True, "active": False}
    assert checks(results[unwritable])["location writable"] is False
    shown = run(mlflow_server, "check", "401576597529460193").stdout
    assert "noria experiments create" in shown


def test_a_location_that_the_settings_name_has_to_be_the_experiments_own(mlflow_server: MlflowServer, name: str) -> None:
    # given an experiment whose place the server chose
    made = connect(mlflow_server.uri).create_experiment(name)
    place = f"mlflow-artifacts:/{made}"
    # then
    assert run(mlflow_server, "check", made).exit_code == 0
    assert run(mlflow_server, "check", made, RETRAIN_ARTIFACT_LOCATION=place).exit_code == 0
    assert run(mlflow_server, "check", made, RETRAIN_ARTIFACT_LOCATION="s3://other/place").exit_code == 1


def test_a_server_that_is_away_is_said_to_be_so(mlflow_server: MlflowServer) -> None:
    result = run(mlflow_server, "check", "1", "--json", MLFLOW_TRACKING_URI=f"http://127.0.0.1:{free_port()}")
    assert checks(result) == {"experiment 1": False}
    assert result.exit_code == 1
