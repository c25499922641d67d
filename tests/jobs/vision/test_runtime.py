"""The choice of the runtime: made after each training, in a process of its own whose failure harms nothing."""

import shutil
import sys

import pytest

from jobs.errors import JobCanceled
from jobs.memory_context import MemoryContext
from jobs.vision.package import checked_export, checked_weights, read_card
from jobs.vision.runtime import choose_runtime
from jobs.vision.starting_point import sha256_of
from tests.jobs.vision.conftest import Trained

pytestmark = pytest.mark.slow


@pytest.fixture
def weights(trained: Trained, tmp_path):
    """A copy of the trained weights in a folder of its own."""
    (tmp_path / "kept").mkdir()
    return shutil.copy(trained.ctx.model_version("digits").files["best.pt"], tmp_path / "kept" / "best.pt")


def images(trained: Trained):
    return list(trained.ctx.images.values())[-3:]


def test_a_training_measures_both_runtimes_and_the_card_says_what_was_found(trained: Trained):
    version = trained.ctx.model_version("digits")
    runtime = read_card(version).runtime
    assert runtime.images == 16
    assert runtime.boxes > 16
    assert runtime.unmatched == 0
    assert runtime.shift_px < 0.01
    assert runtime.shift_confidence < 0.001
    assert (runtime.name, trained.ctx.params["runtime"]) == ("onnxruntime", "onnxruntime")  # 2 to 4 times as fast at 96 px
    assert runtime.speed_up > 1.1


def test_the_export_is_a_file_of_the_version_with_its_hash(trained: Trained):
    version = trained.ctx.model_version("digits")
    card = read_card(version)
    assert sha256_of(version.files["best.onnx"]) == card.runtime.sha256
    assert checked_export(version, card) == version.files["best.onnx"]
    assert checked_weights(version, card) == version.files["best.pt"]


def test_neither_export_nor_comparison_looks_at_the_network_or_installs_anything(trained: Trained):
    log = (trained.ctx.scratch / "export" / "child.log").read_text()
    assert "ONNX: export success" in log.replace("\x1b[34m\x1b[1m", "").replace("\x1b[0m", "")
    assert "requirements" not in log
    assert trained.attempts == []  # of the training, the export and the measurement, all under the trap


def test_an_export_that_fails_is_logged_and_leaves_torch(trained: Trained, tmp_path):
    broken = tmp_path / "best.pt"
    broken.write_bytes(b"no weights")
    ctx = MemoryContext(scratch=tmp_path)
    assert choose_runtime(broken, images(trained), 96, tmp_path / "export", ctx) is None
    assert [level for level, _ in ctx.logs] == ["warning"]
    assert not (tmp_path / "best.onnx").exists()


def test_a_canceled_job_does_not_go_on_exporting(trained: Trained, weights, tmp_path):
    ctx = MemoryContext(scratch=tmp_path, stop=True)
    with pytest.raises(JobCanceled):
        choose_runtime(weights, images(trained), 96, tmp_path / "export", ctx)


def test_without_the_packages_nothing_is_tried(trained: Trained, weights, tmp_path, monkeypatch):
    # given a worker on which the import system finds no onnx
    monkeypatch.setitem(sys.modules, "onnx", None)
    # then
    ctx = MemoryContext(scratch=tmp_path)
    assert choose_runtime(weights, images(trained), 96, tmp_path / "export", ctx) is None
    assert not (tmp_path / "export").exists()
