"""A whole stack of one machine under supervisor, as `make up` starts it, with short leases and disks that can be filled."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import redis

from deploy import processes
from deploy.environment import ROOT
from deploy.readiness import parts
from jobs.address import api_url
from jobs.settings import Settings, load_settings
from tests.chaos.ledger import Ledger
from tests.chaos.s3 import FaultyS3
from tests.services import free_port, wait_until

LEASE_S = 2.0
LANES = ("cpu", "gpu", "fast")
OBJECTS_MB, SPOOL_MB = 256, 64


class ChaosStack:
    """The stack in `home`. `s3`: keep objects on an S3 server instead of the disk."""

    def __init__(self, home: Path, *, s3: bool) -> None:
        self.home, self.s3 = home, FaultyS3() if s3 else None
        self.ledger = Ledger(home.with_suffix(".ledger"))
        chosen = {"NORIA_HOME": str(home), "API_PORT": str(free_port()), "REDIS_PORT": str(free_port()), "FLOWER_PORT": "",
                  "MLFLOW_PORT": str(free_port()), "MLFLOW_TRACKING_URI": "", "REDIS_URL": "", "EXTRA_KINDS": "tests.chaos.kinds",
                  "LEASE_S": str(LEASE_S), "API_PROCESSES": "2", "CPU_SLOTS": "2", "STORAGE_URL": "", "RETRAIN_THRESHOLD": "5"}
        if self.s3:
            os.environ.update(self.s3.environ)  # the checks look into the bucket too
            chosen |= {"STORAGE_URL": self.s3.url, **self.s3.environ}
        self.environment = {**os.environ, **chosen, "PYTHONPATH": str(ROOT)}
        self.settings: Settings = load_settings(chosen)
        self.api = api_url(self.settings)
        self.redis = redis.Redis.from_url(self.settings.broker_url, socket_timeout=10, decode_responses=True)
        self.mounts = [path for path, megabytes in ((home / "objects", OBJECTS_MB), (home / "spool", SPOOL_MB))
                       if not (s3 and path.name == "objects") and _mount(path, megabytes)]

    def start(self) -> None:
        done = subprocess.run([sys.executable, "-m", "deploy.stack", "up"], cwd=ROOT, env=self.environment, capture_output=True,
                              text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def stop(self) -> list[psutil.Process]:
        """Stop it as `make down` does; gives the processes that are left. What the test itself mounted and started goes too."""
        subprocess.run([sys.executable, "-m", "deploy.stack", "down"], cwd=ROOT, env=self.environment, capture_output=True, check=False)
        left = self.members()
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.redis.close()
        if self.s3:
            self.s3.stop()
        return left

    def keep(self) -> None:
        """Have what is on the disks in plain folders instead, for somebody to look at."""
        for path in self.mounts:
            copy = path.with_name(f"{path.name}.copy")
            shutil.copytree(path, copy)
            _unmount(path)
            path.rmdir()
            copy.rename(path)

    def clear(self) -> None:
        """Take the disks away, and what is on them."""
        for path in self.mounts:
            _unmount(path)
        shutil.rmtree(self.home, ignore_errors=True)
        self.ledger.path.unlink(missing_ok=True)

    def members(self) -> list[psutil.Process]:
        return processes.members(self.home)

    def program(self, *names: str) -> list[psutil.Process]:
        """The processes of programs of supervisord.conf, the oldest of each first."""
        found = [p for p in self.members() if _program(p) in names]
        return sorted(found, key=lambda p: (_program(p), _created(p)))

    def leader(self, name: str) -> psutil.Process | None:
        """The process that supervisor started for a program."""
        return next(iter(self.program(name)), None)

    def slots(self) -> list[psutil.Process]:
        """The processes in which jobs run."""
        found: list[psutil.Process] = []
        for lane in LANES:
            main = self.leader(lane)
            with suppress(psutil.NoSuchProcess):
                found += main.children() if main else []
        return found

    def thaw(self) -> None:
        for process in self.members():
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)

    def wait_until_ready(self, timeout_s: float) -> None:
        wanted = parts(self.settings)
        wait_until(lambda: not [part for part in wanted if part.missing()], timeout_s=timeout_s, what=f"the stack in {self.home} being ready")


def _mount(path: Path, megabytes: int) -> bool:
    """Give the folder a disk of its own, in memory; False where that is not allowed."""
    path.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(path)], capture_output=True, check=False)
    return done.returncode == 0


def _unmount(path: Path) -> None:
    subprocess.run(["umount", str(path)], check=False)


def _program(process: psutil.Process) -> str:
    return processes.program(process)


def _created(process: psutil.Process) -> float:
    try:
        return process.create_time()
    except psutil.NoSuchProcess:
        return time.time()
