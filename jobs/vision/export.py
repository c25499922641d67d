"""In the training process: export weights for ONNX Runtime, and measure whether it answers the same as torch, and sooner.

The export has no fixed size, so that both runtimes see an image under the same padding.
"""

import signal
import statistics
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from jobs.vision.library import YOLO
from jobs.vision.package import EXPORTED
from jobs.vision.starting_point import sha256_of
from jobs.vision.training_plan import Export, Exported, Runtime
from jobs.vision.yolo_model import MAX_BOXES, Detector, Found, Image, read_image

PATIENCE_S = 600
MEASURE_S = 30.0       # no further image is measured after that
LEAST_SPEED_UP = 1.1   # for less, a second runtime is not worth its memory
SAME_PX, SAME_CONFIDENCE = 1.0, 0.01
LEAST_CONFIDENCE, IOU = 0.01, 0.7


def export(wanted: Export) -> Exported:
    """Export the weights beside themselves, and compare. Ends the process if that takes longer than ten minutes."""
    signal.alarm(PATIENCE_S)
    model = YOLO(str(wanted.weights), task="detect")
    made = Path(model.export(format="onnx", dynamic=True, simplify=False, imgsz=wanted.image_size, device="cpu", verbose=False))
    exported = made.replace(wanted.weights.with_name(EXPORTED))
    classes = [str(number) for number in range(len(model.names))]
    torch, onnx = (Detector(path, classes, wanted.image_size, "cpu", threads=1) for path in (wanted.weights, exported))
    runtime = compare(torch, onnx, [read_image(path) for path in wanted.images], sha256_of(exported))
    signal.alarm(0)
    return Exported(runtime=runtime)


def compare(torch: Detector, onnx: Detector, images: Sequence[Image], sha256: str) -> Runtime:
    """Which of two detectors of the same weights is to predict. sha256: of what `onnx` was loaded from.

    Equal means: every box has its like within 1 px and 0.01 confidence. Time is the processor's, since each of the two computes
    in this thread alone: what else the machine does counts for neither. There has to be an image.
    """
    for detector in (torch, onnx):
        _timed(detector, images[0])  # the first call allocates
    ratios, pairs, unmatched = [], [], 0
    end = time.monotonic() + MEASURE_S
    for image in images:
        slow, expected = _timed(torch, image)
        fast, found = _timed(onnx, image)
        ratios.append(slow / fast)
        for one, other in ((expected, found), (found, expected)):
            least = _least_confidence(other) + SAME_CONFIDENCE  # a box below may lack its like for that alone
            likes = [(box, like(box, other)) for box in one if box.confidence >= least]
            pairs += [(box, its) for box, its in likes if its]
            unmatched += sum(1 for _, its in likes if its is None)
        if time.monotonic() > end:
            break
    speed_up = statistics.median(ratios)
    chosen = bool(pairs) and not unmatched and speed_up >= LEAST_SPEED_UP
    return Runtime(
        name="onnxruntime" if chosen else "torch", version=version("onnxruntime"), sha256=sha256 if chosen else None,
        images=len(ratios), boxes=len(pairs), unmatched=unmatched, shift_px=max((shift_px(*p) for p in pairs), default=0.0),
        shift_confidence=max((abs(a.confidence - b.confidence) for a, b in pairs), default=0.0), speed_up=round(speed_up, 2))


def _timed(detector: Detector, image: Image) -> tuple[float, list[Found]]:
    began = time.thread_time()
    found = detector.detect([image], confidence=LEAST_CONFIDENCE, iou=IOU)[0]
    return time.thread_time() - began, found


def _least_confidence(found: Sequence[Found]) -> float:
    return found[-1].confidence if len(found) == MAX_BOXES else LEAST_CONFIDENCE


def like(box: Found, others: Sequence[Found]) -> Found | None:
    """The nearest of `others` that is the same box: its class, its corners within 1 px, its confidence within 0.01."""
    same = [other for other in others if other.box.label == box.box.label and shift_px(box, other) <= SAME_PX
            and abs(other.confidence - box.confidence) <= SAME_CONFIDENCE]
    return min(same, key=lambda other: shift_px(box, other), default=None)


def shift_px(one: Found, other: Found) -> float:
    """How far apart the corners of two boxes are at the most, along one axis, in pixels."""
    a, b = one.box, other.box
    return max(abs(a.x1 - b.x1), abs(a.y1 - b.y1), abs(a.x2 - b.x2), abs(a.y2 - b.y2))
