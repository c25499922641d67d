"""The twelve steps of a retrain as a page shows them: which are done and in what time, which one is taken now, which failed."""

import re
from dataclasses import dataclass
from typing import Literal

from api.console.language import marked
from api.services import services
from jobs.lifecycle import State
from jobs.record import Job

StepState = Literal["done", "now", "failed", "todo"]
# What `jobs.vision.steps.STEPS` says, for the translators.
NAMES = (
    marked("set up MLflow"), marked("prepare the data set"), marked("start the run"), marked("log the params"),
    marked("log the data set"), marked("train"), marked("log the metrics"), marked("validate"), marked("copy the weights"),
    marked("log the artifacts"), marked("log the model version"), marked("end the run"))
PRESENT: dict[State, StepState] = {"running": "now", "failed": "failed", "canceled": "failed"}  # the step that was reached
NUMBER = re.compile(r"(\d+) ")  # at the beginning of the job's stage


@dataclass(frozen=True, slots=True)
class StepShown:
    """A step; `seconds` is what it took, None if that is not known (yet)."""

    number: int
    name: str
    state: StepState
    seconds: float | None


def steps_of(job: Job) -> tuple[StepShown, ...]:
    """The twelve steps of a retrain's present or last attempt. Times are those of its first thousand events."""
    took, reached = _seconds(job), step_number((job.progress or {}).get("stage"))

    def state(number: int) -> StepState:
        if job.state == "succeeded" or number < reached:
            return "done"
        return PRESENT.get(job.state, "todo") if number == reached else "todo"

    return tuple(StepShown(number, name, state(number), took.get(number)) for number, name in enumerate(NAMES, 1))


def step_number(stage: str | None) -> int:
    """The step that a job's stage names, 0 if none."""
    found = NUMBER.match(stage or "")
    return int(found[1]) if found else 0


def _seconds(job: Job) -> dict[int, float]:
    if job.result:
        return {int(step["step"]): float(step["seconds"]) for step in job.result.get("steps", ())}
    events = services().reader.events(job.id, limit=1000)
    return {int(e.data["step"]): float(e.data["seconds"]) for e in events
            if e.type == "log" and e.attempt == job.attempt and "step" in e.data and "seconds" in e.data}
