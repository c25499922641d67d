"""Scenes of real handwritten digits (the scans that scikit-learn ships) pasted on textured paper, in two looks."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

SIDE_PX = 128
NOISE = 20


@dataclass(frozen=True, slots=True)
class Scene:
    """A square BGR image, and the box of each digit in it: `label`, `x1`, `y1`, `x2`, `y2` in pixels."""

    image: NDArray[np.uint8]
    boxes: list[dict[str, str | float]]

    def png(self) -> bytes:
        """The image as a PNG."""
        return cv2.imencode(".png", self.image)[1].tobytes()


class Scenes:
    """Makes scenes; the same seed makes the same ones. `digits`: which classes occur; `labels`: what they are called.

    inverted: another look, light on dark and noisy, in which a detector that never saw it finds next to nothing.
    """

    def __init__(self, seed: int = 0, digits: Iterable[int] = range(10), labels: Mapping[int, str] | None = None, *,
                 side_px: int = SIDE_PX, inverted: bool = False) -> None:
        self._rng, self._side_px, self._inverted = np.random.default_rng(seed), side_px, inverted
        self.labels = dict(labels) if labels else {d: str(d) for d in digits}
        found = load_digits()
        wanted = np.isin(found.target, list(digits))
        self._scans, self._targets = found.images[wanted], found.target[wanted]

    def scene(self) -> Scene:
        """The next scene: up to five digits that do not overlap."""
        paper = self._rng.normal(225, 8, (self._side_px, self._side_px)).clip(0, 255)
        boxes: list[dict[str, str | float]] = []
        for _ in range(self._rng.integers(2, 6)):
            n = self._rng.integers(len(self._scans))
            size = int(self._rng.integers(20, 42))
            x, y = (int(corner) for corner in self._rng.integers(0, self._side_px - size, 2))
            if any(x < b["x2"] and b["x1"] < x + size and y < b["y2"] and b["y1"] < y + size for b in boxes):
                continue
            ink = cv2.resize(self._scans[n], (size, size), interpolation=cv2.INTER_CUBIC).clip(0, 16) / 16
            paper[y:y + size, x:x + size] *= 1 - 0.85 * ink
            columns, rows = np.flatnonzero(ink.max(0) > 0.3), np.flatnonzero(ink.max(1) > 0.3)
            boxes.append({"label": self.labels[int(self._targets[n])], "x1": float(x + columns[0]), "y1": float(y + rows[0]),
                          "x2": float(x + columns[-1] + 1), "y2": float(y + rows[-1] + 1)})
        if self._inverted:
            paper = 255 - paper + self._rng.normal(0, NOISE, paper.shape)
        return Scene(np.repeat(paper.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2), boxes)


def write_zip(path: Path, scenes: Scenes, *, train: int, val: int) -> Path:
    """Make a detection data set of scenes, a ZIP in Ultralytics' layout as people upload it."""
    classes = sorted(scenes.labels.values())
    with zipfile.ZipFile(path, "w") as archive:
        names = "".join(f"  {number}: {label}\n" for number, label in enumerate(classes))
        archive.writestr("data.yaml", f"train: images/train\nval: images/val\nnames:\n{names}")
        for number in range(train + val):
            scene = scenes.scene()
            name = f"{'train' if number < train else 'val'}/{number}"
            archive.writestr(f"images/{name}.png", scene.png())
            archive.writestr(f"labels/{name}.txt", _label_file(scene, classes))
    return path


def _label_file(scene: Scene, classes: list[str]) -> str:
    """A line a box: class number, centre x, centre y, width, height, as fractions of the image."""
    lines = io.StringIO()
    for box in scene.boxes:
        x1, y1, x2, y2 = (float(box[corner]) / len(scene.image) for corner in ("x1", "y1", "x2", "y2"))
        lines.write(f"{classes.index(str(box['label']))} {(x1 + x2) / 2} {(y1 + y2) / 2} {x2 - x1} {y2 - y1}\n")
    return lines.getvalue()
