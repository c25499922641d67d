"""What a warm prediction costs over HTTP with `Prefer: wait`, beside the same `YOLO.predict` in one process.

The detector of blood cells sees one 640x480 photograph at 640 px. The arms are asked in turn, so that a busy neighbour slows all
alike; the medians' ratio is what counts. `torch` is the same version as it would be without its export.
"""

import itertools
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from api.client import Client
from benchmarks.plant import SLOTS, TAU, plant, work
from benchmarks.vision import bccd
from jobs.vision.library import YOLO, torch
from workers.services import Services

IMAGES = {"train": 48, "val": 16}
CALLS, WARM_UP = 40, 3
PLAIN, TORCH, CHOSEN = "YOLO.predict in this process", "over HTTP, torch", "over HTTP, as chosen"
GOALS = {TORCH: 1.5, CHOSEN: 1.0}


def few(source: Path, target: Path, images: dict[str, int] = IMAGES) -> Path:
    """The first images of each of the ZIP's lists, as a ZIP of the same form."""
    with zipfile.ZipFile(source) as full, zipfile.ZipFile(target, "w") as made:
        kept = set()
        for split, number in images.items():
            name = f"ImageSets/Main/{split}.txt"
            stems = full.read(name).decode().split()[:number]
            kept |= set(stems)
            made.writestr(name, "\n".join(stems))
        for name in full.namelist():
            if Path(name).suffix in {".jpg", ".xml"} and Path(name).stem in kept:
                made.writestr(name, full.read(name))
    return target


def train(client: Client, services: Services) -> None:
    """Make the models `cells`, and `torch`, which is the same without its export."""
    with tempfile.TemporaryDirectory() as folder:
        dataset = client.upload(few(bccd(), Path(folder, "few.zip")), type="detection", name="cells")
    start = {"base": TAU, "architecture": "yolov8n", "epochs": 2, "image_size": 640}
    work(client, "vision.train", {"dataset": dataset["id"], **start})
    version = services.models.version("cells")
    number = services.models.allocate("torch", domain="vision", job_id=version.job_id)
    twin = replace(version, model="torch", version=number, metadata={**version.metadata, "runtime": None})
    services.models.publish(twin, promote=True)


def over_http(client: Client, model: str, image: str) -> Callable[[], dict]:
    """Ask for a prediction and wait for it; gives its result."""
    def ask() -> dict:
        return client.submit("vision.predict", {"images": [image], "model": model}, wait_s=60)["result"]

    return ask


def plain(weights: Path, image: Path) -> Callable[[], object]:
    """Ultralytics as it comes: from the stored file, with the number of threads that it chooses by itself."""
    model = YOLO(str(weights))
    return lambda: model.predict(str(image), imgsz=640, device="cpu", verbose=False)


def warm(arms: dict[str, Callable[[], object]]) -> None:
    """Ask often enough, and at once over HTTP, that each process of the worker has loaded what it needs."""
    arms[PLAIN]()  # in this thread, whose number of threads for torch Ultralytics sets then
    for name in GOALS:
        with ThreadPoolExecutor(3 * SLOTS) as pool:
            for _ in range(WARM_UP):
                list(pool.map(lambda _, ask=arms[name]: ask(), range(3 * SLOTS)))


def main() -> bool:
    """Print the medians and ratios; gives whether both goals were reached."""
    with plant() as (client, services), tempfile.TemporaryDirectory() as folder:
        train(client, services)
        found = services.models.fetch(services.models.version("cells"), Path(folder))
        with zipfile.ZipFile(bccd()) as archive:
            photograph = next(name for name in sorted(archive.namelist()) if name.endswith(".jpg"))
            image = Path(archive.extract(photograph, folder))
        image_id = services.images.receive(image)[0].id
        arms = {PLAIN: plain(found.files["best.pt"], image), TORCH: over_http(client, "torch", image_id),
                CHOSEN: over_http(client, "cells", image_id)}
        warm(arms)
        times: dict[str, list[float]] = {name: [] for name in arms}
        for _, (name, ask) in itertools.product(range(CALLS), arms.items()):
            began = time.perf_counter()
            ask()
            times[name].append(time.perf_counter() - began)
        runtimes = {name: arms[name]()["runtime"] for name in GOALS}
    return report(times, {PLAIN: f"torch cpu, {torch.get_num_threads()} thread(s)", **runtimes})


def report(times: dict[str, list[float]], runtimes: dict[str, str]) -> bool:
    """Print what was measured against the goals. The stricter one holds where a faster runtime was chosen."""
    medians = {name: statistics.median(found) for name, found in times.items()}
    table = Table("", "runtime", "median", "lowest", "ratio", "goal", "")
    reached = []
    for name, found in times.items():
        ratio, goal = medians[name] / medians[PLAIN], GOALS.get(name)
        if name == CHOSEN and runtimes[name].startswith("torch"):
            goal = GOALS[TORCH]
        verdict = "" if goal is None else "reached" if ratio <= goal else "MISSED"
        reached.append(verdict != "MISSED")
        table.add_row(name, runtimes[name], *(f"{seconds * 1000:.0f} ms" for seconds in (medians[name], min(found))),
                      f"{ratio:.2f}", "" if goal is None else f"<= {goal:.1f}", verdict)
    Console(width=110).print(table)
    return all(reached)
