"""A retrain learns a new look from corrections, forgets little, tells everything, and goes on after a kill."""

import json
import signal
from dataclasses import dataclass, replace

import pytest
import yaml

from deploy.digits import Scenes
from jobs.context import Experiment, Registration
from jobs.errors import InputError, JobCanceled, NotFound, NothingToRetrain, Unavailable
from jobs.memory_context import MemoryContext
from jobs.vision import retrain, snapshot
from jobs.vision.kinds import RetrainParams, RetrainResult
from jobs.vision.package import read_card
from jobs.vision.snapshot import Snapshot
from jobs.vision.starting_point import sha256_of
from jobs.vision.steps import STEPS
from jobs.vision.yolo_model import Detector, read_image
from tests.jobs.vision.conftest import HOSTILE, Trained, lay_trap
from tests.jobs.vision.scenes import corrections
from tests.jobs.vision.test_train import KilledAfter

pytestmark = pytest.mark.slow

EXPERIMENT = Experiment("401576597529460193", "retrains", "mlflow-artifacts:/retrains")


def a_context(trained: Trained, folder, count=5, kind=MemoryContext, labels=HOSTILE, seed=21):
    """A context that knows the trained model, with so many claimed corrections of scenes in another look."""
    versions = {"digits": list(trained.ctx.versions["digits"])}
    ctx = kind(scratch=folder, datasets=trained.ctx.datasets, images=dict(trained.ctx.images), versions=versions, promotions={"digits": 1},
               experiment=EXPERIMENT)
    ctx.claimed = corrections(ctx, folder / "corrected", count, Scenes(seed, labels, labels, inverted=True))
    return ctx


@dataclass(frozen=True)
class Retrained:
    """A finished retrain."""

    ctx: MemoryContext
    result: RetrainResult
    attempts: list[str]


@pytest.fixture(scope="module")
def retrained(trained: Trained, tmp_path_factory) -> Retrained:
    """The model `digits` after five corrections, under hostile class names and with a trap for network attempts."""
    folder = tmp_path_factory.mktemp("retrained")
    trap, ctx = lay_trap(folder / "trap"), a_context(trained, folder)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in trap.environment.items():
            patch.setenv(name, value)
        result = retrain.run(RetrainParams(model="digits", epochs=6), ctx)
    return Retrained(ctx, result, trap.attempts)


def test_the_twelve_steps_are_taken_in_their_order(retrained: Retrained):
    assert [(taken.step, taken.name) for taken in retrained.result.steps] == list(enumerate(STEPS, 1))
    seen = list(dict.fromkeys(stage for _, stage, _ in retrained.ctx.progresses))
    assert seen == [f"{number} {name}" for number, name in enumerate(STEPS, 1)]
    fractions = [fraction for fraction, _, _ in retrained.ctx.progresses]
    assert fractions == sorted(fractions)


def test_the_new_look_is_learned_and_the_old_one_kept(retrained: Retrained, trained: Trained, tmp_path):
    metrics = retrained.result.metrics
    assert metrics.before.old.mAP50 == pytest.approx(trained.result.metrics.mAP50, abs=0.02)
    assert metrics.before.old.mAP50 - metrics.after.old.mAP50 <= 0.08
    # and on scenes that nobody corrected
    seen = MemoryContext(tmp_path)
    fresh = corrections(seen, tmp_path / "fresh", 12, Scenes(77, HOSTILE, HOSTILE, inverted=True))
    right = []
    for version in retrained.ctx.versions["digits"]:
        detector = Detector(version.files["best.pt"], read_card(version).classes, 96, "cpu", threads=1)
        found = detector.detect([read_image(seen.image(c.image_sha256)) for c in fresh], confidence=0.25, iou=0.7)
        right.append(sum(min(len(boxes), len(c.boxes)) for boxes, c in zip(found, fresh, strict=True)))
    assert right[1] > 2 * right[0]


def test_the_set_of_all_is_the_two_sets_pooled(retrained: Retrained):
    for scores in (retrained.result.metrics.before, retrained.result.metrics.after):
        assert scores.new is not None
        assert scores.all.boxes == scores.old.boxes + scores.new.boxes
        assert set(scores.old.per_class) <= set(HOSTILE.values())


def test_what_was_held_out_is_said_and_was_not_learned_from(retrained: Retrained):
    result, ctx = retrained.result, retrained.ctx
    stored = Snapshot.model_validate_json(ctx.versions["digits"][-1].files["snapshot.json"].read_bytes())
    assert set(result.corrections) == {c.id for c in ctx.claimed}
    assert len(result.held_out) == 1
    assert [image.correction for image in stored.having("held_out_new")] == list(result.held_out)
    assert result.images == {"corrected": 4, "replayed": 150, "held_out_old": 20, "held_out_new": 1}
    assert result.snapshot == stored.sha256


