"""`python -m deploy.retrain_experiment`: the experiment that retrains land in, for a stack that has an MLflow of its own.

A process apart, since it imports MLflow. It creates the experiment once, with an explicit artifact location, and pins its id
in settings.env; where a pin stands already, there or in the environment, it does nothing. Nothing else ever creates one.
"""

import sys

from deploy.environment import lacks_retrain_experiment
from jobs.errors import NoriaError
from jobs.settings import Settings, load_settings, write_setting
from tracking.environment import prepare_environment
from tracking.experiments import create_experiment, find_experiment

NAME = "noria_retraining"
LOCATION = f"mlflow-artifacts:/{NAME}"
PIN = "RETRAIN_EXPERIMENT_ID"


def pin(settings: Settings) -> str:
    """Have the experiment and its pin; gives a sentence that says what was done. Raises Conflict, TrackingUnavailable."""
    found = find_experiment(settings.tracking_uri, NAME)
    made = found or create_experiment(settings.tracking_uri, NAME, LOCATION)
    write_setting(settings.home, PIN, made.id)
    done = "was there and" if found else f"was created, with its files in {made.artifact_location}, and"
    return (f"Retrains land in the MLflow experiment {made.id}, {made.name!r}, which {done} is pinned in "
            f"{settings.home / 'settings.env'}.")


def main() -> int:
    """Pin it if it is wanted, and say so; gives the exit code."""
    prepare_environment()
    settings = load_settings()
    if not lacks_retrain_experiment(settings):
        return 0
    try:
        print(pin(settings))
    except NoriaError as e:
        print(f"Retrains have no experiment to land in yet. {e.message}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
