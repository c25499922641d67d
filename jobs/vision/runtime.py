"""The choice of what computes a new version's predictions on a CPU: ONNX Runtime where it is measured to be equal and faster."""

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from jobs.context import JobContext
from jobs.errors import JobStopped
from jobs.vision.package import EXPORTED
from jobs.vision.training import events_of
from jobs.vision.training_plan import Export, Exported, Plan, Runtime

MEASURED_ON = 16  # images


def choose_runtime(weights: Path, images: Iterable[Path], image_size: int, folder: Path, ctx: JobContext) -> Runtime | None:
    """Export the weights, compare both runtimes on the first of `images`, and say which is to predict.

    The export lies beside the weights as best.onnx if it is ONNX Runtime. Works in a process of its own, in `folder`, so nothing
    that goes wrong in it harms a training: None then, or if the packages are not installed. Raises JobStopped's kinds.
    """
    if not (find_spec("onnx") and find_spec("onnxruntime")):
        return None
    wanted = Export(weights=weights, images=tuple(sorted(images)[:MEASURED_ON]), image_size=image_size)
    plan = Plan(training=None, measurements=(), device="cpu", threads=ctx.threads, export=wanted)
    runtime = None
    try:
        runtime = next((event.runtime for event in list(events_of(plan, folder, ctx)) if isinstance(event, Exported)), None)
    except JobStopped:
        raise
    except Exception as e:  # noqa: BLE001 - whatever it is, the weights are good and torch can use them
        ctx.log("The weights could not be exported for ONNX Runtime; torch will predict.", "warning", reason=str(e))
    if runtime is None or runtime.sha256 is None:
        weights.with_name(EXPORTED).unlink(missing_ok=True)
    return runtime