def test_a_better_version_becomes_the_champion_and_the_reason_is_told(retrained: Retrained):
    result, version = retrained.result, retrained.ctx.model_version("digits")
    assert (result.decision, result.version, result.previous) == ("promoted", 2, 1)
    assert "waived" in result.reason
    assert (version.version, version.metadata["decision"], version.metadata["reason"]) == (2, "promoted", result.reason)
    assert retrained.ctx.tags["decision"] == "promoted"


def test_the_run_has_its_tags_and_its_experiment(retrained: Retrained):
    expected = {"type": "retraining", "model_type": "continuous_learning", "version": "v2", "training_type": "incremental_retrain",
                "experiment_id": EXPERIMENT.id}
    assert expected.items() <= retrained.ctx.tags.items()
    assert retrained.ctx.run_name == "digits v2"
    assert retrained.ctx.run_ended


def test_the_run_holds_every_artifact_that_is_asked_for_and_no_other(retrained: Retrained):
    names = set(retrained.ctx.artifacts)
    plots = {name for name in names if name.startswith("plots/")}
    assert {"plots/BoxPR_curve.png", "plots/confusion_matrix.png"} <= plots
    assert names - plots == {
        "models/retrained_v2.pt", "models/retrained_v2_metadata.json", "config/training.json", "retraining_dataset/data.yaml",
        "retraining_dataset/retraining_dataset_metadata.json", "retraining_dataset/corrections_applied.json"}
    assert retrained.ctx.registrations == [Registration("yolo_digits", "file", "retrained_v2.pt")]


def test_the_data_set_in_the_run_is_described_with_counts_hashes_and_whole_corrections(retrained: Retrained):
    read = {name.rpartition("/")[2]: content for name, content in retrained.ctx.artifacts.items()}
    described = json.loads(read["retraining_dataset_metadata.json"])
    assert (described["images"], described["corrections"]) == (175, 5)
    assert described["splits"]["train"]["images"] == 154
    assert len(described["hashes"]["replayed"]) == 150
    assert json.loads(read["corrections_applied.json"]) == [c.document for c in sorted(retrained.ctx.claimed, key=lambda c: (
        c.id in retrained.result.held_out, c.image_sha256))]
    assert yaml.safe_load(read["data.yaml"])["names"] == dict(enumerate(read_card(retrained.ctx.model_version("digits")).classes))


def test_no_path_of_the_machine_is_in_what_goes_out(retrained: Retrained):
    texts = [content for name, content in retrained.ctx.artifacts.items() if name.endswith((".json", ".yaml"))]
    assert not [text for text in texts if str(retrained.ctx.scratch).encode() in text]
    assert str(retrained.ctx.scratch) not in json.dumps(retrained.ctx.params, default=str)


def test_metrics_before_of_the_training_and_after_are_logged_under_their_names(retrained: Retrained):
    logged = {name: value for name, value, step in retrained.ctx.metrics if step is None}
    metrics = retrained.result.metrics
    for prefix, scores in (("pre_", metrics.before), ("val_", metrics.after)):
        assert (logged[f"{prefix}mAP50"], logged[f"{prefix}precision"]) == (scores.all.mAP50, scores.all.precision)
        assert logged[f"{prefix}recall"] == scores.all.recall
        assert logged[f"{prefix}old_mAP50"] == scores.old.mAP50
    assert {"mAP50", "precision", "recall"} <= set(logged)
    assert logged["mAP50"] == pytest.approx(metrics.after.all.mAP50, abs=0.1)
    assert [step for name, _, step in retrained.ctx.metrics if name == "train/box_loss"] == list(range(1, 7))


def test_a_run_can_be_reproduced_from_its_params(retrained: Retrained):
    wanted = {"epochs", "batch", "image_size", "seed", "lr", "previous_version", "weights_sha256", "snapshot_sha256", "data_sha256",
              "code_version", "version_torch"}
    assert wanted <= set(retrained.ctx.params)


def test_no_network_attempt_is_made(retrained: Retrained):
    assert retrained.attempts == []


def test_the_weights_of_the_run_are_those_of_the_version(retrained: Retrained):
    version = retrained.ctx.model_version("digits")
    assert sha256_of(version.files["best.pt"]) == read_card(version).weights_sha256
    assert sha256_of(version.files["best.onnx"]) == read_card(version).runtime.sha256
    assert retrained.ctx.artifacts["models/retrained_v2.pt"] == version.files["best.pt"].read_bytes()
    assert json.loads(retrained.ctx.artifacts["models/retrained_v2_metadata.json"])["retraining"]["previous"] == 1


