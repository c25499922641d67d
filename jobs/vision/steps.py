"""The twelve steps of a retrain: their order, their names, and the events by which people see them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from jobs.context import JobContext
from jobs.vision.kinds import StepTaken

STEPS = (
    "set up MLflow", "prepare the data set", "start the run", "log the params", "log the data set", "train", "log the metrics",
    "validate", "copy the weights", "log the artifacts", "log the model version", "end the run")
BEGINS = (0.0, 0.01, 0.12, 0.13, 0.14, 0.15, 0.85, 0.86, 0.92, 0.93, 0.96, 0.97)  # shares of the job's progress


class Steps:
    """Takes the steps in their order. `taken` has those that are done."""

    def __init__(self, ctx: JobContext) -> None:
        self._ctx = ctx
        self.taken: list[StepTaken] = []

    @contextmanager
    def take(self, number: int) -> Iterator[str]:
        """One step, from 1; gives the name of the job's stage meanwhile. An error inside is the job's, at this stage.

        A safe point: raises JobStopped's kinds. Raises ValueError for a step out of order.
        """
        if number != len(self.taken) + 1:
            raise ValueError(f"step {number} does not follow step {len(self.taken)}")
        name = STEPS[number - 1]
        stage = f"{number} {name}"
        self._ctx.progress(BEGINS[number - 1], stage, f"step {number} of {len(STEPS)}")
        began = time.monotonic()
        yield stage
        done = StepTaken(step=number, name=name, seconds=round(time.monotonic() - began, 3))
        self.taken.append(done)
        self._ctx.log(f"Step {number} of {len(STEPS)} is done: {name}.", step=number, step_name=name, seconds=done.seconds)
