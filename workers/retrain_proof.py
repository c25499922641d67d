"""Whether a retrain left all that it has to in MLflow and in the storage: tags, params, metrics and files."""

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.check import Check
from jobs.errors import NotFound
from jobs.record import Job
from storage.models import Models
from tracking import names

TAGS = {"type": "retraining", "model_type": "continuous_learning", "training_type": "incremental_retrain"}
PARAMS = ("epochs", "batch", "image_size", "lr", "seed", "modelo_id", "previous_version", "snapshot_sha256", "code_version")
SCORES = ("mAP50", "precision", "recall")
DATASET = ("retraining_dataset_metadata.json", "corrections_applied.json", "data.yaml")
EACH_EPOCH = "train/box_loss"
STEPS = 12
LATE = "if the spool has something to send yet (`noria doctor`), ask again; else the log of the gpu worker says why"


@dataclass(frozen=True, slots=True)
class Proof:
    """What the checks look at: MLflow's client, the run of an ended retrain, its files' names, and the job."""

    client: Any
    run: Any
    files: frozenset[str]
    job: Job

    @property
    def result(self) -> dict[str, Any]:
        """The job's result."""
        return self.job.result or {}

    @property
    def version(self) -> int:
        """Number of the version that the retrain made."""
        return int(self.result["version"])

    @property
    def weights(self) -> str:
        """Where in the run the weights are."""
        return f"models/retrained_v{self.version}.pt"


def prove(client: Any, job: Job, models: Models) -> Iterator[Check]:
    """Every check of a retrain that succeeded. Raises MlflowException, StorageUnavailable."""
    result = job.result or {}
    found = client.search_runs([e.experiment_id for e in client.search_experiments()], names.of_job(job.id))
    yield _check("one run", len(found) == 1, f"{len(found)} runs of the job")
    if len(found) != 1:
        return
    run = found[0]
    proof = Proof(client, run, frozenset(_files(client, run.info.run_id)), job)
    experiment = client.get_experiment(run.info.experiment_id)
    wanted = str(result["experiment_id"])
    yield _check("exact experiment", run.info.experiment_id == wanted, f"{run.info.experiment_id}; the job named {wanted}")
    place = experiment.artifact_location
    yield _check("artifact location", run.info.artifact_uri.startswith(place.rstrip("/") + "/"), run.info.artifact_uri)
    yield _check("run ended", run.info.status == "FINISHED", run.info.status)
    steps = [step["step"] for step in result["steps"]]
    yield _check("twelve steps", steps == list(range(1, STEPS + 1)), f"steps {steps}")
    yield from _entries(proof)
    yield from _artifacts(proof)
    yield from _versions(proof, models)


def _entries(proof: Proof) -> Iterator[Check]:
    data = proof.run.data
    for name, value in {**TAGS, "version": f"v{proof.version}", "experiment_id": proof.run.info.experiment_id,
                        "decision": proof.result["decision"], "decision_reason": proof.result["reason"]}.items():
        yield _check(f"tag {name}", data.tags.get(name) == value, data.tags.get(name, "missing"))
    for name in PARAMS:
        yield _check(f"param {name}", name in data.params, data.params.get(name, "missing"))
    for name in [f"{prefix}{score}" for prefix in ("pre_", "", "val_") for score in SCORES]:
        yield _check(f"metric {name}", name in data.metrics, f"{data.metrics[name]:.4f}" if name in data.metrics else "missing")
    for name, part in (("pre_mAP50", "before"), ("val_mAP50", "after")):
        said = proof.result["metrics"][part]["all"]["mAP50"]
        yield _check(f"{name} as in the job", abs(data.metrics.get(name, -1) - said) < 1e-6, f"the job says {said:.4f}")
    epochs = int(data.params.get("epochs", 0))
    told = sorted({point.step for point in proof.client.get_metric_history(proof.run.info.run_id, EACH_EPOCH)})
    yield _check("metrics of each epoch", told == list(range(1, epochs + 1)), f"{EACH_EPOCH} of epochs {told}")


def _artifacts(proof: Proof) -> Iterator[Check]:
    for name in [*(f"retraining_dataset/{part}" for part in DATASET), proof.weights,
                 f"models/retrained_v{proof.version}_metadata.json"]:
        yield _check(f"file {name}", name in proof.files, "there" if name in proof.files else "missing")
    for folder, ending in (("plots", ".png"), ("config", "")):
        number = sum(1 for name in proof.files if name.startswith(f"{folder}/") and name.endswith(ending))
        yield _check(f"files {folder}/*{ending}", number > 0, f"{number}")
    applied = "retraining_dataset/corrections_applied.json"
    if applied in proof.files:
        kept = {correction["id"] for correction in json.loads(_content(proof, applied))}
        missing = set(proof.result["corrections"]) - kept
        yield _check("every correction whole", not missing, f"{len(kept)} kept, {len(missing)} of this retrain missing")


def _versions(proof: Proof, models: Models) -> Iterator[Check]:
    model = proof.result["model"]
    registered = proof.client.search_model_versions(names.of_job(proof.job.id))
    numbers = [f"{v.name} version {v.version}" for v in registered if v.tags.get(names.NORIA_VERSION) == str(proof.version)]
    yield _check("registered version", len(numbers) == 1, ", ".join(numbers) or "missing")
    try:
        stored = models.version(model, proof.version)
    except NotFound as e:
        yield _check("version in the storage", False, e.message)
        return
    there = {"best.pt", "metadata.json"} <= set(stored.files)
    yield _check("version in the storage", there, f"{model} version {stored.version}: {', '.join(sorted(stored.files))}")
    if proof.weights in proof.files:
        same = hashlib.sha256(_content(proof, proof.weights)).hexdigest() == stored.metadata.get("weights_sha256")
        yield _check("the same weights in both", same, "their SHA-256 is " + ("that of the metadata" if same else "another"))
    promoted = models.champion(model) == proof.version
    agrees = promoted == (proof.result["decision"] == "promoted")
    yield _check("champion as decided", agrees, f"{proof.result['decision']}: {proof.result['reason']}")


def _check(name: str, ok: bool, found: str) -> Check:
    return Check(name, ok, found, "" if ok else LATE)


def _files(client: Any, run_id: str, folder: str | None = None) -> Iterable[str]:
    for entry in client.list_artifacts(run_id, folder):
        if entry.is_dir:
            yield from _files(client, run_id, entry.path)
        else:
            yield entry.path


def _content(proof: Proof, name: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="noria-") as folder:
        return Path(proof.client.download_artifacts(proof.run.info.run_id, name, folder)).read_bytes()
