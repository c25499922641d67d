"""Experiments: the configured one, made where it is absent, and the exact one that must be there."""

from dataclasses import dataclass

from jobs.errors import Conflict, NotFound, TrackingUnavailable
from tracking.server import connect, error_code, first_line, is_final

try:
    from mlflow import MlflowClient
except ImportError:  # MLflow is optional
    MlflowClient = None


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment of MLflow. `artifact_location`: where the files of its runs go."""

    id: str
    name: str
    artifact_location: str


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


def experiment_with_id(client: MlflowClient, experiment_id: str) -> Experiment:
    """The experiment with exactly this id; nothing is created.

    Raises NotFound with what to do, Conflict if it is deleted, MlflowException if the server does not answer.
    """
    try:
        found = client.get_experiment(experiment_id)
    except Exception as e:
        if not is_final(e):
            raise
        raise NotFound(
            f"There is no MLflow experiment {experiment_id}. Create one with `mlflow experiments create --experiment-name NAME "
            "--artifact-location mlflow-artifacts:/NAME`, and use the id that it prints.") from None
    if found.lifecycle_stage != "active":
        raise Conflict(f"The MLflow experiment {experiment_id} is deleted; restore it with "
                       f"`mlflow experiments restore --experiment-id {experiment_id}`.")
    return Experiment(str(found.experiment_id), found.name, found.artifact_location)


def require_experiment(uri: str | None, experiment_id: str, *, artifact_location: str | None = None) -> Experiment:
    """The experiment with exactly this id, asked of the server now; for a job that cannot do without it.

    Takes at most some 10 s. Raises TrackingUnavailable (retryable) if MLflow is off, away or refuses; NotFound; Conflict if
    the experiment is deleted, or keeps its files elsewhere than `artifact_location`.
    """
    if uri is None:
        raise TrackingUnavailable("Tracking is off; set MLFLOW_TRACKING_URI to the address of MLflow.")
    try:
        found = experiment_with_id(connect(uri), experiment_id)
    except (NotFound, Conflict, TrackingUnavailable):
        raise
    except Exception as e:
        raise TrackingUnavailable(f"MLflow at {uri} does not answer as it should: {first_line(e)}") from e
    if artifact_location is not None and found.artifact_location.rstrip("/") != artifact_location.rstrip("/"):
        raise Conflict(f"The MLflow experiment {experiment_id} keeps its files in {found.artifact_location}, not in "
                       f"{artifact_location} as expected.")
    return found
