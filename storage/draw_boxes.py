"""The painter of boxes, a process of its own since it decodes a foreign image: `python -m storage.draw_boxes <folder>`.

Reads `<folder>/order.json` (`source`, an upright image; `boxes`), writes `<folder>/drawn.jpg`, and `answer.json`.
"""

import sys
import unicodedata
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from storage.bounded import carry_out
from storage.image_file import FORMATS

QUALITY = 90
COLOURS = ("#e6194b", "#3cb44b", "#4363d8", "#f58231", "#911eb4", "#008080", "#9a6324", "#808000")
INK = "#ffffff"


def draw_boxes(order: dict[str, Any], folder: Path) -> dict[str, Any]:
    """`path`: the image as a JPEG of its own size, with each box (`label`, `confidence`, corners in px) and its caption."""
    with Path(order["source"]).open("rb") as file, Image.open(file, formats=tuple(FORMATS)) as image:
        picture = _in_colour(image)
    brush, font = ImageDraw.Draw(picture), ImageFont.load_default(size=max(12, min(picture.size) // 30))
    width = max(2, min(picture.size) // 200)
    labels = sorted({box["label"] for box in order["boxes"]})
    for box in order["boxes"]:
        colour = COLOURS[labels.index(box["label"]) % len(COLOURS)]
        brush.rectangle((box["x1"], box["y1"], box["x2"], box["y2"]), outline=colour, width=width)
        _caption(brush, box, font, colour)
    target = folder / "drawn.jpg"
    picture.save(target, format="JPEG", quality=QUALITY, subsampling=0)  # thin lines keep their colour
    return {"path": str(target)}


def _in_colour(image: Image.Image) -> Image.Image:
    """The picture as 8-bit RGB; 16-bit grey is scaled to 8 bits, since Pillow would cut it off."""
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L").convert("RGB")
    return image.convert("RGBA").convert("RGB") if image.mode == "PA" else image.convert("RGB")


def _caption(brush: ImageDraw.ImageDraw, box: dict[str, Any], font: Any, colour: str) -> None:
    # Pillow's own font has no accents: `ñandú` is written `nandu`.
    plain = "".join(c for c in unicodedata.normalize("NFKD", box["label"]) if not unicodedata.combining(c))
    text = f"{plain} {box['confidence']:.2f}"
    left, top, right, bottom = brush.textbbox((box["x1"], box["y1"]), text, font=font)
    lifted = min(bottom - box["y1"], box["y1"])  # above the box where there is room, else inside
    place = (box["x1"], box["y1"] - lifted)
    brush.rectangle((left, top - lifted, right, bottom - lifted), fill=colour)
    brush.text(place, text, fill=INK, font=font)


if __name__ == "__main__":
    carry_out(Path(sys.argv[1]), lambda order: draw_boxes(order, Path(sys.argv[1])))
