"""The retrain job: a model learns from what people corrected, in the twelve steps of `steps.py`.

One training process lives from step 2 to step 8. It measures the model in use, trains from its weights, and measures the new
ones, all on the same held-out images; what an earlier attempt finished of it is taken over from its checkpoints. All that is
tracked goes to the one run that step 3 starts in the exact experiment of step 1.
"""

import hashlib
import json
import shutil
from collections.abc import Generator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from jobs.context import Correction, Experiment, JobContext, ModelVersion, Registration
from jobs.kind import Params
from jobs.settings import load_settings
from jobs.vision import report
from jobs.vision.dataset import read_examples, write_folder
from jobs.vision.gate import Verdict, judge
from jobs.vision.kinds import BeforeAndAfter, HeldOutScores, RetrainParams, RetrainResult
from jobs.vision.metrics import scores_of
from jobs.vision.package import WEIGHTS, Card, checked_weights, code_version, library_versions, read_card, write_files
from jobs.vision.runtime import choose_runtime
from jobs.vision.snapshot import Snapshot, take_snapshot
from jobs.vision.starting_point import WARM_LR, sha256_of
from jobs.vision.steps import BEGINS, STEPS, Steps
from jobs.vision.training import TrainingWatch, events_of, training_threads
from jobs.vision.training_plan import Event, Measured, Measurement, Plan, Runtime, Trained, Training

SNAPSHOT, CORRECTIONS = "snapshot.json", "corrections.json"
BEFORE, AFTER = "before", "after"
TRAINING_STAGE = f"6 {STEPS[5]}"
WARMUP_EPOCHS = 0.5
TAGS = {"type": "retraining", "model_type": "continuous_learning", "training_type": "incremental_retrain"}


@dataclass(frozen=True, slots=True)
class Start:
    """What step 1 found. champion: the model in use. number: of the version to come."""

    champion: ModelVersion
    card: Card
    experiment: Experiment
    number: int


@dataclass(frozen=True, slots=True)
class Work:
    """What a retrain works on. applied: the document of every correction in the data set, this batch's and earlier ones.

    digest: names what the checkpoints depend on.
    """

    start: Start
    claimed: tuple[Correction, ...]
    applied: dict[str, dict[str, Any]]
    snapshot: Snapshot
    training: Training
    groups: dict[str, tuple[int, ...]]
    digest: str

    @property
    def held_out(self) -> tuple[str, ...]:
        """Ids of the claimed corrections that nothing is learned from."""
        learned = {image.correction for image in self.snapshot.having("corrected")}
        return tuple(c.id for c in self.claimed if c.id not in learned)


def run(params: Params, ctx: JobContext) -> RetrainResult:
    """Carry out `vision.retrain`.

    Raises NotFound for a model or an experiment that is not there, InputError, NothingToRetrain, Conflict for weights that are
    not those that were trained, TrackingUnavailable while MLflow is away, Unavailable if the training process was killed, and
    JobStopped's kinds.
    """
    wanted, steps = cast(RetrainParams, params), Steps(ctx)
    with steps.take(1):
        champion = ctx.model_version(wanted.model)
        card = read_card(champion)
        experiment = ctx.require_experiment(wanted.experiment_id)
        start = Start(champion, card, experiment, ctx.reserve_version(wanted.model))
    work, metrics, verdict = _learn(wanted, ctx, steps, start)
    _keep(wanted, ctx, steps, work, metrics, verdict)
    with steps.take(12):
        if not ctx.end_run():
            ctx.log("MLflow has not confirmed the whole run: what waits is sent as soon as MLflow takes it, what it refused is "
                    "kept on the worker's disk; `noria doctor` counts both.", "warning")
    return RetrainResult(
        model=wanted.model, version=start.number, previous=champion.version, corrections=tuple(c.id for c in work.claimed),
        held_out=work.held_out, images=report.image_counts(work.snapshot), steps=tuple(steps.taken), metrics=metrics,
        decision=verdict.decision, reason=verdict.reason, experiment_id=experiment.id, snapshot=work.snapshot.sha256)


