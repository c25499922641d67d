"""The steps come in their order, each seen when it begins and when it is done."""

import pytest

from jobs.errors import DataError, JobCanceled
from jobs.memory_context import MemoryContext
from jobs.vision.steps import BEGINS, STEPS, Steps


def test_there_are_twelve_and_they_never_go_back():
    assert len(STEPS) == len(BEGINS) == 12
    assert list(BEGINS) == sorted(BEGINS)


def test_each_step_is_told_as_it_begins_and_with_its_seconds_once_it_is_done(tmp_path):
    ctx = MemoryContext(tmp_path)
    steps = Steps(ctx)
    with steps.take(1), pytest.raises(ZeroDivisionError):
        raise ZeroDivisionError
    with steps.take(2) as stage:
        assert stage == "2 prepare the data set"
    assert [progress[1:] for progress in ctx.progresses] == [("1 set up MLflow", "step 1 of 12"), (stage, "step 2 of 12")]
    assert [line for _, line in ctx.logs] == ["Step 1 of 12 is done: set up MLflow.", "Step 2 of 12 is done: prepare the data set."]
    assert [(s.step, s.name, s.seconds >= 0) for s in steps.taken] == [(1, STEPS[0], True), (2, STEPS[1], True)]


def test_a_step_that_fails_is_not_taken(tmp_path):
    ctx = MemoryContext(tmp_path)
    steps = Steps(ctx)
    with pytest.raises(DataError), steps.take(1):
        raise DataError("no")
    assert (steps.taken, ctx.logs, ctx.progresses[-1][1]) == ([], [], "1 set up MLflow")


def test_steps_out_of_order_are_a_fault(tmp_path):
    with pytest.raises(ValueError, match="does not follow"), Steps(MemoryContext(tmp_path)).take(2):
        pass


def test_a_job_that_has_to_stop_stops_before_the_next_step(tmp_path):
    with pytest.raises(JobCanceled), Steps(MemoryContext(tmp_path, stop=True)).take(1):
        pass
