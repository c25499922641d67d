"""`make backup` and `make restore` on a whole stack, its MLflow and workers among it."""

import csv
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from api.client import Client
from deploy.environment import ROOT
from jobs.address import api_url
from tests.deploy.test_stack import Home
from tests.services import free_port, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path / "home", FLOWER_PORT="", MLFLOW_PORT=str(free_port()), MLFLOW_TRACKING_URI="")
    yield made
    made.call("down")
    assert made.members() == []


def make(home: Home, target: str, file: Path) -> "subprocess.CompletedProcess[str]":
    """The target by itself: what is installed is left as it is."""
    return subprocess.run(["make", "-o", "install", target, f"FILE={file}"], cwd=ROOT, env={**home.environment, "PYTHONPATH": str(ROOT)},
                          capture_output=True, text=True, check=False)


def sales(path: Path) -> Path:
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["date", "item", "quantity"])
        rows.writerows([f"{year}-{month:02d}-01", item, 10 * month + year % 10] for year in range(2022, 2026) for month in range(1, 13)
                       for item in ("bolt", "nut"))
    return path


def told(home: Home, job_id: str) -> list[dict[str, Any]]:
    """Parameters and metrics of the runs that the stack's MLflow has of a job."""
    client = MlflowClient(tracking_uri=home.settings.tracking_uri)
    experiments = [e.experiment_id for e in client.search_experiments()]
    return [{"status": run.info.status, **run.data.params, **run.data.metrics}
            for run in client.search_runs(experiments, f"tags.job_id = '{job_id}'")]


def test_a_restored_installation_has_its_jobs_models_data_and_runs_and_goes_on_predicting(home: Home, tmp_path: Path) -> None:
    # given a stack that has trained, told MLflow of it
    assert home.call("up").returncode == 0
    client, file = Client(api_url(home.settings)), tmp_path / "noria.tar"
    dataset = client.upload(sales(tmp_path / "sales.csv"), type="sales", name="parts")["id"]
    trained = client.wait(client.submit("forecasting.train", {"dataset": dataset, "horizon": 3, "folds": 1})["id"])
    assert trained["state"] == "succeeded", trained["error"]
    model = trained["result"]["model"]
    wait_until(lambda: any(run["status"] == "FINISHED" for run in told(home, trained["id"])), timeout_s=120, what="the run in MLflow")
    runs = told(home, trained["id"])
    before = client.wait(client.submit("forecasting.predict", {"model": model})["id"])

    # when it is backed up while it runs, lost, and restored
    backed_up = make(home, "backup", file)
    assert backed_up.returncode == 0, backed_up.stderr
    refused = make(home, "restore", file)
    assert home.call("down").returncode == 0
    shutil.rmtree(home.settings.home)
    restored = make(home, "restore", file)
    assert restored.returncode == 0, restored.stderr
    assert home.call("up").returncode == 0

    # then all of it is there, and works
    assert "make down" in refused.stderr
    assert client.job(trained["id"])["result"] == trained["result"]
    assert {job["id"] for job in client.jobs()["jobs"]} >= {trained["id"], before["id"]}
    assert client.model(model)["champion"] == trained["result"]["version"]
    assert told(home, trained["id"]) == runs
    after = client.wait(client.submit("forecasting.predict", {"model": model})["id"])
    assert (after["state"], after["result"]) == ("succeeded", before["result"])
    again = client.wait(client.submit("forecasting.train", {"dataset": dataset, "horizon": 3, "folds": 1})["id"])
    assert again["result"]["version"] == trained["result"]["version"] + 1
