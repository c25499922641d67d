"""Whether detectors learn blood cells (BCCD, 292 photographs) as well as they did in the laboratory: `make bench-vision`.

The ZIP is uploaded as it is, and keeps its own lists of training and validation images. NORIA_TEST_DATA names its folder.
"""

import os
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.plant import TAU, plant, work
from deploy.environment import ROOT
from jobs.errors import StorageUnavailable

DATA = Path(os.environ.get("NORIA_TEST_DATA") or ROOT.parent / "shared" / "data")
IMAGES = {"train": 205, "val": 87}
# what it starts from → params, and the mAP50 that it has to reach
ARMS = {
    "yolo11n, random weights": ({"base": "yolo11n", "epochs": 8}, 0.55),
    "yolov8n, packaged weights": ({"base": TAU, "architecture": "yolov8n", "epochs": 6}, 0.80),
}


def bccd() -> Path:
    """The data set's ZIP. Raises StorageUnavailable if it is not there."""
    found = DATA / "bccd-voc.zip"
    if not found.exists():
        raise StorageUnavailable(f"There is no {found}; NORIA_TEST_DATA has to name the folder of the test data.")
    return found


def main() -> bool:
    """Print a line for each start; gives whether every goal was reached."""
    table = Table("start", "epochs", "mAP50", "mAP50-95", "goal", "", "CPU runtime")
    reached = []
    with plant() as (client, services):
        dataset = client.upload(bccd(), type="detection", name="bccd")
        for name, (params, goal) in ARMS.items():
            job = work(client, "vision.train", {"dataset": dataset["id"], "image_size": 320, **params})
            result = job["result"]
            if result["images"] != IMAGES:
                raise RuntimeError(f"The ZIP's own lists were not kept: {result['images']} instead of {IMAGES}.")
            scores = result["metrics"]
            reached.append(scores["mAP50"] >= goal)
            runtime = services.models.version(result["model"], result["version"]).metadata["runtime"]
            table.add_row(name, str(params["epochs"]), f"{scores['mAP50']:.3f}", f"{scores['mAP50-95']:.3f}", f">= {goal:.2f}",
                          "reached" if reached[-1] else "MISSED", f"{runtime['name']}, {runtime['speed_up']} x torch")
    Console(width=110).print(table)
    return all(reached)
