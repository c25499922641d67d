"""What a retrain costs in its twelve steps beside bare `val` + `YOLO.train` + `val` with plots: CPU seconds of every process.

A detector of blood cells (BCCD) learns from corrections. The bare arm has the very images of the job's snapshot, its epochs,
recipe and threads; `YOLO.train` measures its best weights once more at its end, as it comes. MLflow is up, and its server counts
until all of the run has arrived. NORIA_TEST_DATA names the folder of the data.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import zipfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from api.client import Client
from benchmarks.goals import Row, report
from benchmarks.measure import cpu_s, ratios
from benchmarks.pieces import Pieces, pieces
from benchmarks.plant import work
from benchmarks.predict import few
from benchmarks.vision import bccd
from deploy.environment import ROOT
from jobs.vision.dataset import write_folder
from jobs.vision.retrain import SNAPSHOT, WARMUP_EPOCHS
from jobs.vision.snapshot import Snapshot
from jobs.vision.starting_point import WARM_LR
from jobs.vision.training_child import recipe
from jobs.vision.training_plan import Training
from tests.services import wait_until
from tests.tracking.servers import MlflowServer
from tracking.experiments import create_experiment

MODEL, SIDE, BATCH = "cells", 320, 8
JOB, BARE = "retrain in twelve steps", "bare val + YOLO.train + val with plots"


@dataclass(frozen=True, slots=True)
class Size:
    """Of the run: rounds, epochs of a retrain, images of the data set, and images that are corrected before each retrain."""

    rounds: int
    epochs: int
    images: dict[str, int]
    corrected: int


REAL, SMALL = Size(2, 12, {"train": 160, "val": 87}, 10), Size(1, 1, {"train": 12, "val": 6}, 3)


def correct(client: Client, start: int, number: int) -> None:
    """Correct images that the data set lacks, from the `start`th of the ZIP's list on, with its boxes (some have no area)."""
    with zipfile.ZipFile(bccd()) as archive, tempfile.TemporaryDirectory() as folder:
        for stem in archive.read("ImageSets/Main/train.txt").decode().split()[start:start + number]:
            picture = Path(archive.extract(f"JPEGImages/{stem}.jpg", folder))
            labels = ET.fromstring(archive.read(f"Annotations/{stem}.xml"))
            boxes = [box for found in labels.iter("object") if (box := box_of(found))["x1"] < box["x2"] and box["y1"] < box["y2"]]
            client.correct(client.add_image(picture)["id"], MODEL, boxes)


def box_of(found: ET.Element) -> dict:
    """A box of a VOC file as corrections have it."""
    x1, y1, x2, y2 = (float(found.findtext(f"bndbox/{side}") or 0) for side in ("xmin", "ymin", "xmax", "ymax"))
    return {"label": found.findtext("name"), "x1": x1, "y1": y1, "x2": x2, "y2": y2}


def by_job(stack: Pieces, client: Client, experiment: str, epochs: int, server: int) -> tuple[float, dict]:
    """CPU seconds of a retrain, until all of it is in MLflow and in the archive; and the job."""
    assert stack.worker
    pids = (stack.api_pid, stack.worker.process.pid, stack.broker_pid, server)
    before = cpu_s(*pids)
    params = {"model": MODEL, "experiment_id": experiment, "epochs": epochs, "batch": BATCH, "promote": "never"}
    job = work(client, "vision.retrain", params)
    wait_until(lambda: not stack.valkey.client.zcard("noria:unarchived"), timeout_s=60, what="the job being archived")
    wait_until(lambda: not client.job(job["id"])["tracking"]["pending"], timeout_s=300, what="the run having arrived")
    return cpu_s(*pids) - before, job


def by_hand(stack: Pieces, result: dict, epochs: int, folder: Path) -> float:
    """CPU seconds of the same in a bare process, start and imports included, as they are in the job's."""
    services = stack.plant.services
    models = services.models
    champion = models.fetch(models.version(MODEL), folder / "models")
    made = models.fetch(models.version(MODEL, result["version"]), folder / "models")
    snapshot = Snapshot.model_validate_json(made.files[SNAPSHOT].read_bytes())
    data = write_folder(folder / "data", [example for _, example in snapshot.examples()], snapshot.classes,
                        lambda sha256: services.images.local(sha256, folder / "images"))
    training = Training(
        data=data, architecture=None, weights=champion.files["best.pt"], lr=WARM_LR, epochs=epochs, image_size=SIDE, batch=BATCH,
        seed=0, warmup_epochs=WARMUP_EPOCHS, mirror=bool(champion.metadata["mirror"]), validate_each=False)
    (folder / "plan.json").write_text(json.dumps({
        "weights": str(training.weights), "recipe": {**recipe(training, "cpu", 1), "project": str(folder), "name": "trained"}}))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "YOLO_CONFIG_DIR": str(folder / "config"), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-m", "benchmarks.bare_retrain", str(folder)], cwd=folder, env=environment, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(small: bool = False) -> bool:
    """Report the ratio; gives whether the goal was reached."""
    size = SMALL if small else REAL
    found: dict[str, list[float]] = {JOB: [], BARE: []}
    with ExitStack() as stopped:
        folder = Path(stopped.enter_context(tempfile.TemporaryDirectory()))
        (folder / "mlflow").mkdir()
        server = MlflowServer(folder / "mlflow").start()
        stopped.callback(server.stop)
        assert server.process
        stack = stopped.enter_context(pieces("gpu", MLFLOW_TRACKING_URI=server.uri, RETRAIN_THRESHOLD="1000", DEVICE="cpu"))
        client = Client(f"http://127.0.0.1:{stack.api.port}")
        experiment = create_experiment(server.uri, "bench", "mlflow-artifacts:/bench").id
        dataset = client.upload(few(bccd(), folder / "cells.zip", size.images), type="detection", name=MODEL)
        start = {"base": "yolo11n", "epochs": 1, "image_size": SIDE}
        work(client, "vision.train", {"dataset": dataset["id"], "model": MODEL, **start})
        for number in range(size.rounds):
            correct(client, size.images["train"] + number * size.corrected, size.corrected)
            seconds, job = by_job(stack, client, experiment, size.epochs, server.process.pid)
            found[JOB].append(seconds)
            bare = folder / f"bare-{number}"
            bare.mkdir()
            found[BARE].append(by_hand(stack, job["result"], size.epochs, bare))
    rows = [Row(JOB, BARE, tuple(ratios(found, JOB, BARE)), 1.10, unit="x"),
            *(Row(name, "", tuple(seconds), None, unit=" CPU s") for name, seconds in found.items())]
    return report("vision_retrain", rows, cpu_s=found)
