"""Images and detection data sets of every layout, made by hand."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

Files = Mapping[str, bytes | str]


def picture(seed: int = 0, size: tuple[int, int] = (64, 48), format_: str = "JPEG", orientation: int = 1, **options: object) -> bytes:
    """A picture with a light left half and a dark right one, some noise over it, and an EXIF orientation."""
    width, height = size
    pixels = np.random.default_rng(seed).integers(0, 30, (height, width, 3), dtype=np.uint8)
    pixels[:, : width // 2] += 200
    file = io.BytesIO()
    exif = Image.Exif()
    if orientation != 1:
        exif[0x0112] = orientation
        options["exif"] = exif
    Image.fromarray(pixels).save(file, format_, **options)  # type: ignore[arg-type]
    return file.getvalue()


def write_zip(path: Path, files: Files) -> Path:
    """A ZIP of these files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def yolo_files(images: int = 10, names: str = "names: [cat, dog]", root: str = "") -> dict[str, bytes | str]:
    """An Ultralytics data set: each image has a box of each class, the first one no text at all."""
    files: dict[str, bytes | str] = {f"{root}data.yaml": f"path: ../datasets/x\ntrain: images\nval: images\n{names}\n"}
    for n in range(images):
        files[f"{root}images/{n}.jpg"] = picture(n)
        if n:
            files[f"{root}labels/{n}.txt"] = "0 0.5 0.5 0.5 0.5\n1 0.25 0.25 0.25 0.5\n"
    return files


def coco_document(files: list[str], /, bbox: object = (16, 12, 32, 24), **changes: object) -> str:
    """A COCO document with one box of `cat` on each image."""
    return json.dumps({
        "images": [{"id": n, "file_name": name, "width": 64, "height": 48} for n, name in enumerate(files)],
        "annotations": [{"id": n, "image_id": n, "category_id": 7, "bbox": bbox, "iscrowd": 0} for n, _ in enumerate(files)],
        "categories": [{"id": 7, "name": "cat"}], **changes})


def voc_document(filename: str, objects: list[tuple[str, float, float, float, float]], size: tuple[int, int] = (64, 48)) -> str:
    """A VOC annotation."""
    things = "".join(f"<object><name>{label}</name><bndbox><xmin>{x1}</xmin><ymin>{y1}</ymin><xmax>{x2}</xmax><ymax>{y2}</ymax></bndbox></object>"
                     for label, x1, y1, x2, y2 in objects)
    return f"<annotation><filename>{filename}</filename><size><width>{size[0]}</width><height>{size[1]}</height></size>{things}</annotation>"
