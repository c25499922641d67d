"""What MLflow finds in the environment."""

import subprocess
import sys

from tests.services import free_port


def test_a_call_to_an_absent_server_fails_at_once_in_a_prepared_process() -> None:
    # given a process prepared for MLflow, in which somebody had asked for many tries
    script = f"""
import os, time
os.environ.update(MLFLOW_HTTP_REQUEST_MAX_RETRIES="7", MLFLOW_RUN_ID="stale")
from tracking.environment import prepare_environment
prepare_environment()
from tracking.server import connect
client, began = connect("http://127.0.0.1:{free_port()}"), time.monotonic()
try:
    client.get_experiment("1")
except Exception:
    assert time.monotonic() - began < 2 and "MLFLOW_RUN_ID" not in os.environ
    print("failed at once")
"""
    # when it calls
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    # then
    assert out.stdout == "failed at once\n", out.stderr


def test_availability_is_told_without_importing_mlflow() -> None:
    script = "import sys; from tracking.environment import mlflow_available as a; print(a(), 'mlflow' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout == "True False\n"
