"""The training process: its recipe, what it refuses, and that it never outlives the worker that started it."""

import os
import subprocess
import sys

import pytest

from jobs.errors import InputError
from jobs.memory_context import MemoryContext
from jobs.vision.dataset import classes_of, read_examples, write_folder
from jobs.vision.library import YOLO
from jobs.vision.starting_point import TINY
from jobs.vision.training import events_of
from jobs.vision.training_child import recipe
from jobs.vision.training_plan import BatchDone, CheckpointKept, EpochDone, Measured, Measurement, Plan, Training, read_event
from tests.jobs.vision.conftest import Trained
from tests.jobs.vision.scenes import add_scenes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The data.yaml of a few scenes."""
    folder = tmp_path_factory.mktemp("data")
    ctx = MemoryContext(scratch=folder)
    dataset = add_scenes(ctx, folder / "in", train=16, val=4)
    examples = read_examples(dataset)
    return write_folder(folder / "data", examples, classes_of(dataset, examples), ctx.image)


def training(data, **given):
    return Training(**{"data": data, "architecture": str(TINY), "weights": None, "lr": 0.003, "epochs": 1, "image_size": 64,
                       "batch": 8, "seed": 0, **given})


def plan_of(*measurements, training=None):
    return Plan(training=training, measurements=measurements, device="cpu", threads=1)


def test_the_recipe_takes_many_small_steps_and_no_mosaic(data):
    made = recipe(training(data, batch=4), "cpu", 1)
    assert (made["batch"], made["nbs"], made["optimizer"], made["lr0"]) == (4, 4, "AdamW", 0.003)
    assert (made["mosaic"], made["fliplr"], made["plots"], made["amp"]) == (0.0, 0.0, False, False)
    assert recipe(training(data, mirror=True), "cpu", 1)["fliplr"] == 0.5


def test_images_are_kept_in_memory_only_while_they_are_few(data):
    assert recipe(training(data), "cpu", 1)["cache"] == "ram"
    assert recipe(training(data, image_size=4096), "cpu", 1)["cache"] is False


def test_an_orphaned_process_ends_itself(data, tmp_path):
    # given a training that would take long, and a worker that holds its standard input
    folder = tmp_path / "orphan"
    folder.mkdir()
    (folder / "plan.json").write_text(plan_of(training=training(data, epochs=500)).model_dump_json())
    reading, writing = os.pipe()
    child = subprocess.Popen([sys.executable, "-m", "jobs.vision.training_child", str(folder), str(writing), "2"], pass_fds=(writing,),
                             stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             env={**os.environ, "YOLO_CONFIG_DIR": str(folder / "config")})
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as lines:
        assert isinstance(read_event(lines.readline()), BatchDone)
        # when the worker is gone
        child.stdin.close()
        # then
        assert child.wait(timeout=3) == 1


def test_weights_may_start_another_architecture_and_be_measured_on_other_data(trained: Trained, data, tmp_path):
    # given weights of three classes, and data of ten
    weights = trained.ctx.model_version("digits").files["best.pt"]
    wanted = training(data, weights=weights, lr=0.001, epochs=2, validate_each=False)
    measured = [Measurement(name=name, data=data, weights=path, image_size=64, batch=8)
                for name, path in (("after", None), ("again", None))]
    # when
    heard = list(events_of(plan_of(*measured, training=wanted), tmp_path / "a", MemoryContext(scratch=tmp_path)))
    # then it trained from them, validated at the end only, and measured both times the weights it made
    log = (tmp_path / "a" / "child.log").read_text()
    assert "Transferred" in log
    assert ["mAP50" in event.metrics for event in heard if isinstance(event, EpochDone)] == [False, True]
    assert [event for event in heard if isinstance(event, CheckpointKept)][-1] == CheckpointKept(epoch=2, best=True)
    after, again = (event for event in heard if isinstance(event, Measured))
    assert (after.name, again.name) == ("after", "again")
    assert after.overall == again.overall


def test_weights_for_another_task_need_an_architecture_beside_them(data, tmp_path):
    YOLO("yolov8n-obb.yaml").save(str(tmp_path / "oriented.pt"))
    wanted = training(data, architecture=None, weights=tmp_path / "oriented.pt")
    with pytest.raises(InputError, match="for the task `obb`"):
        list(events_of(plan_of(training=wanted), tmp_path / "a", MemoryContext(scratch=tmp_path)))


def test_a_broken_file_of_weights_is_refused_without_its_path(data, tmp_path):
    (tmp_path / "broken.pt").write_bytes(b"PK no weights")
    wanted = training(data, architecture=None, weights=tmp_path / "broken.pt")
    with pytest.raises(InputError, match="broken.pt cannot be loaded safely") as refused:
        list(events_of(plan_of(training=wanted), tmp_path / "a", MemoryContext(scratch=tmp_path)))
    assert str(tmp_path) not in refused.value.message
