"""Boxes: corners in pixels (xyxy), the origin at the image's upper left. Pure arithmetic."""

import math
from dataclasses import dataclass

LEAST_SIDE_PX = 0.5  # what is narrower holds no pixel's centre for sure


@dataclass(frozen=True, slots=True)
class Box:
    """A class and where it is: left, top, right, bottom, in pixels of the upright image."""

    label: str
    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def area(self) -> float:
        """Square pixels; 0 where the corners are the wrong way round."""
        return max(0.0, self.x2 - self.x1) * max(0.0, self.y2 - self.y1)


def clip(box: Box, width: int, height: int) -> Box | None:
    """The part of the box inside an image of `width` x `height` px.

    None if less than half a pixel of a side is left, or a corner is no number.
    """
    if not all(map(math.isfinite, (box.x1, box.y1, box.x2, box.y2))):
        return None
    x1, x2 = max(0.0, box.x1), min(float(width), box.x2)
    y1, y2 = max(0.0, box.y1), min(float(height), box.y2)
    if x2 - x1 < LEAST_SIDE_PX or y2 - y1 < LEAST_SIDE_PX:
        return None
    return Box(box.label, x1, y1, x2, y2)


def normalised(box: Box, width: int, height: int) -> tuple[float, float, float, float]:
    """Centre x, centre y, width, height as fractions of the image: what a YOLO label holds. `clip` first."""
    return ((box.x1 + box.x2) / 2 / width, (box.y1 + box.y2) / 2 / height,
            (box.x2 - box.x1) / width, (box.y2 - box.y1) / height)


def iou(a: Box, b: Box) -> float:
    """Intersection over union of two boxes, 0 to 1; their labels do not matter."""
    overlap = Box("", max(a.x1, b.x1), max(a.y1, b.y1), min(a.x2, b.x2), min(a.y2, b.y2)).area
    union = a.area + b.area - overlap
    return overlap / union if union > 0 else 0.0
