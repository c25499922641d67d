"""Scenes of real handwritten digits as a detection data set, and as corrections, known to a context in memory."""

import hashlib
from pathlib import Path

import cv2
import polars as pl

from deploy.digits import Scenes
from jobs.context import Correction, Dataset
from jobs.memory_context import MemoryContext

BOX = pl.Struct({"label": pl.String, "x1": pl.Float64, "y1": pl.Float64, "x2": pl.Float64, "y2": pl.Float64})


def corrections(ctx: MemoryContext, folder: Path, count: int, scenes: Scenes, first: int = 0) -> tuple[Correction, ...]:
    """Corrections of that many scenes, their images known to the context."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for n in range(first, first + count):
        scene = scenes.scene()
        sha256 = _keep(ctx, folder, scene.image, ".png")
        document = {"id": f"c{n:04d}", "image": sha256[:24], "boxes": scene.boxes, "author": "Ana", "state": "claimed"}
        made.append(Correction(f"c{n:04d}", sha256, scene.image.shape[1], scene.image.shape[0], tuple(scene.boxes), document))
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
        scene = scenes.scene()
        rows.append({"image_sha256": _keep(ctx, folder, scene.image, suffix), "split": "train" if number < train else "val",
                     "name": f"scene-{number}", "width": scene.image.shape[1], "height": scene.image.shape[0], "boxes": scene.boxes})
    return add_rows(ctx, folder, rows, name=name)


def add_rows(ctx: MemoryContext, folder: Path, rows, *, name="digits", profile=None, type="detection") -> Dataset:
    """Make a detection data set of these rows known to the context."""
    path = folder / f"{name}.parquet"
    schema = {"image_sha256": pl.String, "split": pl.String, "name": pl.String, "width": pl.Int64, "height": pl.Int64,
              "boxes": pl.List(BOX)}
    pl.DataFrame(rows, schema=schema).write_parquet(path)
    return ctx.add_dataset(path, dataset_id=name, type=type, rows=len(rows), profile=profile)
