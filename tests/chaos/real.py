"""Real jobs beside the tiny ones: trainings on little data, which run as long as some faults are apart, and predictions."""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.client import Client
from deploy.digits import Scenes, write_zip
from tests.chaos.ledger import Ledger

SALES, DETECTOR = "shop", "digits"
TRAININGS = ("forecasting.train", "vision.train")
PREDICTIONS = ("forecasting.predict", "vision.predict")
LOST = {"worker_lost", "unavailable", "storage_unavailable", "broker_unavailable"}  # how they fail when faults took all attempts
DIGITS = {0: "0", 1: "1"}
MONTHS = [f"{year}-{month:02d}-01" for year in (2022, 2023) for month in range(1, 13)]


@dataclass(frozen=True)
class Real:
    """What real jobs work on: data sets, images, and the first version of each model, trained in peace."""

    sales: str
    digits: str
    images: tuple[str, ...]

    def forecast_training(self) -> tuple[str, dict[str, Any]]:
        return "forecasting.train", {"dataset": self.sales, "horizon": 3, "folds": 1}

    def detector_training(self) -> tuple[str, dict[str, Any]]:
        return "vision.train", {"dataset": self.digits, "base": "tiny11n", "epochs": 1, "image_size": 64, "batch": 16}

    def jobs(self) -> list[tuple[str, dict[str, Any]]]:
        """The jobs of a round: kind and params. Predictions ask the first versions, so that all have to give the same."""
        forecast = ("forecasting.predict", {"model": SALES, "version": 1})
        detect = ("vision.predict", {"model": DETECTOR, "version": 1, "images": list(self.images), "confidence": 0.01})
        return [self.detector_training(), self.forecast_training(), *[forecast, detect] * 3, self.detector_training(),
                self.forecast_training(), *[forecast, detect] * 3, self.forecast_training()]


def prepare(client: Client, folder: Path, ledger: Ledger) -> Real:
    """Upload the data and train the first versions, before anything is broken."""
    chance = random.Random(1)
    source = folder / "sales.csv"
    rows = [f"{month},{item},{20 + 5 * (n % 4) + chance.randint(0, 3)}" for item in "abc" for n, month in enumerate(MONTHS)]
    source.write_text("\n".join(["date,item,quantity", *rows]) + "\n")
    sales = client.upload(source, type="sales", name=SALES)["id"]
    archive = write_zip(folder / "digits.zip", Scenes(1, DIGITS), train=24, val=8)
    digits = client.upload(archive, type="detection", name=DETECTOR)["id"]
    images, scenes = [], Scenes(2, DIGITS)
    for _ in range(3):
        picture = folder / "scene.png"
        picture.write_bytes(scenes.scene().png())
        images.append(str(client.add_image(picture)["id"]))
        picture.unlink()
    source.unlink()
    archive.unlink()
    real = Real(str(sales), str(digits), tuple(images))
    started = [client.submit(kind, params, idempotency_key=kind)["id"]
               for kind, params in (real.forecast_training(), real.detector_training())]
    for kind, job_id in zip(TRAININGS, started, strict=True):
        ledger.write("accepted", id=job_id, key=kind)
        ended = client.wait(job_id)
        assert ended["state"] == "succeeded", ended["error"]
    return real
