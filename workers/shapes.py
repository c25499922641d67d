"""Pictures of coloured shapes with their boxes: a small detection data set that needs no download."""

import io
import random
import zipfile
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw

SIDE = 96
COLOURS = {"disc": (200, 60, 50), "square": (50, 110, 200)}
TRAIN, VALIDATION = 18, 6


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG, and its boxes: label and pixels."""

    png: bytes
    boxes: tuple[dict[str, Any], ...]


def draw(rng: random.Random) -> Picture:
    """A picture of one shape of each kind on grey, of 96 px."""
    grey = rng.randint(170, 240)
    image = Image.new("RGB", (SIDE, SIDE), (grey, grey, grey))
    canvas, boxes = ImageDraw.Draw(image), []
    for half, (label, colour) in enumerate(rng.sample(sorted(COLOURS.items()), k=len(COLOURS))):  # one above the other
        size = rng.randint(20, 36)
        x, y = rng.randint(2, SIDE - size - 2), half * SIDE // 2 + rng.randint(2, SIDE // 2 - size - 2)
        (canvas.ellipse if label == "disc" else canvas.rectangle)((x, y, x + size - 1, y + size - 1), fill=colour)
        boxes.append({"label": label, "x1": float(x), "y1": float(y), "x2": float(x + size), "y2": float(y + size)})
    packed = io.BytesIO()
    image.save(packed, "PNG")
    return Picture(packed.getvalue(), tuple(boxes))


def dataset_zip() -> bytes:
    """24 pictures, the same ones every time, as a ZIP in Ultralytics' layout with the splits `train` and `val`."""
    rng, packed, labels = random.Random(0), io.BytesIO(), sorted(COLOURS)
    with zipfile.ZipFile(packed, "w") as files:
        _add(files, "data.yaml", f"train: images/train\nval: images/val\nnames: [{', '.join(labels)}]\n".encode())
        for split, count in (("train", TRAIN), ("val", VALIDATION)):
            for number in range(count):
                picture = draw(rng)
                lines = [_line(labels.index(box["label"]), box) for box in picture.boxes]
                _add(files, f"images/{split}/{number:02d}.png", picture.png)
                _add(files, f"labels/{split}/{number:02d}.txt", "".join(lines).encode())
    return packed.getvalue()


def _line(number: int, box: dict[str, Any]) -> str:
    """Class number, centre, width and height, as shares of the side."""
    x, y, width, height = (box["x1"] + box["x2"]) / 2, (box["y1"] + box["y2"]) / 2, box["x2"] - box["x1"], box["y2"] - box["y1"]
    return " ".join([str(number), *(f"{value / SIDE:.6f}" for value in (x, y, width, height))]) + "\n"


def _add(files: zipfile.ZipFile, name: str, content: bytes) -> None:
    files.writestr(zipfile.ZipInfo(name), content)  # without the time of day: the same bytes every time