def _learn(params: RetrainParams, ctx: JobContext, steps: Steps, start: Start) -> tuple[Work, BeforeAndAfter, Verdict]:
    """Steps 2 to 8: what the training process lives for; the weights are in `training/kept/best.pt` then."""
    folder, tags = ctx.scratch / "training", {"version": f"v{start.number}", "experiment_id": start.experiment.id}
    with ExitStack() as stack:
        with steps.take(2) as stage:
            work = _prepare(params, ctx, start, stage)
            watch = TrainingWatch(ctx, folder, work.digest, params.epochs, (BEGINS[5], BEGINS[6]), stage=TRAINING_STAGE)
            events = stack.enter_context(closing(_train(work, watch, folder, ctx)))
            measured = _measured(BEFORE, events, watch)
            ctx.save_checkpoint(f"{work.digest}-{BEFORE}.json", measured.model_dump_json().encode())
            before = _scores(measured, work)
        with steps.take(3):
            ctx.start_run(start.experiment, f"{params.model} v{start.number}", {**TAGS, **tags, "modelo_id": params.model})
        with steps.take(4):
            report.log_params(ctx, params, work.snapshot, work.training, start.champion, start.card)
        with steps.take(5):
            report.log_dataset(ctx, work.snapshot, list(work.applied.values()))
        with steps.take(6):
            while not isinstance(event := next(events), Trained):
                watch.hear(event)
        with steps.take(7):
            report.log_training(ctx, before, watch.last_epoch)
        with steps.take(8):
            metrics = BeforeAndAfter(before=before, after=_scores(_measured(AFTER, events, watch), work))
            verdict = judge(metrics, promote=params.promote, old_tolerance=load_settings().retrain_old_tolerance,
                            unchanged=ctx.model_version(params.model).version == start.champion.version)
            report.log_validation(ctx, metrics.after, verdict)
    return work, metrics, verdict


def _keep(params: RetrainParams, ctx: JobContext, steps: Steps, work: Work, metrics: BeforeAndAfter, verdict: Verdict) -> None:
    """Steps 9 to 11: the weights, the run's files, and the version."""
    number, folder = work.start.number, ctx.scratch / "training"
    with steps.take(9):
        weights = ctx.scratch / "models" / f"retrained_v{number}.pt"
        weights.parent.mkdir()
        shutil.copyfile(folder / "kept" / WEIGHTS, weights)
        held_out = (work.training.data.parent / "images" / "val").iterdir()
        runtime = choose_runtime(weights, held_out, work.training.image_size, ctx.scratch / "export", ctx)
        metadata = _metadata(params, work, metrics, verdict, sha256_of(weights), runtime)
    with steps.take(10):
        report.log_artifacts(ctx, folder / "plots" / AFTER, weights, metadata, work.training)
    with steps.take(11):
        ctx.register(Registration(f"yolo_{params.model}", "file", weights.name), weights, version=number, folder="models")
        _stage(ctx, params.model, work, weights, metadata, verdict)


def _prepare(params: RetrainParams, ctx: JobContext, start: Start, stage: str) -> Work:
    """Choose the images and lay them out for Ultralytics."""
    claimed, card = ctx.corrections(), start.card
    earlier, documents = _earlier(ctx, params.model)
    dataset = ctx.dataset(str(card.data["dataset"]))
    snapshot = take_snapshot(dataset, read_examples(dataset), card.classes, claimed, earlier)
    known = documents | {c.id: c.document for c in claimed}
    applied = {i.correction: known[i.correction] for i in snapshot.images if i.correction}
    written = list(snapshot.examples())

    def each(done: int) -> None:
        if done % 50 == 0 or done == len(written):
            ctx.progress(BEGINS[1], stage, f"image {done} of {len(written)}")

    data = write_folder(ctx.scratch / "data", [example for _, example in written], snapshot.classes, ctx.image, each)
    groups = {name: tuple(n for n, (role, _) in enumerate(written) if role == f"held_out_{name}") for name in ("old", "new")}
    training = Training(
        data=data, architecture=None, weights=checked_weights(start.champion, card), lr=WARM_LR, epochs=params.epochs,
        image_size=params.image_size or card.image_size, batch=params.batch, seed=params.seed, warmup_epochs=WARMUP_EPOCHS,
        mirror=card.mirror, validate_each=False)
    recipe = training.model_dump_json(exclude={"data", "weights"})
    parts = (snapshot.sha256, card.weights_sha256, recipe, code_version())
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return Work(start, claimed, applied, snapshot, training, groups, digest)


