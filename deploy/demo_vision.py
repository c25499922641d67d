"""The demo's second half: a digit detector meets digits in another look, and learns them from five corrections."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from api.cli_watch import follow
from api.client import Client, Document
from deploy.demo_vision_report import picture, scores_table
from deploy.demo_work import RESULTS, DemoFailed, upload, work
from deploy.digits import Scene, Scenes, write_zip

MODEL = "digits"
TRAIN, VAL, EPOCHS, IMAGE_SIZE_PX = 600, 60, 9, 96
CORRECTED, SHOWN = 5, 3
AUTHOR = "the demo"


@dataclass(frozen=True, slots=True)
class Shown:
    """A scene that the model was asked about."""

    scene: Scene
    image: str


def learn_from_corrections(client: Client, console: Console, folder: Path) -> Document:
    """Train, show a new look, correct it, and watch the retrain that starts by itself; gives the retrain's job.

    Raises DemoFailed where something does not do what it should.
    """
    console.rule("7  Train a detector of handwritten digits, dark on light paper", align="left")
    source = write_zip(folder / f"{MODEL}.zip", Scenes(0), train=TRAIN, val=VAL)
    dataset = upload(client, console, source, "detection")
    work(client, console, "vision.train", {"dataset": dataset["id"], "model": MODEL, "base": "tiny11n", "epochs": EPOCHS,
                                           "image_size": IMAGE_SIZE_PX})
    console.rule("8  Show it digits in another look, light on dark", align="left")
    scenes = Scenes(1, inverted=True)
    shown = [_show(client, scenes.scene(), folder) for _ in range(CORRECTED + SHOWN)]
    before = _predict(client, console, shown)
    console.rule(f"9  Correct {CORRECTED} of them: the fifth correction starts a retrain", align="left")
    job_id = _correct(client, console, shown[:CORRECTED], before["id"])
    follow(client, job_id, console)
    job = client.job(job_id)
    if job["state"] != "succeeded":
        raise DemoFailed(f"The retrain {job_id} {job['state']}: {(job['error'] or {}).get('message', 'no reason given')}")
    console.rule("10  Before and after, on held-out images", align="left")
    result = job["result"]
    console.print(scores_table(result["metrics"]))
    console.print(f"Version {result['version']} was {result['decision']}. {result['reason']}", soft_wrap=True)
    if result["decision"] != "promoted":
        raise DemoFailed("The retrained version was expected to be better.")
    after = _predict(client, console, shown)
    fresh = slice(CORRECTED, None)  # nobody corrected these
    boxes = (_boxes(before)[fresh], _boxes(after)[fresh])
    target = RESULTS / "digits-before-after.png"
    picture([s.scene for s in shown[fresh]], *boxes, target)
    console.print(f"On {SHOWN} more scenes, which nobody corrected: {_count(boxes[0])} boxes before, {_count(boxes[1])} after, "
                  f"{sum(len(s.scene.boxes) for s in shown[fresh])} digits in truth.")
    console.print(f"picture   {target}", soft_wrap=True)
    return job


def _show(client: Client, scene: Scene, folder: Path) -> Shown:
    file = folder / "scene.png"
    file.write_bytes(scene.png())
    return Shown(scene, client.add_image(file)["id"])


def _predict(client: Client, console: Console, shown: Iterable[Shown]) -> Document:
    return work(client, console, "vision.predict", {"model": MODEL, "images": [s.image for s in shown]})


def _boxes(job: Document) -> list[list[dict[str, Any]]]:
    """The boxes found in each image."""
    return [prediction["boxes"] for prediction in job["result"]["predictions"]]


def _count(images: list[list[dict[str, Any]]]) -> int:
    return sum(map(len, images))


def _correct(client: Client, console: Console, shown: Iterable[Shown], prediction: str) -> str:
    """Say what really is in these images; gives the id of the retrain that this starts."""
    for one in shown:
        answer = client.correct(one.image, MODEL, one.scene.boxes, prediction=prediction, author=AUTHOR)
        changed = client.correction(answer["id"])["changes"]
        told = ", ".join(f"{len(boxes)} {what}" for what, boxes in changed.items() if boxes)
        console.print(f"  correction {answer['pending']} of {answer['threshold']}: {told}")
        if answer["retrain_job"]:
            console.print(f"  the retrain {answer['retrain_job']} starts by itself")
            return str(answer["retrain_job"])
    raise DemoFailed(f"{CORRECTED} corrections started no retrain.")
