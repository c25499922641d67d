"""`noria retrain-check`: a small retrain from end to end on the running installation, and whether all of it arrived."""

import random
import secrets
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from jobs.catalog import find_kind
from jobs.check import Check, all_well
from jobs.errors import Conflict, NotFound
from jobs.lifecycle import is_terminal
from jobs.record import Job, new_job_id
from jobs.settings import Settings, load_settings
from storage.corrections import BoxIn, CorrectionIn
from storage.job_store import NewJob
from tracking import names
from tracking.environment import prepare_environment
from tracking.experiments import asking
from workers.cli_output import json_option, print_checks, run_alone
from workers.cli_validate import prerequisites
from workers.retrain_proof import prove
from workers.services import Services, make_services
from workers.shapes import SIDE, dataset_zip, draw

MODEL, TRAIN, RETRAIN = "retrain-check", "vision.train", "vision.retrain"
EPOCHS, CORRECTIONS = 30, 5  # so many that the model finds something
LOOK_EVERY_S = 0.5
QUEUE_LIMIT = 1_000_000  # one job more or less is none of that limit's business
INSPECTION_S, ARRIVAL_S, ALIASES_S = 120.0, 60.0, 20.0


@click.command("retrain-check")
@click.option("--timeout", "timeout_s", default=900.0, show_default=True, help="Seconds that each of the two jobs may take.")
@json_option
def retrain_check(timeout_s: float, as_json: bool) -> None:
    """Do a small retrain of a model of its own, and look whether all of it arrived. Exits with 1 if not."""
    prepare_environment()
    settings = load_settings()
    ready = prerequisites(settings)
    if not all_well(ready):
        _say("Something that a retrain needs is not well, so none is started.")
        print_checks([check for check in ready if not check.ok], as_json)
    print_checks(list(carry_out(settings, make_services(settings), timeout_s)), as_json)


def carry_out(settings: Settings, own: Services, timeout_s: float) -> Iterator[Check]:
    """Train if need be, correct, retrain, and look at what arrived.

    Raises Conflict while a retrain of the model is under way, and Unavailable if a part of the installation goes away.
    """
    if own.jobs.retrain_status(MODEL).under_way:
        raise Conflict(f"A retrain of the model {MODEL} is under way already; wait for its end, or cancel it.")
    if not _has_model(own):
        trained = _watch(own, _submit(own, TRAIN, base="tiny11n", epochs=EPOCHS, image_size=SIDE, model=MODEL,
                                      dataset=_dataset(own)), timeout_s)
        yield _ended(trained)
        if trained.state != "succeeded":
            return
    job = _watch(own, _correct(own), timeout_s)
    yield _ended(job)
    if job.state != "succeeded":
        return
    job = _arrived(own, job)
    with asking(settings.tracking_uri) as client:
        yield from prove(client, job, own.models)
        yield _aliases(own, client)


def _has_model(own: Services) -> bool:
    try:
        own.datasets.get(str(own.models.version(MODEL).metadata["data"]["dataset"]))
    except NotFound:
        return False
    return True


def _dataset(own: Services) -> str:
    with tempfile.TemporaryDirectory(prefix="noria-") as folder:
        path = Path(folder) / f"{MODEL}.zip"
        path.write_bytes(dataset_zip())
        document, _ = own.datasets.receive(path, type="detection", name=MODEL, filename=path.name)
        return own.datasets.wait(document.id, INSPECTION_S).id


def _submit(own: Services, kind: str, *, retrains: str | None = None, **params: Any) -> str:
    found = find_kind(kind)
    whole = found.params.model_validate(params).model_dump(mode="json")
    new = NewJob(new_job_id(), kind, found.queue, whole, found.max_attempts, {"purpose": MODEL}, retrains=retrains)
    return own.jobs.submit(new, idempotency_s=1, queue_limit=QUEUE_LIMIT).job.id


def _correct(own: Services) -> str:
    """Five corrections of pictures that nobody has seen; gives the retrain that they start, or else one that is asked for."""
    rng = random.Random(secrets.randbits(64))
    pictures = [draw(rng) for _ in range(CORRECTIONS)]
    images = own.images.receive_all([picture.png for picture in pictures])
    _say(f"{CORRECTIONS} corrections")
    for picture, (image, _) in zip(pictures, images, strict=True):
        boxes = [BoxIn(**box) for box in picture.boxes]
        given = CorrectionIn(image=image.id, model=MODEL, boxes=boxes, prediction=None, author=MODEL, new_label=False)
        own.corrections.add(given, by="local")
    under_way = own.jobs.retrain_status(MODEL).under_way
    return under_way[0] if under_way else _submit(own, RETRAIN, retrains=MODEL, model=MODEL)


def _watch(own: Services, job_id: str, timeout_s: float) -> Job:
    """The job when it has ended, or as it is when time is over; says each of its stages once."""
    deadline, said = time.monotonic() + timeout_s, None
    while True:
        job = own.jobs.get(job_id)
        stage = (job.progress or {}).get("stage") or job.state
        if stage != said:
            _say(f"{job.kind}  {stage}")
            said = stage
        if is_terminal(job.state) or time.monotonic() > deadline:
            return job
        time.sleep(LOOK_EVERY_S)


def _ended(job: Job) -> Check:
    if job.state == "succeeded":
        seconds = ((job.finished_at or 0) - (job.started_at or 0)) / 1000
        return Check(job.kind, True, f"job {job.id} succeeded in {seconds:.0f} s")
    if is_terminal(job.state):
        said = (job.error or {}).get("message", "")
        return Check(job.kind, False, f"job {job.id} {job.state}: {said}", "mend that, and start this check again")
    return Check(job.kind, False, f"job {job.id} is still {job.state}", f"it goes on: `noria watch {job.id}`; see the log")


def _arrived(own: Services, job: Job) -> Job:
    """The job once its run is whole in MLflow, or as it is when that takes too long."""
    deadline = time.monotonic() + ARRIVAL_S
    while (job.tracking or {}).get("pending", True) and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY_S)
        job = own.jobs.get(job.id)
    return job


def _aliases(own: Services, client: Any) -> Check:
    """Whether MLflow's aliases are those of the storage's champion, once they have had the time to follow."""
    champion, newest = own.models.champion(MODEL), own.models.newest(MODEL).version
    wanted = {names.CHAMPION: str(champion), **({names.CHALLENGER: str(newest)} if newest != champion else {})}
    deadline = time.monotonic() + ALIASES_S
    while True:
        found = client.get_registered_model(f"yolo_{MODEL}").aliases
        named = {alias: client.get_model_version(f"yolo_{MODEL}", version).tags.get(names.NORIA_VERSION)
                 for alias, version in found.items()}
        if named == wanted or time.monotonic() > deadline:
            break
        time.sleep(LOOK_EVERY_S)
    shown = ", ".join(f"{alias} is version {number}" for alias, number in sorted(named.items())) or "none"
    return Check("aliases", named == wanted, shown, "" if named == wanted else "the log of a worker says why (workers.aliases)")


def _say(line: str) -> None:
    click.echo(line, err=True)


if __name__ == "__main__":
    run_alone(retrain_check)
