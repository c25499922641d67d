"""What a retrain tells tracking, under the names that front ends and people look for there."""

import json
from pathlib import Path
from typing import Any

import yaml

from jobs.context import JobContext, ModelVersion
from jobs.vision.gate import Verdict
from jobs.vision.kinds import HeldOutScores, RetrainParams
from jobs.vision.metrics import NAMES, named_values
from jobs.vision.package import Card, code_version, library_versions
from jobs.vision.snapshot import ROLES, Snapshot
from jobs.vision.training_plan import Training

DATASET = "retraining_dataset"


def image_counts(snapshot: Snapshot) -> dict[str, int]:
    """Different images by what they are for."""
    return {role: len(snapshot.having(role)) for role in ROLES}


def log_params(ctx: JobContext, params: RetrainParams, snapshot: Snapshot, training: Training, champion: ModelVersion,
               card: Card) -> None:
    """All that the training depends on, so that it can be done again."""
    recipe = training.model_dump(exclude={"data", "weights", "architecture"})
    named = {
        "modelo_id": params.model, "previous_version": champion.version, "weights_sha256": card.weights_sha256,
        "promote": params.promote, "dataset": snapshot.dataset, "data_sha256": snapshot.dataset_sha256,
        "snapshot_sha256": snapshot.sha256, "classes": len(snapshot.classes), "code_version": code_version(),
        **{f"images_{role}": number for role, number in image_counts(snapshot).items()},
        **{f"version_{name}": number for name, number in library_versions().items()},
    }
    for name, value in {**recipe, **named}.items():
        ctx.param(name, value)
    for name in ("previous_version", "weights_sha256", "snapshot_sha256"):
        ctx.tag(name, str(named[name]))  # of a param the first attempt's value stands, and a later one may have claimed more


def log_dataset(ctx: JobContext, snapshot: Snapshot, applied: list[dict[str, Any]]) -> None:
    """The data set of the retrain: what is in it, every correction whole, and Ultralytics' own description."""
    learned = snapshot.having("corrected", "replayed")
    held_out = snapshot.having("held_out_old", "held_out_new")
    metadata = {
        "snapshot_sha256": snapshot.sha256, "base_dataset": snapshot.dataset, "base_dataset_sha256": snapshot.dataset_sha256,
        "classes": list(snapshot.classes), "images": len(snapshot.images),
        "boxes": sum(len(image.boxes) for image in snapshot.images), "corrections": len(applied),
        "splits": {
            "train": {"images": len(learned), "with_copies": sum(image.copies for image in learned),
                      "boxes": sum(len(image.boxes) for image in learned)},
            "val": {"images": len(held_out), "boxes": sum(len(i.boxes) for i in held_out)}},
        "roles": image_counts(snapshot),
        "hashes": {role: [image.sha256 for image in snapshot.having(role)] for role in ROLES},
    }
    described = {"path": ".", "train": "images/train", "val": "images/val", "names": dict(enumerate(snapshot.classes))}
    _json(ctx, f"{DATASET}/retraining_dataset_metadata.json", metadata)
    _json(ctx, f"{DATASET}/corrections_applied.json", applied)
    text = yaml.safe_dump(described, allow_unicode=True, sort_keys=False)
    ctx.artifact(f"{DATASET}/data.yaml", text.encode(), media_type="application/yaml")


def log_training(ctx: JobContext, before: HeldOutScores, last_epoch: dict[str, float]) -> None:
    """How good the model in use is (`pre_…`), and what the training found of its last epoch on the same images."""
    _scores(ctx, before, "pre_")
    for name in NAMES:
        if name in last_epoch:
            ctx.metric(name, last_epoch[name])


def log_validation(ctx: JobContext, after: HeldOutScores, verdict: Verdict) -> None:
    """How good the new version is (`val_…`), and what the gate says of it."""
    _scores(ctx, after, "val_")
    ctx.tag("decision", verdict.decision)
    ctx.tag("decision_reason", verdict.reason)


def log_artifacts(ctx: JobContext, plots: Path, weights: Path, metadata: dict[str, Any], training: Training) -> None:
    """Plots, the recipe, and the model with its metadata."""
    for path in sorted(plots.glob("*.png")):
        ctx.artifact(f"plots/{path.name}", path, media_type="image/png")
    _json(ctx, "config/training.json", training.model_dump(mode="json", exclude={"data", "weights"}))
    ctx.artifact(f"models/{weights.name}", weights)
    _json(ctx, f"models/{weights.stem}_metadata.json", metadata)


def _scores(ctx: JobContext, scores: HeldOutScores, prefix: str) -> None:
    for part, found in ((f"{prefix}", scores.all), (f"{prefix}old_", scores.old), (f"{prefix}new_", scores.new)):
        for name, value in named_values(found, part) if found else ():
            ctx.metric(name, value)


def _json(ctx: JobContext, name: str, document: Any) -> None:
    ctx.artifact(name, json.dumps(document, indent=1, ensure_ascii=False).encode(), media_type="application/json")
