"""A detector that is ready to answer, and the few that a worker's process keeps warm."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from jobs.context import ModelVersion
from jobs.errors import DataError
from jobs.vision.boxes import Box
from jobs.vision.library import CONFIG, YOLO, DetectionPredictor, ONNXBackend, device_for, onnxruntime, torch
from jobs.vision.package import checked_export, checked_weights, read_card

Image = NDArray[np.uint8]

MAX_BATCH = 16
MAX_BOXES = 300  # an image
KEPT_WARM = 4


@dataclass(frozen=True, slots=True)
class Found:
    """A box that was found, and how sure the model is, 0 to 1."""

    box: Box
    confidence: float


def read_image(path: Path) -> Image:
    """An image as BGR, shape (height, width, 3), upright. Raises DataError if it cannot be decoded."""
    decoded = cv2.imdecode(np.frombuffer(path.read_bytes() or b"\0", np.uint8), cv2.IMREAD_COLOR)
    if decoded is None:
        raise DataError("A stored image cannot be read any more; upload it again.")
    return decoded.astype(np.uint8, copy=False)


def _onnx_predictor(threads: int) -> type[DetectionPredictor]:
    """Ultralytics' predictor whose ONNX Runtime takes so many threads; by itself it takes every core."""

    class OnnxPredictor(DetectionPredictor):
        model: Any

        def setup_model(self, model: Any, verbose: bool = True) -> None:
            super().setup_model(model, verbose)
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # others need the cores
            self.model.backend = ONNXBackend(model, torch.device("cpu"), session_options=options)

    return OnnxPredictor


class Detector:
    """One version's weights on one device. One caller at a time: settings live on Ultralytics' shared predictor.

    weights: best.pt, or best.onnx for ONNX Runtime on a CPU. threads: it may use so many.
    """

    def __init__(self, weights: Path, classes: Sequence[str], image_size: int, device: str, *, threads: int) -> None:
        self._classes, self._image_size, self._device, self._threads = classes, image_size, device, threads
        self._lock = threading.Lock()
        self._model = YOLO(str(weights), task="detect")
        self._model.add_callback("on_predict_start", self._set_threads)
        exported = weights.suffix == ".onnx"
        self._predictor = _onnx_predictor(threads) if exported else None
        self.runtime = f"{'onnxruntime' if exported else 'torch'} {device}"

    def detect(self, images: Sequence[Image], *, confidence: float, iou: float) -> list[list[Found]]:
        """The boxes in each image, the surest first, in the image's pixels; at most 300 an image.

        Images of one shape go through the model together, so each gets the very padding that it would get alone.
        """
        shapes: dict[tuple[int, ...], list[int]] = {}
        for n, image in enumerate(images):
            shapes.setdefault(image.shape, []).append(n)
        found: dict[int, list[Found]] = {}
        with self._lock:
            for numbers in shapes.values():
                for start in range(0, len(numbers), MAX_BATCH):
                    chunk = numbers[start:start + MAX_BATCH]
                    results = self._model.predict(
                        [images[n] for n in chunk], predictor=self._predictor, conf=confidence, iou=iou, imgsz=self._image_size,
                        max_det=MAX_BOXES, device=self._device, verbose=False, project=str(CONFIG / "runs"))
                    found |= {n: self._boxes(result) for n, result in zip(chunk, results, strict=True)}
        return [found[n] for n in range(len(images))]

    def _boxes(self, result: Any) -> list[Found]:
        rows = result.boxes.data.tolist()  # x1, y1, x2, y2, confidence, class number
        return [Found(Box(self._classes[int(number)], x1, y1, x2, y2), sure) for x1, y1, x2, y2, sure, number in rows]

    def _set_threads(self, _: Any) -> None:
        torch.set_num_threads(self._threads)  # Ultralytics chose a number by itself as it chose its device


_warm: OrderedDict[tuple[str, int, str, str, int], Detector] = OrderedDict()
_loading = threading.Lock()


def warm_detector(found: ModelVersion, device_setting: str, threads: int) -> Detector:
    """The detector of a version, loaded at its first use in this process; the few used last stay warm.

    On a CPU it runs on what its training found to be faster, where that is installed.

    Raises InputError if the model is not a detector's, Conflict if its weights are not those that were trained.
    """
    card = read_card(found)
    device = device_for(device_setting)
    key = (found.name, found.version, card.weights_sha256, device, threads)
    with _loading:
        if key not in _warm:
            exported = checked_export(found, card) if device == "cpu" and onnxruntime else None
            weights = exported or checked_weights(found, card)
            _warm[key] = Detector(weights, card.classes, card.image_size, device, threads=threads)
        _warm.move_to_end(key)
        while len(_warm) > KEPT_WARM:
            _warm.popitem(last=False)
        return _warm[key]
