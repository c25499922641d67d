"""`noria validate`: everything that a retrain needs, well and unwell."""

import io
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from api.cli import cli
from jobs.check import Check
from jobs.settings import load_settings
from jobs.vision.starting_point import sha256_of
from storage import names
from storage.models import Version
from tests.services import Valkey, free_port
from tests.tracking.servers import MlflowServer
from tracking.experiments import create_experiment
from workers.cli_validate import examine, validate
from workers.services import Services, make_services

SCORES = {"mAP50": 0.5, "mAP50-95": 0.4, "precision": 0.5, "recall": 0.5, "boxes": 9, "per_class": {}}


class Installation:
    """A broker, a storage and an MLflow with one model of vision, and the settings that name them."""

    def __init__(self, home: Path, valkey: Valkey, mlflow: MlflowServer) -> None:
        name = f"retrains-{time.time_ns()}"
        self.mlflow, self.home = mlflow, home
        self.experiment = create_experiment(mlflow.uri, name, f"mlflow-artifacts:/{name}").id
        self.environ = {"NORIA_HOME": str(home), "REDIS_URL": valkey.url, "MLFLOW_TRACKING_URI": mlflow.uri,
                        "RETRAIN_EXPERIMENT_ID": self.experiment}
        self.own: Services = make_services(load_settings(self.environ))
        self.own.jobs.report_worker("gpu@here", {"queues": ["gpu", "gpu.fast"]}, ttl_s=600)

    def dataset(self) -> str:
        """A detection data set of four grey images."""
        packed, source = io.BytesIO(), self.home / "grey.zip"
        with zipfile.ZipFile(packed, "w") as files:
            files.writestr("data.yaml", "train: images/train\nval: images/val\nnames: [thing]\n")
            for n in range(4):
                split = "train" if n < 2 else "val"
                picture = np.full((64, 64, 3), 60 + 40 * n, np.uint8)
                files.writestr(f"images/{split}/{n}.png", cv2.imencode(".png", picture)[1].tobytes())
                files.writestr(f"labels/{split}/{n}.txt", "0 0.5 0.5 0.3 0.3\n")
        source.write_bytes(packed.getvalue())
        document, _ = self.own.datasets.receive(source, type="detection", name="grey", filename="grey.zip")
        return self.own.datasets.wait(document.id, 60).id

    def model(self, name: str, weights: Path, dataset: str) -> str:
        """A champion with these weights; gives the name of their object."""
        key = names.artifact("job", 1, f"model/{name}/best.pt")
        self.own.objects.put(key, weights)
        card = {"classes": [f"class {n}" for n in range(80)], "image_size": 96, "weights_sha256": sha256_of(weights),
                "base": "tiny11n", "architecture": None, "epochs": 1, "batch": 8, "seed": 0, "metrics": SCORES,
                "data": {"dataset": dataset}, "code": "c", "libraries": {}}
        number = self.own.models.allocate(name, domain="vision", job_id="job")
        self.own.models.publish(Version(name, number, "vision", "job", 1, card, {"best.pt": key}), promote=True)
        return key

    def checks(self, model: str | None = None, **changes: str) -> dict[str, Check]:
        return {check.name: check for check in examine(load_settings({**self.environ, **changes}), model)}


@pytest.fixture
def installation(tmp_path: Path, valkey: Valkey, mlflow_server: MlflowServer) -> Iterator[Installation]:
    made = Installation(tmp_path, valkey, mlflow_server)
    yield made
    made.own.jobs.close()  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of the small architecture, which knows 80 classes."""
    folder = tmp_path_factory.mktemp("weights")
    code = ("from jobs.vision.library import YOLO; from jobs.vision.starting_point import TINY; "
            "YOLO(str(TINY), task='detect').save('best.pt')")
    environ = {**os.environ, "NORIA_HOME": str(folder), "PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run([sys.executable, "-c", code], cwd=folder, env=environ, check=True, capture_output=True)
    return folder / "best.pt"


def run(environ: dict[str, str], *arguments: str) -> Any:
    return CliRunner().invoke(validate, arguments, env=environ)


def test_all_is_well_where_a_retrain_would_find_everything(installation: Installation, weights: Path) -> None:
    # given
    installation.model("shapes", weights, installation.dataset())
    # when
    result = run(installation.environ, "--json")
    # then
    found = json.loads(result.stdout)
    assert found["ok"] is True, result.stdout
    assert result.exit_code == 0
    assert [check["name"] for check in found["checks"]] == [
        "broker", "gpu worker", "storage", "MLflow", f"experiment {installation.experiment}", "active", "location",
        "location writable", "weights of shapes", "base data of shapes"]
    assert list(installation.own.objects.names("probes/")) == []


def test_weights_that_were_changed_or_do_not_load_and_a_base_that_is_gone_are_named(
    installation: Installation, weights: Path, tmp_path: Path,
) -> None:
    # given a model whose weights were replaced, one with weights of rubbish, and none with its data set
    key = installation.model("changed", weights, "0" * 32)
    installation.own.objects.put(key, b"other weights")
    rubbish = tmp_path / "rubbish.pt"
    rubbish.write_bytes(b"rubbish")
    installation.model("rubbish", rubbish, "0" * 32)
    # when
    found = installation.checks()
    # then
    assert "SHA-256" in found["weights of changed"].found
    assert "do not load" in found["weights of rubbish"].found
    assert "rollback changed" in found["weights of changed"].todo
    assert not found["base data of changed"].ok


def test_nothing_answers_and_each_line_says_how_to_mend_it(tmp_path: Path) -> None:
    # given
    (tmp_path / "taken").write_text("a file where the folder should be")
    gone = f"http://127.0.0.1:{free_port()}"
    environ = {"NORIA_HOME": str(tmp_path), "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0", "MLFLOW_TRACKING_URI": gone,
               "STORAGE_URL": str(tmp_path / "taken"), "RETRAIN_EXPERIMENT_ID": "7"}
    # when
    result = run(environ, "--json")
    # then
    found = json.loads(result.stdout)["checks"]
    assert {check["name"] for check in found if not check["ok"] and check["todo"]} == {
        "broker", "gpu worker", "storage", "MLflow", "experiment 7", "models"}
    assert result.exit_code == 1


def test_an_experiment_that_is_not_pinned_not_there_or_off_is_named(installation: Installation) -> None:
    assert "none is pinned" in installation.checks(RETRAIN_EXPERIMENT_ID="")["experiment"].found
    assert "noria experiments create" in installation.checks(RETRAIN_EXPERIMENT_ID="40157659")["experiment 40157659"].todo
    assert installation.checks(MLFLOW_TRACKING_URI="off")["MLflow"].ok is False


def test_a_model_that_is_not_there_or_not_of_vision_is_named(installation: Installation) -> None:
    # given
    number = installation.own.models.allocate("sales", domain="forecasting", job_id="f")
    installation.own.models.publish(Version("sales", number, "forecasting", "f", 1), promote=True)
    # then
    assert installation.checks("nowhere")["model nowhere"].ok is False
    assert "forecasting" in installation.checks("sales")["model sales"].found
    assert installation.checks()["models"].ok


def test_the_doctor_asks_the_same(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    # given the command that joins by entry point
    monkeypatch.setitem(cli.commands, "validate", validate)
    # when
    result = CliRunner().invoke(cli, ["doctor", "--retrain", "--json"], env={**installation.environ, "MLFLOW_TRACKING_URI": "off"})
    # then
    assert [check["name"] for check in json.loads(result.stdout)["checks"]] == ["broker", "gpu worker", "storage", "MLflow", "models"]
    assert result.exit_code == 1
