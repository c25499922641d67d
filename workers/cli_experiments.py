"""`noria experiments`: the experiment that retrains land in is created and looked at by people, never by a job."""

from collections.abc import Iterator
from dataclasses import asdict

import click

from jobs.check import Check
from jobs.context import Experiment
from jobs.errors import Conflict, NoriaError, NotFound, Unavailable
from jobs.settings import Settings, load_settings
from tracking.environment import prepare_environment
from tracking.experiments import HOW_TO_CREATE, check_artifact_location, create_experiment, require_experiment
from tracking.server import first_line
from workers.cli_output import json_option, print_checks, print_json, run_alone, wants_json


@click.group()
def experiments() -> None:
    """Experiments of MLflow that retrains land in."""


@experiments.command()
@click.option("--name", required=True, help="Name of the new experiment.")
@click.option("--artifact-location", required=True, metavar="URI",
              help="Where the files of its runs go, such as mlflow-artifacts:/NAME (through the server), s3://bucket/folder.")
@json_option
def create(name: str, artifact_location: str, as_json: bool) -> None:
    """Create an experiment and say its id, and how to pin it."""
    prepare_environment()
    made = create_experiment(load_settings().tracking_uri, name, artifact_location)
    if wants_json(as_json):
        print_json(asdict(made))
        return
    click.echo(made.id)
    click.echo(f"That is the id of {made.name!r}, whose files go to {made.artifact_location}. Pin it: `noria settings set "
               f"RETRAIN_EXPERIMENT_ID {made.id}`, or in containers RETRAIN_EXPERIMENT_ID={made.id} in .env.", err=True)


@experiments.command()
@click.argument("experiment_id", metavar="ID")
@json_option
def check(experiment_id: str, as_json: bool) -> None:
    """Say whether an experiment is fit for retrains. Exits with 1 if not."""
    prepare_environment()
    print_checks(list(experiment_checks(load_settings(), experiment_id)), as_json)


def experiment_checks(settings: Settings, experiment_id: str) -> Iterator[Check]:
    """Whether there is such an experiment, active, with an artifact location that is the right one and can be written from here.

    What cannot be known after a check that failed is left out.
    """
    title = f"experiment {experiment_id}"
    try:
        found = require_experiment(settings.tracking_uri, experiment_id)
    except NotFound:
        yield Check(title, False, "there is none with this id", HOW_TO_CREATE)
        return
    except Conflict:
        yield Check(title, True, "there")
        yield Check("active", False, "deleted", f"`mlflow experiments restore --experiment-id {experiment_id}`")
        return
    except Unavailable as e:
        yield Check(title, False, _whole(e), "see to MLflow, or to MLFLOW_TRACKING_URI")
        return
    yield Check(title, True, f"there, {found.name!r}")
    yield Check("active", True, "yes")
    yield from _location_checks(settings, found)


def _location_checks(settings: Settings, found: Experiment) -> Iterator[Check]:
    place, wanted = found.artifact_location, settings.retrain_artifact_location
    right = not wanted or wanted.rstrip("/") == place.rstrip("/")
    yield Check("location", right, place if right else f"{place}, but RETRAIN_ARTIFACT_LOCATION says {wanted}",
                "" if right else "correct the setting, or pin the experiment that keeps its files there")
    try:
        check_artifact_location(settings.tracking_uri, found)
    except NoriaError as e:
        yield Check("location writable", False, _whole(e), "see to its rights, and to --artifacts-destination of the server")
    else:
        yield Check("location writable", True, "a file was put there and deleted")


def _whole(error: NoriaError) -> str:
    """What an error says, and what it does not say to clients."""
    return f"{error.message} {first_line(error.__cause__)}" if error.__cause__ else error.message


if __name__ == "__main__":
    run_alone(experiments)
