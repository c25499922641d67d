"""Retrains in real workers with a real MLflow: whole runs, kills at every step, and MLflow away or without the experiment."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from deploy.digits import Scenes, write_zip
from jobs.catalog import find_kind
from jobs.record import Job, new_job_id
from jobs.settings import write_setting
from jobs.vision.steps import STEPS
from storage.corrections import CorrectionIn
from storage.job_store import NewJob
from storage.retrain_queue import Added
from tests.services import Valkey, free_port, wait_until
from tests.tracking.servers import MlflowServer
from tests.workers.conftest import Plant

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

DIGITS = {0: "0", 1: "1"}
MODEL = "digits"
FORGIVING = "0.9"  # the models here are trained for moments, so that the gate would decide by chance


class Studio(Plant):
    """A plant with MLflow, a retraining experiment, and a small trained detector."""

    def __init__(self, home: Path, valkey: Valkey, server: MlflowServer) -> None:
        super().__init__(home, valkey)
        self.client = MlflowClient(tracking_uri=server.uri, registry_uri=server.uri)
        self.experiment = self.client.create_experiment("retrains", artifact_location="mlflow-artifacts:/retrains")
        self.environ |= {"MLFLOW_TRACKING_URI": server.uri, "RETRAIN_EXPERIMENT_ID": self.experiment, "LEASE_S": "2",
                         "RETRAIN_OLD_TOLERANCE": FORGIVING}
        self.scenes = Scenes(5, DIGITS, inverted=True)

    def train(self, folder: Path) -> None:
        source = write_zip(folder / "digits.zip", Scenes(1, DIGITS), train=60, val=8)
        stored, _ = self.services.datasets.receive(source, type="detection", name=MODEL, filename="digits.zip")
        self.services.datasets.wait(stored.id, 60)
        worker = self.start_worker("gpu")
        job = self.wait_for_end(self.submit("vision.train", dataset=stored.id, base="tiny11n", epochs=4, image_size=64), 180)
        assert job.state == "succeeded", job.error
        worker.kill()

    def correct(self, count: int = 5) -> Added:
        """Correct that many fresh images; what the last one did."""
        for _ in range(count):
            scene = self.scenes.scene()
            kept, _ = self.services.images.receive(scene.png())
            given = {"image": kept.id, "model": MODEL, "boxes": scene.boxes, "author": "Ana"}
            _, added = self.services.corrections.add(CorrectionIn.model_validate(given), by="local")
        return added

    def submit_retrain(self, **params: Any) -> str:
        kind = find_kind("vision.retrain")
        given = kind.params(model=MODEL, **params).model_dump(mode="json")
        new = NewJob(new_job_id(), kind.name, kind.queue, given, kind.max_attempts, {}, retrains=MODEL)
        return self.jobs.submit(new, idempotency_s=0, queue_limit=100).job.id

    def runs(self, experiment: str) -> list[Run]:
        return list(self.client.search_runs([experiment]))

    def run_of(self, job: Job) -> Run:
        (run,) = self.client.search_runs([self.experiment], f"tags.job_id = '{job.id}'")
        return run

    def used(self) -> set[str]:
        found, _ = self.services.corrections.page(model=MODEL, state="used", limit=200)
        return {correction.id for correction, _ in found}

    def events(self, job_id: str) -> list[dict[str, Any]]:
        return [event.data for event in self.jobs.events(job_id)]


@pytest.fixture(scope="module")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    server = MlflowServer(tmp_path_factory.mktemp("mlflow")).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def trained_studio(tmp_path_factory: pytest.TempPathFactory, mlflow_server: MlflowServer) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("studio")
    valkey = Valkey(folder / "valkey").start()
    (folder / "home").mkdir()
    studio = Studio(folder / "home", valkey, mlflow_server)
    studio.train(folder)
    yield studio
    studio.stop()
    valkey.stop()


@pytest.fixture
def studio(trained_studio: Studio) -> Iterator[Studio]:
    """The studio without a worker, and with none left behind."""
    yield trained_studio
    for worker in trained_studio.workers:
        worker.stop()


def artifacts_of(client: MlflowClient, run_id: str, folder: str | None = None) -> set[str]:
    found = set()
    for entry in client.list_artifacts(run_id, folder):
        found |= artifacts_of(client, run_id, entry.path) if entry.is_dir else {entry.path}
    return found


def test_five_corrections_start_one_retrain_whose_run_holds_all_of_it_when_the_job_ends(studio: Studio) -> None:
    # given a worker that also trains forecasts, and five corrections
    studio.start_worker("cpu,gpu")
    added = studio.correct()
    assert added.retrain_job is not None
    # when
    job = studio.wait_for_end(added.retrain_job, 240)
    # then the run is whole at that moment
    assert job.state == "succeeded", job.error
    run = studio.run_of(job)
    number = job.result["version"]
    assert run.info.status == "FINISHED"
    assert {"type": "retraining", "model_type": "continuous_learning", "version": f"v{number}", "training_type": "incremental_retrain",
            "experiment_id": studio.experiment, "decision": job.result["decision"]}.items() <= run.data.tags.items()
    assert {f"{p}{m}" for p in ("pre_", "", "val_") for m in ("mAP50", "precision", "recall")} <= set(run.data.metrics)
    assert len(studio.client.get_metric_history(run.info.run_id, "train/box_loss")) == 10
    artifacts = artifacts_of(studio.client, run.info.run_id)
    assert {a for a in artifacts if not a.startswith("plots/")} == {
        f"models/retrained_v{number}.pt", f"models/retrained_v{number}_metadata.json", "config/training.json",
        "retraining_dataset/data.yaml", "retraining_dataset/retraining_dataset_metadata.json",
        "retraining_dataset/corrections_applied.json"}
    assert all(a.endswith(".png") for a in artifacts if a.startswith("plots/"))
    assert run.info.artifact_uri.startswith("mlflow-artifacts:/retrains/")
    # and the twelve steps stand in the job's events and result, each with its seconds
    told = [(e["step"], e["step_name"]) for e in studio.events(job.id) if "seconds" in e]
    assert told == list(enumerate(STEPS, 1)) == [(s["step"], s["name"]) for s in job.result["steps"]]
    # and storage, history and corrections agree
    assert studio.used() == set(job.result["corrections"])
    assert studio.services.models.champion(MODEL) == number
    version = studio.services.models.version(MODEL, number)
    assert {"best.pt", "metadata.json", "snapshot.json", "corrections.json"} <= set(version.files)
    assert {a.name for a in job.artifacts} >= {f"models/retrained_v{number}.pt", f"models/retrained_v{number}_metadata.json"}
    (registered,) = [v for v in studio.client.search_model_versions(f"name = 'yolo_{MODEL}'") if v.run_id == run.info.run_id]
    assert registered.tags["noria_version"] == str(number)
    # and the label files are not in any other experiment, nor is a run of Ultralytics' own
    names = {e.name: e.experiment_id for e in studio.client.search_experiments()}
    assert set(names) == {"Default", "tnsfull_ml", "retrains"}
    assert studio.runs(names["Default"]) == []
    assert [r.data.tags["kind"] for r in studio.runs(names["tnsfull_ml"])] == ["vision.train"]
    assert_xgboost_is_not_logged_by_itself(studio, names["tnsfull_ml"])


def assert_xgboost_is_not_logged_by_itself(studio: Studio, experiment: str) -> None:
    """A forecast trained afterwards in the same process makes the one run that is ours."""
    source = studio.home / "sales.csv"
    lines = [f"{y}-{m:02d}-01,{item},{20 + m % 4}" for item in "ab" for y in (2022, 2023) for m in range(1, 13)]
    source.write_text("\n".join(["date,item,quantity", *lines]))
    stored, _ = studio.services.datasets.receive(source, type="sales", name="shop", filename="sales.csv")
    studio.services.datasets.wait(stored.id, 60)
    job = studio.wait_for_end(studio.submit("forecasting.train", dataset=stored.id, folds=1), 120)
    assert job.state == "succeeded", job.error
    wait_until(lambda: (studio.jobs.get(job.id).tracking or {}).get("pending") is False, timeout_s=60, what="the run arriving")
    assert sorted(r.data.tags["kind"] for r in studio.runs(experiment)) == ["forecasting.train", "vision.train"]
    assert studio.runs("0") == []


@pytest.mark.parametrize("steps", [range(1, 7), range(7, 13)], ids=["first_half", "second_half"])
def test_a_worker_killed_at_every_step_costs_neither_version_run_nor_correction(studio: Studio, tmp_path: Path, steps: range) -> None:
    # given a worker whose process is killed within each of these steps, once
    (tmp_path / "killed").mkdir()
    studio.start_worker("gpu", app="tests.workers.killing", KILL_AT=",".join(map(str, steps)), KILLED=str(tmp_path / "killed"),
                        KILL_WHOM="worker")
    used, versions = studio.used(), len(studio.services.models.versions(MODEL))
    # when
    added = studio.correct()
    job = studio.wait_for_end(str(added.retrain_job), 600)
    # then each kill cost an attempt, and nothing else
    assert job.state == "succeeded", job.error
    assert sorted(int(mark.name) for mark in (tmp_path / "killed").iterdir()) == list(steps)
    assert [a.outcome for a in job.attempts] == ["lost"] * len(steps) + ["succeeded"]
    assert len(studio.services.models.versions(MODEL)) == versions + 1
    run = studio.run_of(job)
    assert run.info.status == "FINISHED"
    assert len(studio.client.search_model_versions(f"run_id = '{run.info.run_id}'")) == 1
    assert studio.used() - used == set(job.result["corrections"])
    assert len(job.result["corrections"]) == 5
    assert studio.jobs.retrain_status(MODEL).pending == 0
    # and at most an epoch was trained twice
    epochs = [e.data["step"] for e in studio.jobs.events(job.id) if e.type == "metric" and e.data["name"] == "train/box_loss"]
    assert sorted(set(epochs)) == list(range(1, 11))
    assert len(epochs) <= 10 + len(steps)


def test_a_training_process_killed_at_its_steps_is_started_again_where_it_was(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "killed").mkdir()
    studio.start_worker("gpu", app="tests.workers.killing", KILL_AT="3,8", KILLED=str(tmp_path / "killed"), KILL_WHOM="child")
    job = studio.wait_for_end(str(studio.correct().retrain_job), 300)
    assert job.state == "succeeded", job.error
    assert [a.outcome for a in job.attempts] == ["retried", "retried", "succeeded"]
    assert studio.run_of(job).info.status == "FINISHED"


def test_a_missing_experiment_fails_the_first_step_gives_the_corrections_back_and_starts_no_loop(studio: Studio) -> None:
    # given five corrections, and a pinned experiment that is not there
    studio.start_worker("gpu", RETRAIN_EXPERIMENT_ID="401576597529460193")
    added = studio.correct()
    # when
    job = studio.wait_for_end(str(added.retrain_job), 60)
    # then
    assert (job.state, job.error["code"], job.error["step"], job.attempt) == ("failed", "not_found", "1 set up MLflow", 1)
    assert "401576597529460193" in job.error["message"]
    assert "create" in job.error["message"]
    status = studio.jobs.retrain_status(MODEL)
    assert (status.pending, status.under_way) == (5, ())
    assert status.blocked["job"] == job.id
    time.sleep(3)
    assert studio.jobs.retrain_status(MODEL).under_way == ()
    # and a retrain that is asked for with the right one learns from all of them
    again = studio.wait_for_end(studio.submit_retrain(experiment_id=studio.experiment, epochs=1), 120)
    assert (again.state, len(again.result["corrections"])) == ("succeeded", 5)
    assert studio.jobs.retrain_status(MODEL).blocked is None


def test_while_mlflow_is_away_a_retrain_waits_with_its_corrections_given_back(studio: Studio, mlflow_server: MlflowServer) -> None:
    # given an address at which nothing listens
    write_setting(studio.home, "MLFLOW_TRACKING_URI", f"http://127.0.0.1:{free_port()}")
    studio.start_worker("gpu")
    job_id = str(studio.correct().retrain_job)
    # when
    wait_until(lambda: studio.jobs.get(job_id).attempt == 2, timeout_s=60, what="the second attempt")
    waiting = studio.wait_for(job_id, "queued")
    # then it waits for its next attempt, and holds nothing
    assert [a.outcome for a in waiting.attempts][:2] == ["retried", "retried"]
    assert studio.jobs.retrain_status(MODEL).pending == 5
    assert studio.jobs.retrain_status(MODEL).blocked is None
    # and goes on with all that is pending as soon as MLflow answers
    studio.correct(1)
    write_setting(studio.home, "MLFLOW_TRACKING_URI", mlflow_server.uri)
    job = studio.wait_for_end(job_id, 180)
    assert (job.state, len(job.result["corrections"])) == ("succeeded", 6)
