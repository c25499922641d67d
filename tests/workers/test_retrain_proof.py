"""The proof of a retrain is whole for a run that has everything, and names each thing that is missing or wrong."""

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest

from jobs.record import Job
from jobs.settings import load_settings
from storage.memory_jobs import MemoryJobStore
from storage.models import Version
from tests.tracking.servers import MlflowServer
from tracking.environment import prepare_environment
from tracking.registry import register
from tracking.server import connect
from workers.retrain_proof import DATASET, EACH_EPOCH, PARAMS, SCORES, TAGS, prove
from workers.services import make_services

prepare_environment()
EPOCHS, WEIGHTS = 2, b"the new weights"


class Retrained:
    """All that a retrain leaves behind, made by hand. What is named in `without` is left out."""

    def __init__(self, folder: Path, server: MlflowServer, *without: str, elsewhere: bool = False) -> None:
        self.without, self.name = set(without), f"shapes-{time.time_ns()}"
        self.client = connect(server.uri)
        self.models = make_services(load_settings({"NORIA_HOME": str(folder)}), MemoryJobStore()).models
        self.experiment = self.client.create_experiment(self.name, artifact_location=f"mlflow-artifacts:/{self.name}")
        self.job = Job(id=f"job-{self.name}", kind="vision.retrain", queue="gpu", params={}, created_at=0, max_attempts=1,
                       state="succeeded", result=self.result())
        self.run_id = self.client.create_run("0" if elsewhere else self.experiment).info.run_id
        self.tell(folder)
        self.publish()

    def result(self) -> dict[str, Any]:
        scores = {"all": {"mAP50": 0.5}}
        steps = [{"step": n, "name": "a step", "seconds": 1.0} for n in range(1, 12 if "steps" in self.without else 13)]
        return {"model": self.name, "version": 1, "experiment_id": self.experiment, "corrections": ["a", "b"], "steps": steps,
                "decision": "promoted", "reason": "Better.", "metrics": {"before": scores, "after": scores}}

    def tell(self, folder: Path) -> None:
        client, run_id = self.client, self.run_id
        tags = {**TAGS, "version": "v1", "experiment_id": self.experiment, "decision": "promoted", "decision_reason": "Better.",
                "job_id": self.job.id}
        for name, value in tags.items():
            if name not in self.without:
                client.set_tag(run_id, name, value)
        for name in PARAMS:
            if name not in self.without:
                client.log_param(run_id, name, EPOCHS if name == "epochs" else "x")
        for name in [f"{prefix}{score}" for prefix in ("pre_", "", "val_") for score in SCORES]:
            if name not in self.without:
                client.log_metric(run_id, name, 0.5)
        for epoch in range(1, EPOCHS + (0 if "an epoch" in self.without else 1)):
            client.log_metric(run_id, EACH_EPOCH, 1.0, step=epoch)
        kept = [{"id": "a"}] if "a correction" in self.without else [{"id": "a"}, {"id": "b"}]
        for name in [*(f"retraining_dataset/{part}" for part in DATASET), "models/retrained_v1.pt", "models/retrained_v1_metadata.json",
                     "plots/curve.png", "config/training.json"]:
            if name not in self.without:
                path = folder / "files" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(WEIGHTS if name.endswith(".pt") else json.dumps(kept).encode())
                client.log_artifact(run_id, str(path), str(Path(name).parent))
        if "its registration" not in self.without:
            register(client, run_id=run_id, job_id=self.job.id, registered_name=f"yolo_{self.name}", folder="models", noria_version=1,
                     promote=False)
        client.set_terminated(run_id, "FAILED" if "its end" in self.without else "FINISHED")

    def publish(self) -> None:
        made = b"others" if "the right weights" in self.without else WEIGHTS
        metadata = {"weights_sha256": hashlib.sha256(made).hexdigest(), "decision": "promoted", "reason": "Better."}
        self.models.allocate(self.name, domain="vision", job_id=self.job.id)
        if "the stored version" not in self.without:
            self.models.publish(Version(self.name, 1, "vision", self.job.id, 1, metadata, {"best.pt": "k", "metadata.json": "k"}),
                                promote="the promotion" not in self.without)

    def wrong(self) -> list[str]:
        checks = list(prove(self.client, self.job, self.models))
        assert all(check.todo for check in checks if not check.ok)
        return [check.name for check in checks if not check.ok]


def test_a_whole_retrain_is_proven(tmp_path: Path, mlflow_server: MlflowServer) -> None:
    assert Retrained(tmp_path, mlflow_server).wrong() == []


@pytest.mark.parametrize(("without", "named"), [
    (("type", "decision_reason"), ["tag type", "tag decision_reason"]),
    (("snapshot_sha256",), ["param snapshot_sha256"]),
    (("recall", "pre_mAP50"), ["metric pre_mAP50", "metric recall", "pre_mAP50 as in the job"]),
    (("an epoch",), ["metrics of each epoch"]),
    (("plots/curve.png", "retraining_dataset/data.yaml"), ["file retraining_dataset/data.yaml", "files plots/*.png"]),
    (("a correction",), ["every correction whole"]),
    (("its end", "steps"), ["run ended", "twelve steps"]),
    (("its registration",), ["registered version"]),
    (("the right weights",), ["the same weights in both"]),
    (("the stored version",), ["version in the storage"]),
    (("the promotion",), ["champion as decided"]),
])
def test_what_is_missing_or_wrong_is_named_alone(
    tmp_path: Path, mlflow_server: MlflowServer, without: tuple[str, ...], named: list[str],
) -> None:
    assert Retrained(tmp_path, mlflow_server, *without).wrong() == named


def test_a_run_in_another_experiment_or_none_is_named(tmp_path: Path, mlflow_server: MlflowServer) -> None:
    wrong = Retrained(tmp_path / "a", mlflow_server, elsewhere=True).wrong()
    assert wrong[0] == "exact experiment"
    assert Retrained(tmp_path / "b", mlflow_server, "job_id").wrong() == ["one run"]