def _earlier(ctx: JobContext, model: str) -> tuple[Snapshot | None, dict[str, dict[str, Any]]]:
    """The snapshot of the retrain before, whatever became of its version, and the corrections in it by id."""
    latest = ctx.latest_version(model, having=SNAPSHOT)
    if latest is None:
        return None, {}
    documents = json.loads(latest.files[CORRECTIONS].read_bytes())
    return Snapshot.model_validate_json(latest.files[SNAPSHOT].read_bytes()), {d["id"]: d for d in documents}


def _train(work: Work, watch: TrainingWatch, folder: Path, ctx: JobContext) -> Generator[Event, None, None]:
    """Start the training process on what an earlier attempt left to do."""
    watch.take_over()
    kept = ctx.load_checkpoint(f"{work.digest}-{BEFORE}.json")
    if kept:
        watch.hear(Measured.model_validate_json(kept))
    training = work.training
    common = {"data": training.data, "image_size": training.image_size, "batch": training.batch, "groups": work.groups}
    before = Measurement(name=BEFORE, weights=training.weights, **common)  # type: ignore[arg-type]
    after = Measurement(name=AFTER, weights=None, plots=True, **common)  # type: ignore[arg-type]
    plan = Plan(before=() if kept else (before,), training=training, measurements=(after,), device=load_settings().device,
                threads=training_threads(ctx))
    return events_of(plan, folder, ctx)


def _measured(name: str, events: Generator[Event, None, None], watch: TrainingWatch) -> Measured:
    """Listen to the training process until the measurement `name` is there."""
    while name not in watch.measured:
        watch.hear(next(events))
    return watch.measured[name]


def _scores(measured: Measured, work: Work) -> HeldOutScores:
    classes, groups = work.snapshot.classes, measured.groups
    return HeldOutScores(all=scores_of(measured, classes), old=scores_of(groups["old"], classes),
                         new=scores_of(groups["new"], classes) if "new" in groups else None)


def _metadata(params: RetrainParams, work: Work, metrics: BeforeAndAfter, verdict: Verdict,
              weights_sha256: str, runtime: Runtime | None) -> dict[str, Any]:
    """The new version's card, and what the retrain adds to it."""
    start, training = work.start, work.training
    card = Card(
        classes=work.snapshot.classes, image_size=training.image_size, weights_sha256=weights_sha256, base=start.card.base,
        architecture=start.card.architecture, epochs=params.epochs, batch=params.batch, seed=params.seed, mirror=training.mirror,
        metrics=metrics.after.all, data={**start.card.data, "images": report.image_counts(work.snapshot)}, code=code_version(),
        libraries=library_versions(), runtime=runtime)
    retraining = {
        "previous": start.champion.version, "experiment_id": start.experiment.id, "corrections": [c.id for c in work.claimed],
        "held_out": list(work.held_out), "snapshot": work.snapshot.sha256,
        "metrics": metrics.model_dump(mode="json", by_alias=True)}
    return {**card.model_dump(mode="json", by_alias=True), "decision": verdict.decision, "reason": verdict.reason,
            "retraining": retraining}


def _stage(ctx: JobContext, model: str, work: Work, weights: Path, metadata: dict[str, Any], verdict: Verdict) -> None:
    """Have the version exist once the job has succeeded, rejected or not: later retrains learn from its corrections again."""
    folder = ctx.scratch / "model"
    files = write_files(folder, metadata, weights)
    for name, content in ((SNAPSHOT, work.snapshot.content()), (CORRECTIONS, json.dumps(list(work.applied.values())).encode())):
        files[name] = folder / name
        files[name].write_bytes(content)
    ctx.model(model, files=files, metadata=metadata, promote=verdict.decision == "promoted")
