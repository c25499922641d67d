"""The training process: `python -m jobs.vision.training_child <folder> <descriptor for events> <descriptor for log lines>`.

Apart from the worker it has an environment of its own, gives its memory back, and can be killed at any moment: what it keeps is
replaced whole. It ends itself when its standard input does, which is when the worker that started it is gone.
"""

import logging
import math
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jobs.errors import InputError
from jobs.settings import load_settings
from jobs.vision.child_log import log_to
from jobs.vision.export import export
from jobs.vision.library import (
    YOLO,
    DetectionTrainer,
    DetectionValidator,
    DetMetrics,
    device_for,
    plot_results,
    precision_for,
    strip_optimizer,
    torch,
)
from jobs.vision.training_plan import (
    BatchDone,
    CheckpointKept,
    EpochDone,
    Event,
    Failed,
    Found,
    Measured,
    Measurement,
    Plan,
    Trained,
    Training,
)

log = logging.getLogger("jobs.vision.training_child")  # by its name: this module runs as __main__

BATCH_NEWS_S = 0.5
CACHE_BYTES = 512 * 2**20  # scaled images are kept in memory below that
NAMES = {"metrics/mAP50(B)": "mAP50", "metrics/mAP50-95(B)": "mAP50-95", "metrics/precision(B)": "precision",
         "metrics/recall(B)": "recall", "lr/pg0": "lr"}


class Trainer(DetectionTrainer):
    """Ultralytics' trainer without its last validation, which would be told as one epoch too many; we measure by ourselves."""

    def final_eval(self) -> None:
        """Leave the weights as they are; `train` strips them."""


class Teller:
    """Writes events as lines, each at once."""

    def __init__(self, descriptor: int) -> None:
        self._out = os.fdopen(descriptor, "w", buffering=1, encoding="utf-8")

    def tell(self, event: Event) -> None:
        """Write one event. Does nothing once nobody reads."""
        try:
            self._out.write(event.model_dump_json() + "\n")
        except BrokenPipeError:
            os._exit(1)


class Progress:
    """Ultralytics' callbacks of one training: they tell batches, epochs and checkpoints."""

    def __init__(self, teller: Teller, folder: Path, threads: int) -> None:
        self._teller, self._kept, self._threads = teller, folder / "kept", threads
        self._batch, self._told_at = 0, 0.0

    def attach(self, model: Any) -> None:
        """Have them called by `model.train`."""
        for name in ("on_train_start", "on_train_epoch_start", "on_train_batch_end", "on_model_save"):
            model.add_callback(name, getattr(self, name))

    def on_train_start(self, _: Any) -> None:
        """Ultralytics has just chosen a number of threads by itself; put ours back."""
        torch.set_num_threads(self._threads)

    def on_train_epoch_start(self, _: Any) -> None:
        """Count batches anew."""
        self._batch = 0

    def on_train_batch_end(self, trainer: Any) -> None:
        """Tell of the batch, at most twice a second."""
        self._batch += 1
        batches = len(trainer.train_loader)
        if time.monotonic() - self._told_at >= BATCH_NEWS_S or self._batch == batches:
            self._told_at = time.monotonic()
            self._teller.tell(BatchDone(epoch=trainer.epoch + 1, batch=self._batch, batches=batches))

    def on_model_save(self, trainer: Any) -> None:
        """Tell the epoch, then keep copies that are replaced whole: Ultralytics writes its own in place.

        In this order, so that no attempt goes on behind an epoch that was never told. The best goes first, the last names it.
        """
        self._teller.tell(self._epoch_done(trainer))
        best = bool(trainer.best_fitness == trainer.fitness)
        for path in ((trainer.best,) if best else ()) + (trainer.last,):
            fresh = self._kept / f"{path.name}.new"
            shutil.copyfile(path, fresh)
            fresh.replace(self._kept / path.name)
        self._teller.tell(CheckpointKept(epoch=trainer.epoch + 1, best=best))

    def _epoch_done(self, trainer: Any) -> EpochDone:
        """The epoch's losses, learning rate and metrics; what was not measured is left out."""
        validated = trainer.args.val or trainer.epoch + 1 >= trainer.epochs
        found = {**trainer.label_loss_items(trainer.tloss), **(trainer.metrics if validated else {}), **trainer.lr}
        metrics = {NAMES.get(k, k): float(v) for k, v in found.items() if k in NAMES or k.partition("/")[0] in ("train", "val")}
        finite = {k: v for k, v in metrics.items() if math.isfinite(v)}
        return EpochDone(epoch=trainer.epoch + 1, metrics=finite)


