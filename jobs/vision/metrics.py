"""What a measurement says, in the words of the schema and with the classes' real names."""

from collections.abc import Iterator, Sequence

from jobs.vision.dataset import plot_names
from jobs.vision.kinds import ClassScores, DetectionScores
from jobs.vision.training_plan import Found

NAMES = ("mAP50", "mAP50-95", "precision", "recall")


def scores_of(measured: Found, classes: Sequence[str]) -> DetectionScores:
    """The scores of a measurement. `classes`: labels by class number; a class without boxes in it is left out.

    The means are over the classes that occur, each counting the same, as Ultralytics and COCO have it.
    """
    per_class = {classes[number]: _scores(found, int(found["boxes"])) for number, found in sorted(measured.per_class.items())}
    overall = _scores(measured.overall, sum(scores.boxes for scores in per_class.values()))
    return DetectionScores.model_validate({**overall.model_dump(by_alias=True), "per_class": per_class})


def _scores(found: dict[str, float], boxes: int) -> ClassScores:
    within = {name: min(1.0, max(0.0, found[name])) for name in NAMES}  # rounding may leave 1.0000001
    return ClassScores.model_validate({**within, "boxes": boxes})


def named_values(scores: DetectionScores, prefix: str = "") -> Iterator[tuple[str, float]]:
    """Each number with the name it is tracked under: `{prefix}mAP50`, …, and `{prefix}mAP50/{class}` for each class.

    The class is called as on plots, since MLflow takes a name for a path and refuses many.
    """
    for name, value in _values(scores):
        yield f"{prefix}{name}", value
    for label, found in zip(plot_names(list(scores.per_class)), scores.per_class.values(), strict=True):
        for name, value in _values(found):
            yield f"{prefix}{name}/{label}", value


def _values(scores: ClassScores) -> Iterator[tuple[str, float]]:
    yield from zip(NAMES, (scores.mAP50, scores.mAP50_95, scores.precision, scores.recall), strict=True)
