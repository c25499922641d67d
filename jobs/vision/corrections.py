"""What a person changed in what a model had said, found by matching boxes. Pure arithmetic."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jobs.vision.boxes import Box, iou

SAME_OBJECT_IOU = 0.5  # the overlap from which two boxes mean the same thing, as in mAP50
UNCHANGED_IOU = 0.9
UNCHANGED_PX = 1.0     # what rounding does to a corner; for small boxes that is much of their overlap


@dataclass(frozen=True, slots=True)
class Changes:
    """Corrected boxes against predicted ones. Pairs are (predicted, corrected)."""

    added: tuple[Box, ...]
    removed: tuple[Box, ...]
    moved: tuple[tuple[Box, Box], ...]
    relabelled: tuple[tuple[Box, Box], ...]
    confirmed: tuple[tuple[Box, Box], ...]


def changes(predicted: Sequence[Box], corrected: Sequence[Box]) -> Changes:
    """What was added, removed, moved, relabelled and confirmed.

    Boxes of one label are matched first, then what is left whatever its label, each time the pair with the highest IoU
    first (greedy, as COCO's evaluation does) and down to an IoU of 0.5. A box is in one pair at the most.
    """
    same = _pairs(predicted, corrected, lambda a, b: a.label == b.label)
    left = [n for n in range(len(predicted)) if n not in same]
    free = [n for n in range(len(corrected)) if n not in same.values()]
    other = {left[a]: free[b] for a, b in
             _pairs([predicted[n] for n in left], [corrected[n] for n in free], lambda a, b: a.label != b.label).items()}
    matched = [(predicted[a], corrected[b]) for a, b in sorted(same.items())]
    return Changes(
        added=tuple(box for n, box in enumerate(corrected) if n not in {*same.values(), *other.values()}),
        removed=tuple(box for n, box in enumerate(predicted) if n not in {*same, *other}),
        moved=tuple(pair for pair in matched if not _unchanged(*pair)),
        relabelled=tuple((predicted[a], corrected[b]) for a, b in sorted(other.items())),
        confirmed=tuple(pair for pair in matched if _unchanged(*pair)))


def _pairs(first: Sequence[Box], second: Sequence[Box], allowed: Callable[[Box, Box], bool]) -> dict[int, int]:
    """Places in `first` → places in `second`."""
    overlaps = [(iou(a, b), n, m) for n, a in enumerate(first) for m, b in enumerate(second) if allowed(a, b)]
    found: dict[int, int] = {}
    taken: set[int] = set()
    for overlap, n, m in sorted(overlaps, key=lambda entry: (-entry[0], entry[1], entry[2])):
        if overlap >= SAME_OBJECT_IOU and n not in found and m not in taken:
            found[n] = m
            taken.add(m)
    return found


def _unchanged(a: Box, b: Box) -> bool:
    corners = zip((a.x1, a.y1, a.x2, a.y2), (b.x1, b.y1, b.x2, b.y2), strict=True)
    return iou(a, b) >= UNCHANGED_IOU or all(abs(x - y) <= UNCHANGED_PX for x, y in corners)
