"""Experiments: the configured one, made where it is absent, and the exact one that must be there."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from jobs.context import Experiment
from jobs.errors import Conflict, FieldError, InputError, NoriaError, NotFound, TrackingUnavailable
from tracking.server import connect, error_code, first_line, is_final

try:
    from mlflow import MlflowClient
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
except ImportError:  # MLflow is optional
    MlflowClient = get_artifact_repository = None

log = structlog.get_logger("tracking")

PROBE = "noria-probe.txt"
HOW_TO_CREATE = ("Create one with `noria experiments create --name NAME --artifact-location mlflow-artifacts:/NAME`, "
                 "and pin the id that it prints with `noria settings set RETRAIN_EXPERIMENT_ID <id>`.")


def experiment_named(client: MlflowClient, name: str) -> str:
    """The id of the experiment called `name`, which is created if absent.

    Raises Conflict if it is deleted, MlflowException if the server does not answer.
    """
    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            return str(client.create_experiment(name))
        except Exception as e:
            if error_code(e) != "RESOURCE_ALREADY_EXISTS":
                raise
            found = client.get_experiment_by_name(name)  # another worker was faster
    if found is None or found.lifecycle_stage != "active":
        raise Conflict(f"The MLflow experiment {name!r} is deleted; restore it with `mlflow experiments restore`, "
                       "or set MLFLOW_EXPERIMENT to another name.")
    return str(found.experiment_id)


def find_experiment(uri: str | None, name: str) -> Experiment | None:
    """The experiment called `name`, or None; nothing is created. Raises Conflict if it is deleted, TrackingUnavailable."""
    with asking(uri) as client:
        found = client.get_experiment_by_name(name)
        return experiment_with_id(client, str(found.experiment_id)) if found else None


def experiment_with_id(client: MlflowClient, experiment_id: str) -> Experiment:
    """The experiment with exactly this id; nothing is created.

    Raises NotFound with what to do, Conflict if it is deleted, MlflowException if the server does not answer.
    """
    try:
        found = client.get_experiment(experiment_id)
    except Exception as e:
        if not is_final(e):
            raise
        raise NotFound(f"There is no MLflow experiment {experiment_id}. {HOW_TO_CREATE}") from None
    if found.lifecycle_stage != "active":
        raise Conflict(f"The MLflow experiment {experiment_id} is deleted; restore it with "
                       f"`mlflow experiments restore --experiment-id {experiment_id}`.")
    return Experiment(str(found.experiment_id), found.name, found.artifact_location)


def require_experiment(uri: str | None, experiment_id: str, *, artifact_location: str | None = None) -> Experiment:
    """The experiment with exactly this id, asked of the server now; for a job that cannot do without it.

    An `artifact_location` that is named has to be the experiment's. Takes at most some 10 s. Raises TrackingUnavailable
    (retryable) if MLflow is off, away or refuses; NotFound; Conflict if the experiment is deleted, or keeps its files elsewhere.
    """
    with asking(uri) as client:
        found = experiment_with_id(client, experiment_id)
    if artifact_location and found.artifact_location.rstrip("/") != artifact_location.rstrip("/"):
        raise Conflict(f"The MLflow experiment {experiment_id} keeps its files elsewhere than RETRAIN_ARTIFACT_LOCATION says; "
                       f"`noria experiments check {experiment_id}` shows both.")
    return found


def create_experiment(uri: str | None, name: str, artifact_location: str) -> Experiment:
    """A new experiment that keeps its files in `artifact_location`, such as `mlflow-artifacts:/name`.

    Raises InputError if that is no address; Conflict if the name exists, saying its id; TrackingUnavailable.
    """
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:/.*[^/\s]", artifact_location):
        message = f"{artifact_location!r} is no artifact location; name one such as mlflow-artifacts:/{name or 'NAME'}."
        raise InputError(message, fields=(FieldError("artifact_location", message),))
    with asking(uri) as client:
        try:
            made = client.create_experiment(name, artifact_location=artifact_location)
        except Exception as e:
            code = error_code(e)
            if code == "RESOURCE_ALREADY_EXISTS":
                raise _name_taken(client, name) from None
            if code == "INVALID_PARAMETER_VALUE":
                raise InputError(f"MLflow refuses the experiment: {first_line(e)}") from e
            raise
        return experiment_with_id(client, str(made))


def check_artifact_location(uri: str | None, experiment: Experiment) -> None:
    """Prove that the place of the experiment's files can be written: a tiny file is put there and deleted.

    Raises Conflict if not, TrackingUnavailable (retryable) if MLflow or the place behind it does not answer as it should.
    """
    place = experiment.artifact_location
    with asking(uri), tempfile.TemporaryDirectory() as folder:
        probe = Path(folder) / PROBE
        probe.write_text("Noria looks whether it can write here.\n", encoding="utf-8")
        try:
            files = get_artifact_repository(place, tracking_uri=uri, registry_uri=uri)  # asks nobody
        except Exception as e:
            raise _not_writable(experiment) from e
        try:
            files.log_artifact(str(probe))
        except Exception as e:
            # An OSError with a number comes from a disk; the others come from the way to a server.
            if is_final(e) or (isinstance(e, OSError) and e.errno):
                raise _not_writable(experiment) from e
            raise
        try:
            files.delete_artifacts(PROBE)
        except Exception as e:  # noqa: BLE001 - a store that deletes nothing can be written all the same
            log.warning("the probe file stays in the artifact location", location=place, file=PROBE, reason=first_line(e))


@contextmanager
def asking(uri: str | None) -> Iterator[MlflowClient]:
    """A client of the server; what it does not answer as it should becomes TrackingUnavailable."""
    if uri is None:
        raise TrackingUnavailable("Tracking is off; set MLFLOW_TRACKING_URI to the address of MLflow.")
    try:
        yield connect(uri)
    except NoriaError:
        raise
    except Exception as e:
        # Errors of jobs go out to clients, so that they name neither hosts nor paths; the worker's log has the cause.
        raise TrackingUnavailable("MLflow does not answer as it should. `noria validate` says more.") from e


def _not_writable(experiment: Experiment) -> Conflict:
    return Conflict(f"The artifact location of the MLflow experiment {experiment.id} cannot be written from here. "
                    f"`noria experiments check {experiment.id}` says more.")


def _name_taken(client: MlflowClient, name: str) -> Conflict:
    found = client.get_experiment_by_name(name)
    deleted = found.lifecycle_stage != "active"
    return Conflict(f"There is an experiment {name!r} already: {found.experiment_id}, with its files in "
                    f"{found.artifact_location}" + (", deleted" if deleted else "") + ".")
