"""What MLflow, a library that reads the environment by itself, has to find there; and whether it is installed."""

import importlib.util
import os

REQUEST_TIMEOUT_S = 10
PROBE_TIMEOUT_S = 2.0

_ENVIRONMENT = {
    # With MLflow's own defaults one call to a server that is away blocks for 4 to 20 minutes.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": str(REQUEST_TIMEOUT_S),
    # Its background logging loses data and hangs the exit; the spool is ours.
    "MLFLOW_ENABLE_ASYNC_LOGGING": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "GIT_PYTHON_REFRESH": "quiet",
}


def prepare_environment() -> None:
    """Set what MLflow reads, for this process and its children; call it once, as a worker process starts."""
    os.environ.update(_ENVIRONMENT)
    for leak in ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME"):
        os.environ.pop(leak, None)


def mlflow_available() -> bool:
    """Whether MLflow is installed; does not import it."""
    return importlib.util.find_spec("mlflow") is not None