def test_the_next_retrain_learns_from_all_corrections_and_a_new_class(retrained: Retrained, tmp_path):
    # given a second batch in which a class occurs that the model does not know
    first, labels = retrained.ctx, {0: HOSTILE[0], 4: "four"}
    ctx = replace(first, scratch=tmp_path, images=dict(first.images), artifacts={}, metrics=[], progresses=[], tags={}, params={},
                  versions={"digits": list(first.versions["digits"])}, promotions=dict(first.promotions))
    made = corrections(ctx, tmp_path / "more", 6, Scenes(5, labels, labels, inverted=True), first=100)
    ctx.claimed = made
    # when
    result = retrain.run(RetrainParams(model="digits", epochs=1, promote="never"), ctx)
    # then nine images are learned from and two held out, and version 3 knows a class more
    assert (result.images["corrected"], result.images["held_out_new"]) == (9, 2)
    assert len(json.loads(ctx.artifacts["retraining_dataset/corrections_applied.json"])) == 11
    assert read_card(ctx.versions["digits"][-1]).classes == (*read_card(first.model_version("digits")).classes, "four")
    assert (result.version, result.previous, result.decision) == (3, 2, "rejected")
    assert ctx.model_version("digits").version == 2


def test_without_replay_the_model_forgets_and_the_gate_refuses(trained: Trained, tmp_path, monkeypatch):
    monkeypatch.setattr(snapshot, "REPLAYED", 0)
    result = retrain.run(RetrainParams(model="digits", epochs=25), a_context(trained, tmp_path, count=20))
    assert result.images["replayed"] == 0
    assert result.metrics.before.old.mAP50 - result.metrics.after.old.mAP50 > 0.08
    assert result.decision == "rejected"
    assert "on the old images fell" in result.reason


def test_a_killed_retrain_takes_over_what_was_measured_and_trained(trained: Trained, tmp_path):
    # given an attempt whose training process was killed once it kept its second epoch
    first = a_context(trained, tmp_path / "first", kind=KilledAfter)
    first.left = 2
    params = RetrainParams(model="digits", epochs=3, image_size=64)
    with pytest.raises(Unavailable, match=f"signal {int(signal.SIGKILL)}"):
        retrain.run(params, first)
    assert first.progresses[-1][1] == "6 train"
    # when the next attempt claims the same corrections
    second = a_context(trained, tmp_path / "second")
    second.checkpoints = first.checkpoints
    result = retrain.run(params, second)
    # then it trains the third epoch alone, and measures the old model no second time
    assert [step for name, _, step in second.metrics if name == "train/box_loss"] == [3]
    assert not (tmp_path / "second" / "training" / "plots" / "before").exists()
    assert [taken.step for taken in result.steps] == list(range(1, 13))
    assert {"mAP50", "recall"} <= {name for name, _, step in second.metrics if step is None}
    # and an attempt after that trains nothing and comes to the same scores
    third = a_context(trained, tmp_path / "third")
    third.checkpoints = second.checkpoints
    again = retrain.run(params, third)
    assert again.metrics == result.metrics
    assert {name: value for name, value, step in third.metrics if step is None} == {
        name: value for name, value, step in second.metrics if step is None}


def test_another_batch_takes_over_nothing(trained: Trained, tmp_path):
    one, two = (a_context(trained, tmp_path / str(seed), seed=seed) for seed in (1, 2))
    champion = one.model_version("digits")
    start = retrain.Start(champion, read_card(champion), EXPERIMENT, 2)
    digests = {retrain._prepare(RetrainParams(model="digits"), ctx, start, "s").digest for ctx in (one, two)}
    assert len(digests) == 2


def test_an_experiment_that_is_not_there_fails_the_first_step_and_nothing_is_begun(trained: Trained, tmp_path):
    ctx = a_context(trained, tmp_path)
    with pytest.raises(NotFound):
        retrain.run(RetrainParams(model="digits", experiment_id="9"), ctx)
    assert ctx.progresses[-1][1] == "1 set up MLflow"
    assert (ctx.run_name, ctx.tags) == (None, {})


def test_without_corrections_there_is_nothing_to_retrain(trained: Trained, tmp_path):
    ctx = a_context(trained, tmp_path, count=0)
    with pytest.raises(NothingToRetrain):
        retrain.run(RetrainParams(model="digits"), ctx)
    assert ctx.progresses[-1][1] == "2 prepare the data set"


def test_a_model_of_another_domain_is_refused(trained: Trained, tmp_path):
    ctx = a_context(trained, tmp_path)
    ctx.versions["digits"] = [replace(ctx.versions["digits"][0], metadata={"frequency": "day"})]
    with pytest.raises(InputError, match="was not made by vision.train"):
        retrain.run(RetrainParams(model="digits"), ctx)


def test_a_canceled_retrain_ends_and_makes_no_version(trained: Trained, tmp_path):
    class Canceled(MemoryContext):
        def progress(self, fraction, stage, message=""):
            super().progress(fraction, stage, message)
            self.stop = stage == "6 train" and "batch" in message

    ctx = a_context(trained, tmp_path, kind=Canceled)
    with pytest.raises(JobCanceled):
        retrain.run(RetrainParams(model="digits", epochs=500), ctx)
    assert len(ctx.versions["digits"]) == 1
    assert not [name for name, _, _ in ctx.metrics if name.startswith("val_")]