def recipe(training: Training, device: str, threads: int) -> dict[str, Any]:
    """The arguments of `YOLO.train`: many small steps of AdamW, no mosaic; the defaults learn nothing from few images."""
    images = sum(1 for path in (training.data.parent / "images").rglob("*") if path.is_file())
    return {
        "data": str(training.data), "epochs": training.epochs, "imgsz": training.image_size, "batch": training.batch,
        "nbs": training.batch, "seed": training.seed, "device": device, "workers": threads, "amp": precision_for(device),
        "optimizer": "AdamW", "lr0": training.lr, "cos_lr": True, "warmup_epochs": training.warmup_epochs, "patience": 0,
        "mosaic": 0.0, "close_mosaic": 0, "scale": 0.2, "translate": 0.05, "fliplr": 0.5 if training.mirror else 0.0,
        "cache": "ram" if images * training.image_size**2 * 3 <= CACHE_BYTES else False,
        "val": training.validate_each, "plots": False, "verbose": False, "exist_ok": True,
    }


def train(training: Training, folder: Path, device: str, threads: int, teller: Teller) -> None:
    """Train, or go on from kept/last.pt; the weights of the best epoch are in kept/best.pt then.

    Raises InputError for weights that cannot be used.
    """
    kept, run = folder / "kept", folder / "run"
    (run / "weights").mkdir(parents=True, exist_ok=True)
    kept.mkdir(exist_ok=True)
    done = 0
    if (kept / "last.pt").is_file():
        model = YOLO(str(kept / "last.pt"))
        done = int(model.ckpt["epoch"]) + 1
        _restore(model.ckpt, kept, run)
        given: dict[str, Any] = {"resume": True}
    else:
        model = _fresh(training)
        given = {} if training.architecture is None else {"pretrained": str(training.weights) if training.weights else False}
    if done < training.epochs:
        Progress(teller, folder, threads).attach(model)
        model.train(trainer=Trainer, save_dir=str(run), **recipe(training, device, threads), **given)
    strip_optimizer(kept / "best.pt", s=str(kept / "best.pt.new"))
    (kept / "best.pt.new").replace(kept / "best.pt")
    plot_results(file=run / "results.csv")


def _fresh(training: Training) -> Any:
    if training.architecture:
        if training.weights:
            _load(training.weights)
        return YOLO(training.architecture, task="detect")
    assert training.weights is not None
    model = _load(training.weights)
    if model.task != "detect":
        raise InputError(f"The weights {training.weights.name} are for the task `{model.task}`. Name a detection "
                         "`architecture` beside them, which takes over what fits it.")
    return model


def _load(path: Path) -> Any:
    try:
        return YOLO(str(path))
    except Exception as e:
        raise InputError(f"The weights {path.name} cannot be loaded safely ({type(e).__name__}): the file is broken, or holds "
                         "more than an Ultralytics model.") from e


def _restore(checkpoint: dict[str, Any], kept: Path, run: Path) -> None:
    """Lay out what an earlier process had: the weights so far, and the table of its epochs."""
    for name in ("last.pt", "best.pt"):
        shutil.copyfile(kept / name, run / "weights" / name)
    columns = checkpoint.get("train_results") or {}
    rows = [columns, *zip(*columns.values(), strict=True)] if columns else []
    (run / "results.csv").write_text("".join(",".join(map(str, row)) + "\n" for row in rows), encoding="utf-8")


