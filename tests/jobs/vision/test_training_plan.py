"""Plan and events pass between two processes as JSON and come out as they went in."""

from pathlib import Path

import pytest

from jobs.vision.training_plan import (
    BatchDone,
    CheckpointKept,
    EpochDone,
    Export,
    Exported,
    Failed,
    Measured,
    Measurement,
    Plan,
    Runtime,
    Training,
    read_event,
)

EVENTS = (
    BatchDone(epoch=1, batch=2, batches=3), EpochDone(epoch=1, metrics={"mAP50": 0.5}), CheckpointKept(epoch=1, best=True),
    Measured(name="val", overall={"mAP50": 0.5}, per_class={7: {"mAP50": 0.5}}), Failed(reason="memory", message="a\nb"),
    Exported(runtime=Runtime(name="torch", version="1.2", sha256=None, images=1, boxes=2, unmatched=3, shift_px=0.5,
                             shift_confidence=0.001, speed_up=0.9)),
)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.event)
def test_each_event_survives_a_line_of_json(event):
    line = event.model_dump_json()
    assert "\n" not in line
    assert read_event(line) == event


@pytest.mark.parametrize("line", ["", "{", '{"event": "surprise"}', '{"event": "batch", "epo', "null"])
def test_a_line_that_was_cut_short_is_no_event(line):
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's own
        read_event(line)


def test_a_plan_survives_its_file():
    plan = Plan(
        training=Training(data=Path("/d/data.yaml"), architecture="yolo11n.yaml", weights=None, lr=0.001, epochs=3, image_size=96,
                          batch=8, seed=0),
        measurements=(Measurement(name="old", data=Path("/o/data.yaml"), weights=Path("/w.pt"), image_size=96, batch=8),),
        device="auto", threads=1, export=Export(weights=Path("/w.pt"), images=(Path("/1.png"),), image_size=96))
    assert Plan.model_validate_json(plan.model_dump_json()) == plan
