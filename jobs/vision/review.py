"""How sure a detector was of an image, which says which ones people look at first. Pure arithmetic."""

from collections.abc import Iterable

NOTHING_FOUND = 0.5


def sureness(confidences: Iterable[float]) -> float:
    """How sure a detector was of an image (0 to 1), by the confidences of the boxes that it found there.

    It is that of the box which it was least sure of, since one wrong box makes an image wrong (least confidence: Lewis and
    Gale, 1994). Where it found none, its confidence in that is not known: such images come after those with a box below 0.5.
    """
    return min(confidences, default=NOTHING_FOUND)
