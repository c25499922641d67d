"""The embedded stack's experiment for retrains: made once, pinned, pinned again if the pin was lost, and never elsewhere."""

import os
import subprocess
import sys
from pathlib import Path

from deploy.environment import lacks_retrain_experiment
from deploy.retrain_experiment import LOCATION, NAME
from jobs.settings import load_settings, read_env_file
from tests.tracking.servers import MlflowServer
from tracking.server import connect

ROOT = Path(__file__).parents[2]


def run(home: Path, port: int, **more: str) -> "subprocess.CompletedProcess[str]":
    """As `make up` runs it, on a stack whose own MLflow has that port."""
    environ = {**os.environ, "NORIA_HOME": str(home), "MLFLOW_PORT": str(port), "MLFLOW_TRACKING_URI": "", "RETRAIN_EXPERIMENT_ID": "", **more}
    return subprocess.run([sys.executable, "-m", "deploy.retrain_experiment"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False)


def pinned(home: Path) -> str | None:
    return read_env_file(home / "settings.env").get("RETRAIN_EXPERIMENT_ID")


def test_the_experiment_is_made_and_pinned_once(mlflow_server: MlflowServer, tmp_path: Path) -> None:
    # given
    home = tmp_path / "home"
    client = connect(mlflow_server.uri)
    before = len(client.search_experiments())
    # when it is set up, and then set up again
    first, second = run(home, mlflow_server.port), run(home, mlflow_server.port)
    # then
    found = client.get_experiment_by_name(NAME)
    assert (pinned(home), found.artifact_location) == (found.experiment_id, LOCATION)
    assert f"experiment {found.experiment_id}" in first.stdout
    assert (first.returncode, second.returncode, second.stdout) == (0, 0, "")
    # and when the pin is lost
    (home / "settings.env").write_text("RETRAIN_THRESHOLD=7\n")
    third = run(home, mlflow_server.port)
    assert "was there" in third.stdout
    assert read_env_file(home / "settings.env") == {"RETRAIN_THRESHOLD": "7", "RETRAIN_EXPERIMENT_ID": found.experiment_id}
    assert len(client.search_experiments()) == before + 1


def test_a_pinned_experiment_is_left_as_it_is(tmp_path: Path) -> None:
    # given a stack whose MLflow need not even answer
    done = run(tmp_path, 9, RETRAIN_EXPERIMENT_ID="401576597529460193")
    # then
    assert (done.returncode, done.stdout, pinned(tmp_path)) == (0, "", None)


def test_a_server_that_is_away_is_said_and_pins_nothing(tmp_path: Path) -> None:
    done = run(tmp_path, 9)
    assert done.returncode == 1
    assert "no experiment to land in yet" in done.stderr
    assert pinned(tmp_path) is None


def test_only_a_stack_with_an_mlflow_of_its_own_makes_one(tmp_path: Path) -> None:
    def lacks(**environ: str) -> bool:
        return lacks_retrain_experiment(load_settings({"NORIA_HOME": str(tmp_path), **environ}))

    assert lacks()
    assert not lacks(MLFLOW_TRACKING_URI="http://mlflow.example:5000")
    assert not lacks(MLFLOW_TRACKING_URI="off")
    assert not lacks(MLFLOW_PORT="")
    assert not lacks(RETRAIN_EXPERIMENT_ID="7")
