"""The parser of foreign images, a process of its own: `python -m storage.inspect_images <folder>`.

Reads `<folder>/order.json` (`sources`, `max_pixels`), writes upright copies where they are needed, and `answer.json`.
"""

import sys
from pathlib import Path
from typing import Any

from jobs.errors import InputError, TooLarge
from storage.bounded import carry_out
from storage.image_file import make_upright


def inspect_images(order: dict[str, Any], folder: Path) -> dict[str, Any]:
    """`images`: for each of `order["sources"]` either its facts and the path of its upright bytes, or its `fault`."""
    return {"images": [_inspected(Path(source), folder / f"upright-{n}", order["max_pixels"])
                       for n, source in enumerate(order["sources"])]}


def _inspected(source: Path, target: Path, max_pixels: int) -> dict[str, Any]:
    try:
        picture = make_upright(source, target, max_pixels)
    except (InputError, TooLarge) as e:
        return {"fault": e.message, "too_large": isinstance(e, TooLarge)}
    return {"path": str(picture.path), "suffix": picture.suffix, "width": picture.width, "height": picture.height}


if __name__ == "__main__":
    carry_out(Path(sys.argv[1]), lambda order: inspect_images(order, Path(sys.argv[1])))
