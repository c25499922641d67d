"""A training learns, tells everything, survives kills, stops when it is told to, and never looks at the network."""

import io
import os
import signal
import time

import polars as pl
import psutil
import pytest

from jobs.context import Registration
from jobs.errors import InputError, JobCanceled, Unavailable
from jobs.memory_context import MemoryContext
from jobs.vision import train
from jobs.vision.kinds import DetectorParams
from jobs.vision.package import read_card
from tests.jobs.vision.conftest import HOSTILE, Trained
from tests.jobs.vision.scenes import add_scenes

pytestmark = pytest.mark.slow


def params(**given):
    return DetectorParams(dataset="digits", **{"base": "tiny11n", "epochs": 3, "image_size": 64, **given})


def children():
    """Training processes of this test run that are alive."""
    return [p for p in psutil.Process().children(recursive=True)
            if p.status() != psutil.STATUS_ZOMBIE and "jobs.vision.training_child" in p.cmdline()]


class KilledAfter(MemoryContext):
    """Kills its training process with -9 once it kept the checkpoint of the n-th epoch."""

    left = 0

    def save_checkpoint(self, name, content):
        super().save_checkpoint(name, content)
        self.left -= name.endswith("last.pt")
        if self.left == 0:
            for child in children():
                child.send_signal(signal.SIGKILL)


class CanceledIn(MemoryContext):
    """Is canceled at the first news of a stage; `canceled_at` is when."""

    stage, canceled_at = "train", 0.0

    def progress(self, fraction, stage, message=""):
        super().progress(fraction, stage, message)
        if stage == self.stage and "batch" in message:
            assert children()
            self.stop, self.canceled_at = True, time.monotonic()


def test_real_digits_are_learned_under_any_class_name(trained: Trained):
    result = trained.result
    assert set(result.classes) == set(HOSTILE.values()) == set(result.metrics.per_class)
    assert result.metrics.mAP50 > 0.6
    assert result.metrics.mAP50 > result.metrics.mAP50_95 > 0.3
    assert (result.model, result.version, result.epochs, result.images) == ("digits", 1, 8, {"train": 150, "val": 20})


def test_the_means_are_those_of_the_classes_and_every_box_is_counted(trained: Trained):
    scores, table = trained.result.metrics, pl.read_parquet(trained.ctx.datasets["digits"].path)
    assert scores.mAP50 == pytest.approx(sum(c.mAP50 for c in scores.per_class.values()) / 3)
    assert scores.boxes == table.filter(split="val")["boxes"].list.len().sum()


def test_no_network_attempt_is_made_while_training_and_measuring(trained: Trained):
    assert trained.attempts == []


def test_each_epoch_streams_its_losses_and_metrics_once(trained: Trained):
    for name in ("mAP50", "mAP50-95", "precision", "recall", "lr", "train/box_loss", "val/cls_loss"):
        assert [step for metric, _, step in trained.ctx.metrics if metric == name] == list(range(1, 9)), name


def test_the_final_metrics_carry_no_step(trained: Trained):
    final = {name: value for name, value, step in trained.ctx.metrics if step is None}
    assert final["val_mAP50"] == trained.result.metrics.mAP50
    assert final["val_recall/_.._x"] == trained.result.metrics.per_class["../../x"].recall


def test_progress_tells_epoch_and_batch_and_never_goes_back(trained: Trained):
    fractions = [fraction for fraction, _, _ in trained.ctx.progresses]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert "epoch 8 of 8, batch 19 of 19" in {message for _, _, message in trained.ctx.progresses}


def test_a_run_can_be_reproduced_from_what_it_logged(trained: Trained):
    logged = trained.ctx.params
    assert logged["data_sha256"] == trained.ctx.datasets["digits"].sha256
    assert {"seed", "epochs", "batch", "image_size", "base", "code_version", "version_torch", "images_train", "boxes"} <= set(logged)
    assert trained.ctx.tags["modelo_id"] == "digits"


def test_plots_and_the_table_of_epochs_are_artifacts(trained: Trained):
    names = set(trained.ctx.artifacts)
    assert {"plots/BoxPR_curve.png", "plots/confusion_matrix.png", "plots/results.png", "results.csv"} <= names
    assert all(content.startswith(b"\x89PNG") for name, content in trained.ctx.artifacts.items() if name.startswith("plots/"))
    assert pl.read_csv(io.BytesIO(trained.ctx.artifacts["results.csv"]))["epoch"].to_list() == list(range(1, 9))


