"""The job's side of a training process: refusals, crashes and lines cut short become errors that a person can act on."""

import io
import signal
import subprocess
import sys

import pytest

from jobs.errors import InputError, JobCanceled, Unavailable
from jobs.memory_context import MemoryContext
from jobs.vision.training import TrainingWatch, _end, _environment, _error, _events, events_of, training_threads
from jobs.vision.training_plan import BatchDone, CheckpointKept, EpochDone, Failed, Measured, Measurement, Plan

NOTHING = Plan(training=None, measurements=(), device="cpu", threads=1)


def started(code):
    """A process that runs `code`, in a session of its own."""
    return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, start_new_session=True)


@pytest.mark.slow
def test_a_plan_that_asks_for_nothing_ends_well(tmp_path):
    assert list(events_of(NOTHING, tmp_path / "a", MemoryContext(scratch=tmp_path))) == []
    assert (tmp_path / "a" / "config" / "Ultralytics" / "Arial.ttf").is_file()


@pytest.mark.slow
def test_a_fault_inside_is_told_with_its_kind(tmp_path):
    plan = NOTHING.model_copy(update={"measurements": (
        Measurement(name="val", data=tmp_path / "data.yaml", weights=tmp_path / "nothing.pt", image_size=96, batch=8),)})
    with pytest.raises(RuntimeError, match="FileNotFoundError"):
        list(events_of(plan, tmp_path / "a", MemoryContext(scratch=tmp_path)))


def test_lines_that_were_cut_short_are_passed_over():
    line = BatchDone(epoch=1, batch=2, batches=3).model_dump_json()
    child = started("")
    assert list(_events(io.StringIO(f"{line}\n{line[:9]}"), child, MemoryContext())) == [BatchDone(epoch=1, batch=2, batches=3)]
    _end(child)


def test_a_silent_process_is_left_as_soon_as_the_job_has_to_stop():
    child = started("import time; time.sleep(60)")
    try:
        with pytest.raises(JobCanceled):
            list(_events(io.StringIO(""), child, MemoryContext(stop=True)))
    finally:
        _end(child)


def test_the_end_takes_the_processes_that_it_started_along():
    child = started("import subprocess, sys; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); p.wait()")
    _end(child)
    assert child.returncode == -signal.SIGKILL


def test_a_kill_is_tried_again_and_says_what_it_may_mean(tmp_path):
    (tmp_path / "child.log").write_text("")
    error = _error(None, -9, tmp_path)
    assert isinstance(error, Unavailable)
    assert "signal 9" in str(error)
    assert error.retryable


def test_a_lack_of_memory_names_what_to_make_smaller(tmp_path):
    error = _error(Failed(reason="memory", message="CUDA out of memory"), 1, tmp_path)
    assert isinstance(error, InputError)
    assert error.fields[0].field == "params.batch"


def test_a_refusal_is_the_callers_to_mend(tmp_path):
    error = _error(Failed(reason="refused", message="Take other weights."), 1, tmp_path)
    assert isinstance(error, InputError)
    assert (error.message, error.fields[0].field) == ("Take other weights.", "params.base")


def test_the_process_is_not_taken_for_a_test_run(tmp_path):
    made = _environment(tmp_path, 2)
    assert "PYTEST_CURRENT_TEST" not in made
    assert (made["OMP_NUM_THREADS"], made["YOLO_CONFIG_DIR"]) == ("2", str(tmp_path / "config"))


def watch_of(ctx, folder, digest="d", epochs=4):
    (folder / "kept").mkdir(parents=True, exist_ok=True)
    return TrainingWatch(ctx, folder, digest, epochs, (0.2, 0.6))


def test_batches_become_progress_within_the_share_of_training(tmp_path):
    ctx = MemoryContext(scratch=tmp_path)
    watch_of(ctx, tmp_path).hear(BatchDone(epoch=2, batch=5, batches=10))
    assert ctx.progresses == [(pytest.approx(0.2 + 0.4 * 1.5 / 4), "train", "epoch 2 of 4, batch 5 of 10")]


def test_epochs_become_metrics_with_their_number(tmp_path):
    ctx = MemoryContext(scratch=tmp_path)
    watch = watch_of(ctx, tmp_path)
    watch.hear(EpochDone(epoch=3, metrics={"mAP50": 0.4}))
    assert watch.last_epoch == {}
    watch.hear(EpochDone(epoch=4, metrics={"mAP50": 0.5}))
    assert ctx.metrics == [("mAP50", 0.4, 3), ("mAP50", 0.5, 4)]
    assert watch.last_epoch == {"mAP50": 0.5}


def test_what_the_last_epoch_found_is_known_to_an_attempt_that_trains_nothing_more(tmp_path):
    ctx = MemoryContext(scratch=tmp_path)
    watch_of(ctx, tmp_path / "a").hear(EpochDone(epoch=4, metrics={"mAP50": 0.5}))
    later = watch_of(ctx, tmp_path / "b")
    later.take_over()
    assert later.last_epoch == {"mAP50": 0.5}


def test_measurements_are_collected_by_their_name(tmp_path):
    watch, measured = watch_of(MemoryContext(scratch=tmp_path), tmp_path), Measured(name="old", overall={}, per_class={})
    watch.hear(measured)
    assert watch.measured == {"old": measured}


def test_a_checkpoint_is_kept_for_an_attempt_in_another_folder(tmp_path):
    # given two checkpoints, the first of them the best
    ctx = MemoryContext(scratch=tmp_path)
    watch = watch_of(ctx, tmp_path / "a")
    for epoch, best in ((1, True), (2, False)):
        for name in ("best.pt", "last.pt"):
            (tmp_path / "a" / "kept" / name).write_bytes(f"{name} {epoch}".encode())
        watch.hear(CheckpointKept(epoch=epoch, best=best))
    # when the next attempt takes over
    watch_of(ctx, tmp_path / "b").take_over()
    # then
    assert (tmp_path / "b" / "kept" / "last.pt").read_bytes() == b"last.pt 2"
    assert (tmp_path / "b" / "kept" / "best.pt").read_bytes() == b"best.pt 1"
    assert "goes on from the last checkpoint" in ctx.logs[-1][1]


def test_a_checkpoint_of_other_data_or_half_a_one_is_not_taken_over(tmp_path):
    ctx = MemoryContext(scratch=tmp_path, checkpoints={"other-best.pt": b"b", "other-last.pt": b"l", "d-best.pt": b"b"})
    watch_of(ctx, tmp_path).take_over()
    assert list((tmp_path / "kept").iterdir()) == []
    assert ctx.logs == []


@pytest.mark.parametrize(("threads", "taken"), [(1, 1), (2, 1), (3, 1), (8, 4)])
def test_a_training_leaves_half_of_the_jobs_threads_alone(tmp_path, threads, taken):
    assert training_threads(MemoryContext(scratch=tmp_path, threads=threads)) == taken
