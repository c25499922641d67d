"""What a retrain tells tracking; the whole of it is looked at in test_retrain.py."""

import json
from pathlib import Path

import yaml

from jobs.memory_context import MemoryContext
from jobs.vision.gate import Verdict
from jobs.vision.kinds import DetectionScores, HeldOutScores
from jobs.vision.report import image_counts, log_dataset, log_training, log_validation
from jobs.vision.snapshot import Snapshot, SnapshotImage

HOSTILE = ("../../x", "a: b\n- c: [", "ñ")
BOX = {"label": HOSTILE[1], "x1": 1.0, "y1": 2.0, "x2": 3.0, "y2": 4.0}


def image(role, name, boxes=1, copies=1, correction=None):
    return SnapshotImage.model_validate({"sha256": name, "width": 9, "height": 9, "role": role, "copies": copies, "correction": correction,
                                         "boxes": [BOX] * boxes})


SNAPSHOT = Snapshot(dataset="d", dataset_sha256="s", classes=HOSTILE, images=(
    image("corrected", "a", boxes=2, copies=25, correction="c1"), image("replayed", "b"), image("held_out_old", "c"),
    image("held_out_new", "d", boxes=0, correction="c2")))


def scores(value, boxes=4):
    one = {"mAP50": value, "mAP50-95": value / 2, "precision": value, "recall": value, "boxes": boxes}
    return DetectionScores.model_validate({**one, "per_class": {HOSTILE[0]: one}})


def test_the_data_set_is_counted_by_split_and_role_with_its_hashes(tmp_path: Path):
    ctx = MemoryContext(tmp_path)
    log_dataset(ctx, SNAPSHOT, [{"id": "c1"}, {"id": "c2"}])
    told = json.loads(ctx.artifacts["retraining_dataset/retraining_dataset_metadata.json"])
    assert told["splits"] == {"train": {"images": 2, "with_copies": 26, "boxes": 3}, "val": {"images": 2, "boxes": 1}}
    assert told["roles"] == image_counts(SNAPSHOT) == {"replayed": 1, "corrected": 1, "held_out_old": 1, "held_out_new": 1}
    assert (told["images"], told["boxes"], told["corrections"], told["hashes"]["corrected"]) == (4, 4, 2, ["a"])
    assert told["snapshot_sha256"] == SNAPSHOT.sha256


def test_a_class_called_like_yaml_or_a_path_stays_a_name(tmp_path: Path):
    ctx = MemoryContext(tmp_path)
    log_dataset(ctx, SNAPSHOT, [])
    described = yaml.safe_load(ctx.artifacts["retraining_dataset/data.yaml"])
    assert described == {"path": ".", "train": "images/train", "val": "images/val", "names": dict(enumerate(HOSTILE))}


def test_scores_are_named_by_set_and_what_holds_no_box_is_left_out(tmp_path: Path):
    ctx = MemoryContext(tmp_path)
    log_training(ctx, HeldOutScores(all=scores(0.5), old=scores(0.6), new=None), {"mAP50": 0.7, "lr": 0.1, "train/box_loss": 2.0})
    log_validation(ctx, HeldOutScores(all=scores(0.8), old=scores(0.9), new=scores(0.4)), Verdict("promoted", "Better."))
    logged = {name: value for name, value, _ in ctx.metrics}
    assert (logged["pre_mAP50"], logged["pre_old_recall"], logged["mAP50"]) == (0.5, 0.6, 0.7)
    assert (logged["val_precision"], logged["val_new_mAP50"], logged["val_old_mAP50/_.._x"]) == (0.8, 0.4, 0.9)
    assert not {"pre_new_mAP50", "lr", "train/box_loss"} & set(logged)
    assert ctx.tags == {"decision": "promoted", "decision_reason": "Better."}