def test_the_version_is_registered_with_checked_weights(trained: Trained):
    version = trained.ctx.model_version("digits")
    assert trained.ctx.registrations == [Registration("yolo_digits", "file", "best.pt")]
    assert set(version.files) == {"best.pt", "best.onnx", "metadata.json"}
    assert read_card(version).metrics == trained.result.metrics
    assert version.files["best.pt"].stat().st_size < 2_000_000  # without the optimizer


def test_a_killed_training_goes_on_from_its_last_whole_checkpoint(tmp_path):
    # given a process that was killed once it kept its second epoch
    first = KilledAfter(scratch=tmp_path / "first")
    first.left = 2
    add_scenes(first, tmp_path / "in", train=24, val=8)
    with pytest.raises(Unavailable, match="signal 9") as killed:
        train.run(params(), first)
    assert killed.value.retryable
    assert first.versions == {}
    # when the next attempt starts in another folder, with what was kept
    second = MemoryContext(scratch=tmp_path / "second", checkpoints=first.checkpoints, datasets=first.datasets, images=first.images)
    result = train.run(params(), second)
    # then it only trains the third epoch, and has the table of all
    assert [step for name, _, step in second.metrics if name == "train/box_loss"] == [3]
    assert pl.read_csv(io.BytesIO(second.artifacts["results.csv"]))["epoch"].to_list() == [1, 2, 3]
    assert result.version == 1
    # and an attempt after a kill past the last epoch trains nothing, and measures the very same weights
    third = MemoryContext(scratch=tmp_path / "third", checkpoints=second.checkpoints, datasets=first.datasets, images=first.images)
    assert train.run(params(), third).metrics == result.metrics
    assert [step for name, _, step in third.metrics if name == "train/box_loss"] == []


def test_a_canceled_training_ends_within_seconds_and_leaves_no_process(tmp_path):
    ctx = CanceledIn(scratch=tmp_path / "scratch")
    add_scenes(ctx, tmp_path / "in", train=80, val=8)
    with pytest.raises(JobCanceled):
        train.run(params(epochs=500), ctx)
    assert time.monotonic() - ctx.canceled_at < 10  # 500 epochs take minutes
    assert children() == []
    assert ctx.versions == {}


def test_a_worker_that_is_ending_takes_its_training_along(tmp_path):
    class Ending(CanceledIn):
        def progress(self, fraction, stage, message=""):
            super().progress(fraction, stage, message)
            if self.stop:
                raise SystemExit(1)

    ctx = Ending(scratch=tmp_path / "scratch")
    add_scenes(ctx, tmp_path / "in", train=80, val=8)
    with pytest.raises(SystemExit):
        train.run(params(epochs=500), ctx)
    assert children() == []


def test_checkpoints_of_other_params_are_not_taken(tmp_path):
    ctx = CanceledIn(scratch=tmp_path / "scratch")
    dataset = add_scenes(ctx, tmp_path / "in", train=4, val=2)
    source = train._find_source(params(), ctx, train.load_settings())
    digests = {train._digest(p, source) for p in (params(), params(epochs=4), params(image_size=96), params(seed=1), params(batch=4))}
    assert len(digests) == 5
    assert dataset.name == source.model


def test_weights_from_the_folder_are_started_from(trained: Trained, tmp_path, monkeypatch):
    # given the trained weights as the configured local start
    weights = tmp_path / "weights"
    weights.mkdir()
    os.link(trained.ctx.model_version("digits").files["best.pt"], weights / "digits.pt")
    monkeypatch.setenv("WEIGHTS_DIR", str(weights))
    ctx = MemoryContext(scratch=tmp_path / "scratch", datasets=trained.ctx.datasets, images=trained.ctx.images)
    # when one more epoch is trained from them
    result = train.run(params(base="digits.pt", epochs=1, image_size=96, model="again"), ctx)
    # then it goes on from what they knew
    assert result.model == "again"
    assert result.metrics.mAP50 > 0.5
    assert ctx.params["weights_sha256"] == read_card(trained.ctx.model_version("digits")).weights_sha256


def test_weights_that_are_not_there_are_refused_before_anything_is_read(tmp_path):
    with pytest.raises(InputError, match="WEIGHTS_DIR"):
        train.run(params(base="yolo11n.pt"), MemoryContext(scratch=tmp_path))
