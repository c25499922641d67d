"""The annotator's pages in a browser: images brought, boxes put right by keyboard and mouse, the queue shared, the retrain watched."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from jobs.settings import load_settings
from jobs.vision.steps import STEPS
from storage.corrections import BoxIn, CorrectionIn, Corrections
from storage.images import Images
from storage.job_store import End
from storage.models import Models
from storage.objects import open_store
from tests.api.models import put_version
from tests.browser.conftest import DESKTOP, PHONE, Console, open_page, picture, violations
from tests.storage.pictures import picture as photo

MODEL = "blood"
CLASSES = ["RBC", "WBC", "Platelets"]
WIDTH, HEIGHT = 640, 480


class Studio:
    """A detector with images that it has looked at, written to the stores as a finished job leaves them."""

    def __init__(self, console: Console, images: int = 4, *, look: bool = True) -> None:
        self.console, self.jobs = console, console.jobs
        self.objects = open_store((console.home / "objects").as_uri())
        settings = load_settings({"NORIA_HOME": str(console.home)})
        self.store = Images(self.objects, console.jobs, settings)
        self.kept = Corrections(self.objects, console.jobs, Models(self.objects, console.jobs), self.store, settings)
        put_version(self.objects, console.jobs, MODEL, domain="vision", classes=CLASSES)
        console.worker("gpu@here", "gpu", "gpu.fast")
        self.images = [self.store.receive(photo(seed, (WIDTH, HEIGHT)))[0].id for seed in range(images)]
        self.jobs.put_reviews(MODEL, dict.fromkeys(self.images))
        if look:
            self.look()

    @property
    def url(self) -> str:
        return f"{self.console.url}/correct/{MODEL}"

    def image_url(self, n: int = 0) -> str:
        return f"{self.url}/images/{self.images[n]}"

    def look(self, version: int = 1, **labels: str) -> None:
        """Let a prediction of all images be done: the n-th has a box of which the model is 30, 40, … % sure."""
        found = [{"image": image, "width": WIDTH, "height": HEIGHT, "boxes": [
            {"label": "RBC", "confidence": 0.9312, "x1": 100.25, "y1": 120.5, "x2": 220.0, "y2": 260.75},
            {"label": "WBC", "confidence": round(0.3 + 0.1 * n, 4), "x1": 300.0, "y1": 150.0, "x2": 460.0, "y2": 330.0}]}
            for n, image in enumerate(self.images)]
        result = {"model": MODEL, "version": version, "runtime": "torch cpu", "predictions": found}
        params = {"images": self.images, "model": MODEL, "version": version, "confidence": 0.25, "iou": 0.7}
        job = self.console.submit("vision.predict", "gpu.fast", params, **(labels or {"review": MODEL}))
        self.jobs.begin_look(MODEL, job)
        self.jobs.move(job, self.console.start(job).fence, End("succeeded", result=result))

    def correct(self, numbers: range) -> str:
        """Correct these images as clients of the contract do; the retrain that the last one started."""
        boxes = [BoxIn(label="RBC", x1=102, y1=121, x2=222, y2=262), BoxIn(label="Platelets", x1=20, y1=30, x2=60, y2=80)]
        for n in numbers:
            given = CorrectionIn(image=self.images[n], model=MODEL, boxes=boxes, prediction=None, author="", new_label=False)
            _, added = self.kept.add(given, by="local")
        assert added.retrain_job
        return added.retrain_job

    def corrections(self, page: Page) -> list[dict[str, Any]]:
        """What the contract says of the corrections, oldest first."""
        found: list[dict[str, Any]] = page.request.get(f"{self.console.url}/v1/corrections?model={MODEL}").json()["corrections"]
        return found[::-1]


def ready(page: Page) -> None:
    page.wait_for_selector("#boxes[data-ready]")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def drawn(page: Page) -> list[dict[str, Any]]:
    """The boxes as the form would send them."""
    boxes: list[dict[str, Any]] = json.loads(page.locator("#save input[name=boxes]").input_value())
    return boxes


def on_image(page: Page, image: str) -> None:
    page.wait_for_url(re.compile(f"/images/{image}"))
    ready(page)


def corners(box: dict[str, Any]) -> tuple[float, ...]:
    return box["x1"], box["y1"], box["x2"], box["y2"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_page_is_clean_for_axe_and_fits_the_screen(console: Console, new_page: Callable[..., Page], theme: str) -> None:
    studio, found = Studio(console, 7), []
    retrained(studio)
    for width, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
        page = new_page(viewport=viewport, color_scheme=theme)
        for name, path in {"queue": studio.url, "queue-corrected": f"{studio.url}?show=corrected", "image": f"{studio.image_url(6)}?done=skipped&last={studio.images[0]}",
                           "compare": f"{studio.url}/compare"}.items():
            open_page(page, path)
            if name == "image":
                ready(page)
                press(page, "n", "n")
            picture(page, f"correct-{name}-{theme}-{width}")
            found += [f"{name} {width}: {violation}" for violation in violations(page)]
            if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                found.append(f"{name} {width}: wider than the screen")
        open_page(page, studio.image_url(6))
        ready(page)
        press(page, "?")
        picture(page, f"correct-keys-{theme}-{width}")
        found += [f"keys {width}: {violation}" for violation in violations(page)]

    assert found == []


def retrained(studio: Studio) -> None:
    """Five corrections and the retrain that learned from them, both versions' looks at these images, and the next retrain under way."""
    job = studio.correct(range(5))
    running = studio.jobs.acquire(job, worker="gpu@here", lease_s=600)
    assert running
    ids = studio.jobs.claimed_corrections(job)
    steps = [{"step": n, "name": name, "seconds": 1.5 * n} for n, name in enumerate(STEPS, 1)]
    put_version(studio.objects, studio.jobs, MODEL, domain="vision", classes=CLASSES, job_id=job, decision="promoted",
                reason="mAP50 on old and new images rose from 0.41 to 0.57.",
                retraining={"previous": 1, "corrections": list(ids), "held_out": list(ids[:1]), "snapshot": "f" * 64, "experiment_id": "1"})
    studio.jobs.move(job, running.fence, End("succeeded", result={"model": MODEL, "version": 2, "steps": steps}))
    for version in (1, 2):
        studio.look(version, compare=f"{MODEL} v2")
    again = studio.correct(range(5))
    running = studio.jobs.acquire(again, worker="gpu@here", lease_s=600)
    assert running
    studio.jobs.publish(again, running.fence, [
        *(("log", {"message": f"Step {n} of 12 is done.", "level": "info", "step": n, "step_name": STEPS[n - 1], "seconds": 0.8 * n}) for n in range(1, 6)),
        ("progress", {"fraction": 0.42, "stage": f"6 {STEPS[5]}", "message": "epoch 4 of 10"})])
