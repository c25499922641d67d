"""`noria retrain-check`: nothing is started where something is missing; where all is well, a whole retrain is proven."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from jobs.settings import write_setting
from tests.services import Valkey, free_port
from tests.tracking.servers import MlflowServer
from tests.workers.conftest import Plant
from tracking.experiments import create_experiment
from workers import cli_retrain_check
from workers.cli_retrain_check import MODEL, retrain_check


@pytest.fixture
def whole(tmp_path: Path, mlflow_server: MlflowServer) -> Iterator[Plant]:
    """A plant with a gpu worker, an MLflow and a pinned experiment."""
    valkey = Valkey(tmp_path / "valkey").start()
    home = tmp_path / "home"
    plant = Plant(home, valkey)
    name = f"retrains-{time.time_ns()}"
    plant.environ |= {"MLFLOW_TRACKING_URI": mlflow_server.uri, "LEASE_S": "30", "DEVICE": "cpu"}
    write_setting(home, "RETRAIN_EXPERIMENT_ID", create_experiment(mlflow_server.uri, name, f"mlflow-artifacts:/{name}").id)
    plant.start_worker("gpu,gpu.fast")
    yield plant
    plant.stop()
    valkey.stop()


def test_without_a_stack_nothing_is_started_and_it_says_what_to_do(tmp_path: Path) -> None:
    # when
    away = {"NORIA_HOME": str(tmp_path), "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
            "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{free_port()}", "RETRAIN_EXPERIMENT_ID": ""}
    result = CliRunner().invoke(retrain_check, ["--json"], env=away)
    # then
    checks = json.loads(result.stdout)["checks"]
    assert [check["name"] for check in checks] == ["broker", "gpu worker", "MLflow", "experiment"]
    assert all("make up" in check["todo"] for check in checks if check["name"] in {"broker", "MLflow", "experiment"})
    assert "none is started" in result.stderr
    assert result.exit_code == 1


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_whole_retrain_is_carried_out_and_proven(whole: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    # given a training that is cut short: how good the model is makes no difference
    monkeypatch.setattr(cli_retrain_check, "EPOCHS", 2)
    # when
    result = CliRunner().invoke(retrain_check, ["--json"], env=whole.environ)
    # then
    assert result.exit_code == 0, result.stdout + result.stderr + (whole.home / "w0.log").read_text()[-3000:]
    names = [check["name"] for check in json.loads(result.stdout)["checks"]]
    assert names[:2] == ["vision.train", "vision.retrain"]
    assert {"exact experiment", "aliases", "every correction whole", "metric val_mAP50"} <= set(names)
    assert "vision.retrain  6 train" in result.stderr
    assert len(whole.services.models.versions(MODEL)) == 2