class GroupValidator(DetectionValidator):
    """Ultralytics' validator, which measures parts of its images by themselves too, out of the same pass over them."""

    def __init__(self, groups: dict[str, tuple[int, ...]], **given: Any) -> None:
        super().__init__(**given)
        self._groups, self._numbers = groups, list[int]()
        self.found: dict[str, Found] = {}

    def update_metrics(self, preds: Any, batch: Any) -> None:
        """Note which image each entry of the statistics is of."""
        self._numbers += [int(Path(file).stem) for file in batch["im_file"]]
        super().update_metrics(preds, batch)

    def get_stats(self) -> Any:
        """The statistics of all images; `found` has those of each group with a box."""
        for name, group in self._groups.items():
            members = [i for i, number in enumerate(self._numbers) if number in set(group)]
            part = DetMetrics(self.metrics.names)
            part.stats = {key: [entries[i] for i in members] for key, entries in self.metrics.stats.items()}
            if sum(len(classes) for classes in part.stats["target_cls"]):
                part.process()
                self.found[name] = _found(part)
        return super().get_stats()


def measure(wanted: Measurement, folder: Path, device: str, threads: int) -> Measured:
    """Validate weights on the `val` split; precision and recall are those at the confidence of the best F1."""
    model = YOLO(str(wanted.weights or folder / "kept" / "best.pt"))
    model.add_callback("on_val_start", lambda _: torch.set_num_threads(threads))
    made: list[GroupValidator] = []

    def validator(**given: Any) -> GroupValidator:
        made.append(GroupValidator(wanted.groups, **given))
        return made[0]

    found = model.val(validator=validator, data=str(wanted.data), imgsz=wanted.image_size, batch=wanted.batch, device=device,
                      workers=0, plots=wanted.plots, verbose=False, save_dir=str(folder / "plots" / wanted.name), exist_ok=True)
    return Measured(name=wanted.name, groups=made[0].found, **_found(found).model_dump())


def _found(metrics: Any) -> Found:
    per_class = {int(number): {**_named(metrics.class_result(i)), "boxes": float(metrics.nt_per_class[number])}
                 for i, number in enumerate(metrics.ap_class_index)}
    return Found(overall=_named(metrics.mean_results()), per_class=per_class)


def _named(results: Iterable[Any]) -> dict[str, float]:
    return dict(zip(("precision", "recall", "mAP50", "mAP50-95"), map(float, results), strict=True))


def main(folder: Path, events: int, logged: int) -> int:
    """Carry out the plan in `folder`; gives the process's exit status. Every end but a kill is told as an event.

    `events` and `logged` are the descriptors to write events and log lines to.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    teller = Teller(events)
    try:
        plan = Plan.model_validate_json((folder / "plan.json").read_bytes())
        log_to(logged, plan.ids, load_settings().log_level)
        device = device_for(plan.device)
        log.info("the training process begins on %s with %s threads", device, plan.threads)
        for wanted in plan.before:
            teller.tell(measure(wanted, folder, device, plan.threads))
        if plan.training:
            train(plan.training, folder, device, plan.threads, teller)
            teller.tell(Trained())
        for wanted in plan.measurements:
            teller.tell(measure(wanted, folder, device, plan.threads))
        if plan.export:
            teller.tell(export(plan.export))
    except InputError as e:
        teller.tell(Failed(reason="refused", message=e.message, field=e.fields[0].field if e.fields else "params.base"))
    except (MemoryError, torch.OutOfMemoryError) as e:
        teller.tell(Failed(reason="memory", message=str(e)))
    except Exception as e:
        log.exception("the training process failed")
        teller.tell(Failed(reason="internal", message=f"{type(e).__name__}: {e}"))
    else:
        log.info("the training process has done its plan")
        return 0
    return 1


def _end_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(1)


if __name__ == "__main__":
    status = main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # libraries may hang as they are torn down, and nothing of them is needed any more
