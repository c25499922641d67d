"""Scenes of real handwritten digits (scikit-learn's scans) pasted on textured paper, as a detection data set."""

import hashlib
from pathlib import Path

import cv2
import numpy as np
import polars as pl
from sklearn.datasets import load_digits

from jobs.context import Correction, Dataset, MemoryContext

SIDE = 128
BOX = pl.Struct({"label": pl.String, "x1": pl.Float64, "y1": pl.Float64, "x2": pl.Float64, "y2": pl.Float64})


class Scenes:
    """Makes scenes; the same seed makes the same ones. `digits`: which classes occur; `labels`: what they are called.

    inverted: another look, light on dark and noisy, which a detector that never saw it does not find its way in.
    """

    def __init__(self, seed=0, digits=range(10), labels=None, *, side=SIDE, inverted=False):
        self.rng = np.random.default_rng(seed)
        self.labels = labels or {d: str(d) for d in digits}
        self.side, self.inverted = side, inverted
        found = load_digits()
        wanted = np.isin(found.target, list(digits))
        self.scans, self.targets = found.images[wanted], found.target[wanted]

    def scene(self):
        """A BGR image, and the boxes of its digits."""
        paper = self.rng.normal(225, 8, (self.side, self.side)).clip(0, 255)
        boxes = []
        for _ in range(self.rng.integers(2, 6)):
            n = self.rng.integers(len(self.scans))
            size = int(self.rng.integers(20, 42))
            x, y = self.rng.integers(0, self.side - size, 2)
            if any(x < b["x2"] and b["x1"] < x + size and y < b["y2"] and b["y1"] < y + size for b in boxes):
                continue
            ink = cv2.resize(self.scans[n], (size, size), interpolation=cv2.INTER_CUBIC).clip(0, 16) / 16
            paper[y:y + size, x:x + size] *= 1 - 0.85 * ink
            columns, rows = np.flatnonzero(ink.max(0) > 0.3), np.flatnonzero(ink.max(1) > 0.3)
            boxes.append({"label": self.labels[int(self.targets[n])], "x1": float(x + columns[0]), "y1": float(y + rows[0]),
                          "x2": float(x + columns[-1] + 1), "y2": float(y + rows[-1] + 1)})
        if self.inverted:
            paper = 255 - paper + self.rng.normal(0, 20, paper.shape)
        return np.repeat(paper.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2), boxes


def corrections(ctx: MemoryContext, folder: Path, count: int, scenes: Scenes, first: int = 0) -> tuple[Correction, ...]:
    """Corrections of that many scenes, their images known to the context."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for n in range(first, first + count):
        image, boxes = scenes.scene()
        sha256 = _keep(ctx, folder, image, ".png")
        document = {"id": f"c{n:04d}", "image": sha256[:24], "boxes": boxes, "author": "Ana", "state": "claimed"}
        made.append(Correction(f"c{n:04d}", sha256, image.shape[1], image.shape[0], tuple(boxes), document))
    return tuple(made)


def _keep(ctx, folder, image, suffix):
    encoded = cv2.imencode(suffix, image)[1].tobytes()
    sha256 = hashlib.sha256(encoded).hexdigest()
    ctx.images[sha256] = folder / f"{sha256}{suffix}"
    ctx.images[sha256].write_bytes(encoded)
    return sha256


def add_scenes(ctx: MemoryContext, folder: Path, *, train=40, val=10, name="digits", scenes=None, suffix=".png") -> Dataset:
    """Make a detection data set of scenes known to the context."""
    scenes = scenes or Scenes()
    rows = []
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(train + val):
        image, boxes = scenes.scene()
        rows.append({"image_sha256": _keep(ctx, folder, image, suffix), "split": "train" if number < train else "val", "name": f"scene-{number}",
                     "width": image.shape[1], "height": image.shape[0], "boxes": boxes})
    return add_rows(ctx, folder, rows, name=name)


def add_rows(ctx: MemoryContext, folder: Path, rows, *, name="digits", profile=None, type="detection") -> Dataset:
    """Make a detection data set of these rows known to the context."""
    path = folder / f"{name}.parquet"
    schema = {"image_sha256": pl.String, "split": pl.String, "name": pl.String, "width": pl.Int64, "height": pl.Int64,
              "boxes": pl.List(BOX)}
    pl.DataFrame(rows, schema=schema).write_parquet(path)
    return ctx.add_dataset(path, dataset_id=name, type=type, rows=len(rows), profile=profile)
