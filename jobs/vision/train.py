"""The training job.

1. Read the boxes, find the starting point, and lay the data set out for Ultralytics.
2. Train in a process of its own; a later attempt goes on from the last whole checkpoint of the one before.
3. Measure the best epoch's weights on the validation split, with plots.
4. Export the weights for ONNX Runtime, if that is measured to predict the same, and faster, on a CPU.
5. Tell tracking what was learned from what, and stage the version; it exists once the job has succeeded.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from jobs.context import Dataset, JobContext, Registration
from jobs.kind import Params
from jobs.settings import Settings, load_settings
from jobs.vision.dataset import Example, check_splits, classes_of, read_examples, write_folder
from jobs.vision.kinds import DetectionScores, DetectorParams, DetectorResult
from jobs.vision.metrics import named_values, scores_of
from jobs.vision.package import WEIGHTS, Card, code_version, library_versions, write_files
from jobs.vision.runtime import choose_runtime
from jobs.vision.starting_point import StartingPoint, find_start, sha256_of
from jobs.vision.training import TrainingWatch, events_of, training_threads
from jobs.vision.training_plan import Measurement, Plan, Trained, Training

READ_ENDS, TRAIN_ENDS, MEASURE_ENDS, EXPORT_ENDS = 0.05, 0.9, 0.96, 0.98
VALIDATION = "val"


@dataclass(frozen=True, slots=True)
class Source:
    """What a training works on. model: name of the model to make. images: by split. start_sha256: of the weights, if any."""

    dataset: Dataset
    model: str
    examples: list[Example]
    classes: tuple[str, ...]
    images: dict[str, int]
    start: StartingPoint
    start_sha256: str | None


def run(params: Params, ctx: JobContext) -> DetectorResult:
    """Carry out `vision.train`.

    Raises NotFound, InputError for params that do not fit the data set or weights that are not there, DataError for too little
    data, Conflict if the model's name belongs to another domain, Unavailable if the training process was killed, and
    JobStopped's kinds.
    """
    wanted = cast(DetectorParams, params)
    ctx.progress(0.0, "read", "reading the boxes")
    source = _find_source(wanted, ctx, load_settings())
    _describe(wanted, ctx, source)
    data = write_folder(ctx.scratch / "data", source.examples, source.classes, ctx.image, _reading(ctx, len(source.examples)))
    scores = _train(wanted, ctx, source, data)
    weights = ctx.scratch / "training" / "kept" / WEIGHTS
    ctx.progress(MEASURE_ENDS, "export", "looking for the faster runtime")
    images = (data.parent / "images" / VALIDATION).iterdir()
    runtime = choose_runtime(weights, images, wanted.image_size, ctx.scratch / "export", ctx)
    card = Card(
        classes=source.classes, image_size=wanted.image_size, weights_sha256=sha256_of(weights), base=wanted.base,
        architecture=wanted.architecture, epochs=wanted.epochs, batch=wanted.batch, seed=wanted.seed,
        mirror=wanted.mirror, metrics=scores,
        data={"dataset": source.dataset.id, "sha256": source.dataset.sha256, "images": source.images},
        code=code_version(), libraries=library_versions(), runtime=runtime,
    )
    _track(ctx, scores, ctx.scratch / "training")
    ctx.param("runtime", runtime.name if runtime else "torch")
    ctx.progress(EXPORT_ENDS, "publish", "writing the model")
    metadata = card.model_dump(mode="json", by_alias=True)
    files = write_files(ctx.scratch / "model", metadata, weights)
    number = ctx.model(source.model, files=files, metadata=metadata,
                       registrations=(Registration(f"yolo_{source.model}", "file", WEIGHTS),))
    ctx.progress(1.0, "done", f"{source.model} version {number}: mAP50 {scores.mAP50:.3f}")
    return DetectorResult(model=source.model, version=number, classes=source.classes, images=source.images, epochs=wanted.epochs,
                       metrics=scores)


def _find_source(params: DetectorParams, ctx: JobContext, settings: Settings) -> Source:
    start = find_start(params.base, params.architecture, settings.weights_folder)
    dataset = ctx.dataset(params.dataset)
    examples = read_examples(dataset)
    images = check_splits(examples)
    return Source(dataset, params.model or dataset.name, examples, classes_of(dataset, examples), images, start,
                  start.weights_sha256)


def _reading(ctx: JobContext, images: int) -> Callable[[int], None]:
    def each(number: int) -> None:
        if number % 50 == 0 or number == images:
            ctx.progress(READ_ENDS * number / images, "read", f"image {number} of {images}")

    return each


def _train(params: DetectorParams, ctx: JobContext, source: Source, data: Path) -> DetectionScores:
    """Train and measure; the weights are in `training/kept/best.pt` then."""
    folder = ctx.scratch / "training"
    training = Training(
        data=data, architecture=source.start.architecture, weights=source.start.weights, lr=source.start.lr, epochs=params.epochs,
        image_size=params.image_size, batch=params.batch, seed=params.seed, mirror=params.mirror)
    validation = Measurement(name=VALIDATION, data=data, weights=None, image_size=params.image_size, batch=params.batch,
                             plots=True)
    watch = TrainingWatch(ctx, folder, _digest(params, source), params.epochs, (READ_ENDS, TRAIN_ENDS))
    watch.take_over()
    ctx.progress(READ_ENDS, "train", "starting the training process")
    plan = Plan(training=training, measurements=(validation,), device=load_settings().device, threads=training_threads(ctx))
    for event in events_of(plan, folder, ctx):
        watch.hear(event)
        if isinstance(event, Trained):
            ctx.progress(TRAIN_ENDS, "validate", "measuring the best epoch's weights")
    return scores_of(watch.measured[VALIDATION], source.classes)


def _digest(params: DetectorParams, source: Source) -> str:
    """Names what a checkpoint depends on, so that an attempt never takes one made from other data, params, weights or code."""
    parts = (source.dataset.sha256, params.model_dump_json(), str(source.start_sha256), code_version())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _describe(params: DetectorParams, ctx: JobContext, source: Source) -> None:
    """Tell tracking what the run works on, before the long part."""
    named = {
        "modelo_id": source.model, "data_sha256": source.dataset.sha256, "classes": len(source.classes),
        "weights_sha256": source.start_sha256, "lr0": source.start.lr, "code_version": code_version(),
        **{f"images_{split}": number for split, number in source.images.items()},
        "boxes": sum(len(example.boxes) for example in source.examples),
    }
    libraries = {f"version_{name}": number for name, number in library_versions().items()}
    for name, value in {**params.model_dump(mode="json"), **named, **libraries}.items():
        if value is not None:
            ctx.param(name, value)
    ctx.tag("modelo_id", source.model)


def _track(ctx: JobContext, scores: DetectionScores, folder: Path) -> None:
    """The final metrics, the plots, and the table of epochs."""
    for name, value in named_values(scores, "val_"):
        ctx.metric(name, value)
    plots = [*(folder / "plots" / VALIDATION).glob("*.png"), *(folder / "run").glob("*.png")]
    for path in sorted(plots):
        ctx.artifact(f"plots/{path.name}", path, media_type="image/png")
    ctx.artifact("results.csv", folder / "run" / "results.csv", media_type="text/csv")
