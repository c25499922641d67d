"""The stack's own pieces for rows about jobs that do nothing, and the bare ones beside them; all ends with the block."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.load import Connection, request
from deploy.environment import ROOT
from tests.api.server import ApiServer
from tests.services import Valkey, free_port, wait_until
from tests.workers.conftest import Plant, WorkerProcess

THREADS = "480"  # as the settings have them
NOOP = {"kind": "test.noop", "params": {"value": 7}}
WAITING = {"kind": "test.work", "params": {"seconds": 0}}  # on a queue that nobody works on


@dataclass(frozen=True, slots=True)
class Pieces:
    """A broker with an API before it, and a worker where one was asked for."""

    valkey: Valkey
    api: ApiServer
    plant: Plant
    worker: WorkerProcess | None

    @property
    def broker_pid(self) -> int:
        assert self.valkey.process
        return self.valkey.process.pid

    @property
    def api_pid(self) -> int:
        assert self.api.process
        return self.api.process.pid


@contextmanager
def pieces(queues: str = "", *, slots: int = 1, processes: int = 2, **settings: str) -> Iterator[Pieces]:
    """The pieces in a folder of their own; `queues`: what a worker of `slots` slots listens to, '' for none."""
    with ExitStack() as stopped:
        home = Path(stopped.enter_context(tempfile.TemporaryDirectory()))
        valkey = Valkey(home / "valkey").start()
        stopped.callback(valkey.stop)
        plant = Plant(home, valkey)
        stopped.callback(plant.stop)
        shared = {"MLFLOW_TRACKING_URI": "off", "LEASE_S": "30", "LOG_LEVEL": "info", "RATE_LIMIT": "1000000", **settings}
        worker = plant.start_worker(queues, slots=slots, **shared) if queues else None
        api = ApiServer(home, valkey.url, **{"API_PROCESSES": str(processes), "API_THREADS": THREADS, **shared}).start()
        stopped.callback(api.stop)
        yield Pieces(valkey, api, plant, worker)


@contextmanager
def program(*command: str, **environment: str) -> Iterator[psutil.Process]:
    """A Python program (`-m` what) in the root of the repository, ended with all of its family."""
    beside = os.pathsep.join([str(ROOT), str(ROOT / ".state" / "beside")])
    started = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env={**os.environ, "PYTHONPATH": beside, **environment})
    try:
        yield psutil.Process(started.pid)
    finally:
        gone = psutil.Process(started.pid)
        members = [*gone.children(recursive=True), gone]
        for member in members:
            member.kill()
        started.wait()


@contextmanager
def hello(valkey: Valkey, processes: int = 2) -> Iterator[tuple[psutil.Process, int]]:
    """Hello world in Flask on the API's server with the same processes and threads; gives it and its port."""
    port = free_port()
    size = ("--workers", str(processes), "--blocking-threads", THREADS)
    with program("granian", "--interface", "wsgi", "--factory", *size, "--no-ws", "--port", str(port), "--log-level", "error",
                 "benchmarks.bare:hello", BARE_BROKER=bare_broker(valkey)) as server:
        wait_until(lambda: answers(port), what="hello world")
        yield server, port


def answers(port: int) -> bool:
    """Whether a server takes requests there."""
    try:
        connection = Connection(port)
        connection.ask(request("GET", "/"))
        connection.close()
    except (OSError, ValueError, RuntimeError):
        return False
    return True


def bare_broker(valkey: Valkey) -> str:
    """A database of its own on the same server."""
    return valkey.url.removesuffix("/0") + "/1"
