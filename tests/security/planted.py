"""A whole stack whose settings hold secrets that are easy to find again, and the places where they must not be."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import redis

from api.client import Client
from deploy import processes
from deploy.environment import ROOT
from deploy.readiness import login
from jobs.address import api_url
from jobs.settings import Settings, load_settings
from tests.chaos.s3 import FaultyS3
from tests.services import Valkey, free_port
from tests.workers.receiver import Receiver

PLANTED = {
    "API key": "planted-api-key-4f1c9a7be2", "S3 secret": "plantedS3secret7d20b16c9e", "MLflow password": "planted-mlflow-pw-83ae51d0c7",
    "callback secret": "cGxhbnRlZC1jYWxsYmFjay1zZWNyZXQtOWI0", "Flower password": "planted-flower-pw-0e6f2b9d14",
    "Redis password": "planted-redis-pw-5c7e90ab31", "wrong key": "planted-wrong-key-1a2b3c4d5e"}


class PlantedStack:
    """The stack in `home`, on an S3 server and a broker with a password, with MLflow, Flower and a receiver of callbacks."""

    def __init__(self, home: Path) -> None:
        self.home, self.s3, self.receiver = home, FaultyS3(), Receiver().start()
        self.broker = Valkey(home.with_name("broker")).start()
        self.broker.client.config_set("requirepass", PLANTED["Redis password"])
        mlflow = free_port()
        chosen = {
            "NORIA_HOME": str(home), "API_PORT": str(free_port()), "LEASE_S": "2",
            "REDIS_URL": f"redis://:{PLANTED['Redis password']}@127.0.0.1:{self.broker.port}/0",
            "FLOWER_PORT": str(free_port()), "FLOWER_PASSWORD": PLANTED["Flower password"], "MLFLOW_PORT": str(mlflow), "LOG_LEVEL": "debug",
            "MLFLOW_TRACKING_URI": f"http://noria:{PLANTED['MLflow password']}@127.0.0.1:{mlflow}", "API_KEYS": PLANTED["API key"],
            "EXTRA_KINDS": "tests.kinds", "STORAGE_URL": self.s3.url, "CALLBACK_SECRET": f"whsec_{PLANTED['callback secret']}",
            "CALLBACK_HOSTS": f"http://127.0.0.1:{self.receiver.port}", "CALLBACK_PRIVATE": "1", "API_PROCESSES": "1", "CPU_SLOTS": "1",
            **self.s3.environ, "AWS_SECRET_ACCESS_KEY": PLANTED["S3 secret"]}
        self.environment = {**os.environ, **chosen}
        self.settings: Settings = load_settings(chosen)
        self.client = Client(api_url(self.settings), key=PLANTED["API key"])
        self.said = ""

    def call(self, word: str) -> None:
        done = subprocess.run([sys.executable, "-m", "deploy.stack", word], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        self.said += done.stdout + done.stderr
        assert word == "down" or done.returncode == 0, self.said

    def stop(self) -> None:
        self.call("down")
        self.broker.stop()
        self.s3.stop()
        self.receiver.stop()

    def look(self, url: str, **headers: str) -> str:
        """What a page says, whatever its status."""
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
                return str(answer.read().decode("utf-8", "replace"))
        except urllib.error.HTTPError as e:
            return e.read().decode("utf-8", "replace")

    def pages(self) -> Iterator[tuple[str, bytes]]:
        """What Flower and the API show to who may look."""
        flower, authorization = f"http://127.0.0.1:{self.settings.flower_port}", login(self.settings)
        for path in ("/api/workers?refresh=1", "/api/tasks", "/workers", "/broker", "/metrics"):
            yield f"Flower {path}", self.look(f"{flower}{path}", Authorization=authorization).encode()
        for path in ("/v1/jobs", "/metrics", "/readyz", "/openapi.json", "/v1/kinds"):
            yield f"API {path}", self.look(f"{api_url(self.settings)}{path}", Authorization=f"Bearer {PLANTED['API key']}").encode()

    def traces(self) -> Iterator[tuple[str, bytes]]:
        """What is left in files (logs, spool, MLflow's runs, the broker's log of commands), in Redis, and in the arguments of processes."""
        for path in sorted(self.home.rglob("*")):
            if path.is_file():
                yield str(path.relative_to(self.home)), path.read_bytes()
        with redis.Redis.from_url(self.settings.broker_url) as broker:
            for key in broker.scan_iter():
                yield f"Redis {key!r}", key + (broker.dump(key) or b"")
        for process in processes.members(self.home):
            yield f"arguments of process {process.pid}", "\0".join(process.cmdline()).encode()


def leaks(traces: Iterator[tuple[str, bytes]]) -> list[str]:
    """Where a planted secret stands: as it is, or as Base64 or a URL would write it (none of them differs there)."""
    return [f"{what} in {where}" for where, content in traces for what, secret in PLANTED.items() if secret.encode() in content]
