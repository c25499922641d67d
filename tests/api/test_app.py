"""Putting the application together."""

import subprocess
import sys
from pathlib import Path

from api.app import create_app
from jobs.settings import load_settings
from tests.services import free_port

ROOT = Path(__file__).parents[2]


def test_importing_the_application_connects_to_nothing_and_loads_nothing_heavy(tmp_path: Path) -> None:
    heavy = ("pandas", "numpy", "polars", "xgboost", "prophet", "torch", "ultralytics", "mlflow", "celery", "kombu")
    code = (f"import socket, sys\n"
            f"def refuse(*a): raise SystemExit('connected')\n"
            f"socket.socket.connect = refuse\n"
            f"import api.app\napi.app.create_app()\n"
            f"sys.exit(' '.join(m for m in {heavy!r} if m in sys.modules) or 0)")

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={"NORIA_HOME": str(tmp_path), "PATH": ""}, capture_output=True,
                          text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_without_a_broker_every_route_that_needs_it_answers_503(tmp_path: Path) -> None:
    settings = load_settings({"NORIA_HOME": str(tmp_path), "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"})
    client = create_app(settings).test_client()
    job = "0" * 24

    answers = [client.post("/v1/jobs", json={"kind": "test.noop"}), client.get("/v1/jobs"), client.get(f"/v1/jobs/{job}"),
               client.get(f"/v1/jobs/{job}?wait=1"), client.get(f"/v1/jobs/{job}/events"), client.post(f"/v1/jobs/{job}/cancel"),
               client.post(f"/v1/jobs/{job}/retry"), client.get("/v1/datasets"), client.get("/v1/companies"),
               client.get(f"/v1/jobs/{job}/events", headers={"Accept": "text/event-stream"}), client.get(f"/v1/jobs/{job}/artifacts")]

    assert {a.status_code for a in answers} == {503}
    assert {a.json["code"] for a in answers} == {"broker_unavailable"}
    assert all(int(a.headers["Retry-After"]) >= 1 for a in answers)
    assert client.get("/v1/kinds").status_code == 200
