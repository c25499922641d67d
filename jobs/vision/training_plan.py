"""What passes between a job and its training process: the plan going in, a file; the events coming out, lines of JSON.

In the process's folder:

    plan.json          the plan
    child.log          what Ultralytics prints
    run/               Ultralytics' own folder: results.csv
    kept/last.pt       the last whole checkpoint, with the optimizer; put there by the job to go on from it
    kept/best.pt       that of the best epoch so far; without the optimizer once training has ended
    plots/{name}/      plots of a measurement
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Training(_Frozen):
    """How to train. architecture, weights, lr: see StartingPoint. validate_each: measure after each epoch, keep the best epoch.

    warmup_epochs: epochs, may be a fraction, in which the learning rate rises. mirror: flip half of the images left to right.
    """

    data: Path
    architecture: str | None
    weights: Path | None
    lr: float
    epochs: int
    image_size: int
    batch: int
    seed: int
    warmup_epochs: float = 1.0
    mirror: bool = False
    validate_each: bool = True


class Measurement(_Frozen):
    """Measure weights on the `val` split of a data.yaml. weights: a file, or None for those just trained.

    groups: parts of the split to be measured by themselves as well, as the numbers that name the images' files.
    """

    name: str
    data: Path
    weights: Path | None
    image_size: int
    batch: int
    plots: bool = False
    groups: dict[str, tuple[int, ...]] = {}


class Export(_Frozen):
    """Export weights for ONNX Runtime, beside them, and compare it with torch on images."""

    weights: Path
    images: tuple[Path, ...]
    image_size: int


class Plan(_Frozen):
    """What one training process does, in order. device: `auto`, or as torch calls it. threads: torch may use so many.

    ids: what stands on each of its log lines.
    """

    before: tuple[Measurement, ...] = ()
    training: Training | None
    measurements: tuple[Measurement, ...]
    device: str
    threads: int
    export: Export | None = None
    ids: dict[str, str | int] = {}


class Runtime(_Frozen):
    """What computes a version's predictions on a CPU, and the comparison that chose it.

    version: of ONNX Runtime. sha256: of the exported file, None if torch was chosen. images, boxes: how many were compared.
    unmatched: boxes that only one of the two found. shift_px, shift_confidence: the largest differences of the others.
    speed_up: torch's processor time over ONNX Runtime's, for a whole prediction with one thread, median over the images.
    """

    name: Literal["onnxruntime", "torch"]
    version: str
    sha256: str | None
    images: int
    boxes: int
    unmatched: int
    shift_px: float
    shift_confidence: float
    speed_up: float


class BatchDone(_Frozen):
    """A batch of an epoch (from 1) was learned from; not every one is told."""

    event: Literal["batch"] = "batch"
    epoch: int
    batch: int
    batches: int


class EpochDone(_Frozen):
    """An epoch (from 1) is over; its losses and, where it was validated, its metrics."""

    event: Literal["epoch"] = "epoch"
    epoch: int
    metrics: dict[str, float]


class CheckpointKept(_Frozen):
    """kept/last.pt is that of this epoch; kept/best.pt too if `best`."""

    event: Literal["checkpoint"] = "checkpoint"
    epoch: int
    best: bool


class Trained(_Frozen):
    """The training is over; kept/best.pt is without the optimizer."""

    event: Literal["trained"] = "trained"


class Found(_Frozen):
    """What a measurement found. overall: mAP50, mAP50-95, precision, recall. per_class: the same and `boxes`, by class number."""

    overall: dict[str, float]
    per_class: dict[int, dict[str, float]]


class Measured(Found):
    """A measurement is done. groups: the parts that have a box."""

    event: Literal["measured"] = "measured"
    name: str
    groups: dict[str, Found] = {}


class Exported(_Frozen):
    """The weights were exported and compared."""

    event: Literal["exported"] = "exported"
    runtime: Runtime


class Failed(_Frozen):
    """The process gives up: `refused` for what the caller can mend, `memory`, or `internal`."""

    event: Literal["failed"] = "failed"
    reason: Literal["refused", "memory", "internal"]
    message: str
    field: str = "params.base"


Event = BatchDone | EpochDone | CheckpointKept | Trained | Measured | Exported | Failed
_EVENT: TypeAdapter[Any] = TypeAdapter(Annotated[Event, Field(discriminator="event")])


def read_event(line: str) -> Event:
    """The event of one line. Raises ValueError if it is none."""
    event: Event = _EVENT.validate_json(line)
    return event
