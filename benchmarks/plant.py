"""The stack's own pieces, for a benchmark: Valkey, one API process, a gpu worker and a fast one, in a folder of their own."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from api.client import Client
from deploy.environment import ROOT
from deploy.wheel import fetch_member
from tests.api.server import ApiServer
from tests.services import Valkey, free_port
from tests.workers.conftest import Plant
from workers.services import Services

SLOTS = 2  # of each worker, so that a job has half of the cores and two have no more than there are
CACHE = ROOT / "var" / "cache"
TAU_WHEEL, TAU_MEMBER = "tau-fibrils-yolo==0.2.0", "tau_fibrils_yolo/model/100ep.pt"  # AGPL-3.0; for development, never shipped
TAU = Path(TAU_MEMBER).name


@contextmanager
def plant() -> Iterator[tuple[Client, Services]]:
    """A client of the pieces, and their stores.

    They have the weights of tau-fibrils-yolo in their WEIGHTS_DIR; MLflow is configured, and away.
    """
    weights = fetch_member(TAU_WHEEL, TAU_MEMBER, CACHE).parent
    with ExitStack() as stopped:
        home = Path(stopped.enter_context(tempfile.TemporaryDirectory()))
        valkey = Valkey(home / "valkey").start()
        stopped.callback(valkey.stop)
        settings = {"LEASE_S": "30", "WEIGHTS_DIR": str(weights), "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{free_port()}",
                    "DEVICE": "cpu", "API_PROCESSES": "1"}
        api = ApiServer(home, valkey.url, **settings).start()
        stopped.callback(api.stop)
        workers = Plant(home, valkey)
        for queue in ("gpu", "gpu.fast"):
            worker = workers.start_worker(queue, slots=SLOTS, OMP_WAIT_POLICY="PASSIVE", **settings)
            stopped.callback(worker.stop)
        yield Client(f"http://127.0.0.1:{api.port}"), workers.services


def work(client: Client, kind: str, params: dict) -> dict:
    """Carry a job out and give its document. Raises RuntimeError unless it succeeded."""
    job = client.wait(client.submit(kind, params)["id"])
    if job["state"] != "succeeded":
        raise RuntimeError(f"{kind} {job['state']}: {job['error']}")
    return job
