"""Whether a new version is better than the one in use, by their scores on the same held-out images. Pure arithmetic."""

from dataclasses import dataclass
from typing import Literal

from jobs.vision.kinds import BeforeAndAfter

Decision = Literal["promoted", "rejected"]
ENOUGH_NEW_BOXES = 20
FOUND, LOST = 0.1, 0.25  # a class counts as known from this mAP50 on, and as lost below this part of what it had


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says, and why."""

    decision: Decision
    reason: str


def judge(metrics: BeforeAndAfter, *, promote: Literal["if_better", "never", "always"], old_tolerance: float,
          unchanged: bool = True) -> Verdict:
    """Promote a version that is better on the mean of old and new, no worse than the tolerance on old, and lost no class.

    old_tolerance: what mAP50 may fall by on the old images, 0 to 1. The mean counts old and new half each; it is waived while the
    new images hold fewer than 20 boxes, since so few say little. unchanged: the version in use is still the one measured
    `before`; if it is not, the new version was compared with another one, and is rejected.
    """
    changed = "" if unchanged else "another version came into use meanwhile, with which it was not compared"
    faults = [fault for fault in (changed, _not_better(metrics), _forgotten(metrics, old_tolerance), _lost(metrics)) if fault]
    found = f"Not better: {'; '.join(faults)}." if faults else f"Better: {_told(metrics)}."
    if promote == "never":
        return Verdict("rejected", f"The request said to promote never. {found}")
    if promote == "always":
        return Verdict("promoted", f"The request said to promote always. {found}")
    return Verdict("rejected" if faults else "promoted", found)


def _means(metrics: BeforeAndAfter) -> tuple[float, float] | None:
    """The mean of old and new mAP50 before and after; None while the new images hold too few boxes."""
    before, after = metrics.before, metrics.after
    if before.new is None or after.new is None or after.new.boxes < ENOUGH_NEW_BOXES:
        return None
    return (before.old.mAP50 + before.new.mAP50) / 2, (after.old.mAP50 + after.new.mAP50) / 2


def _not_better(metrics: BeforeAndAfter) -> str:
    means = _means(metrics)
    if means is None or means[1] > means[0]:
        return ""
    return f"the mean mAP50 of old and new went from {means[0]:.3f} to {means[1]:.3f}"


def _forgotten(metrics: BeforeAndAfter, tolerance: float) -> str:
    before, after = metrics.before.old.mAP50, metrics.after.old.mAP50
    if before - after <= tolerance:
        return ""
    return f"mAP50 on the old images fell from {before:.3f} to {after:.3f}, by more than the {tolerance:g} that is tolerated"


def _lost(metrics: BeforeAndAfter) -> str:
    after = metrics.after.old.per_class
    lost = [label for label, scores in metrics.before.old.per_class.items()
            if scores.mAP50 >= FOUND and after[label].mAP50 < LOST * scores.mAP50]
    return f"it hardly finds {', '.join(sorted(lost))} any more" if lost else ""


def _told(metrics: BeforeAndAfter) -> str:
    old = f"on the old images mAP50 went from {metrics.before.old.mAP50:.3f} to {metrics.after.old.mAP50:.3f}, no class was lost"
    means = _means(metrics)
    if means is None:
        return (f"{old}; the mean of old and new was waived, since the new held-out images hold "
                f"{metrics.after.new.boxes if metrics.after.new else 0} boxes, fewer than {ENOUGH_NEW_BOXES}")
    return f"the mean mAP50 of old and new went from {means[0]:.3f} to {means[1]:.3f}; {old}"
