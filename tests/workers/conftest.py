"""Real Celery workers on a real Valkey, with short leases."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from jobs.catalog import find_kind
from jobs.record import Job, new_job_id
from jobs.settings import Settings, load_settings
from storage.job_store import NewJob
from storage.redis_jobs import RedisJobStore
from tests.services import Valkey, wait_until
from workers.services import Services, make_services

LEASE_S = 1.5


class WorkerProcess:
    """A `celery worker` with its pool, to be signalled as a person or the kernel would."""

    def __init__(self, environ: dict[str, str], log: Path, queues: str, name: str, slots: int, app: str) -> None:
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", app, "worker", "-Q", queues, "-n", f"{name}@%h",
                 "-c", str(slots), "--without-gossip", "--without-mingle"],
                env=environ, stdout=out, stderr=out, start_new_session=True)

    def child_running(self, job: Job) -> psutil.Process:
        """The pool process of this worker (it has one slot)."""
        del job
        return psutil.Process(self.process.pid).children()[0]

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        """Take the whole worker down at once, as the kernel's out-of-memory killer or a power cut would."""
        family = [*psutil.Process(self.process.pid).children(recursive=True), psutil.Process(self.process.pid)]
        for member in family:
            member.kill()
        self.process.wait()
        psutil.wait_procs(family, timeout=5)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.kill()


class Plant:
    """A broker, a home, and as many workers as a test starts."""

    def __init__(self, home: Path, valkey: Valkey) -> None:
        self.home, self.valkey = home, valkey
        self.environ = {
            "NORIA_HOME": str(home), "REDIS_URL": valkey.url, "MLFLOW_TRACKING_URI": "off", "EXTRA_KINDS": "tests.kinds",
            "LEASE_S": str(LEASE_S), "LOG_LEVEL": "info",
        }
        self.settings: Settings = load_settings(self.environ)
        self.jobs = RedisJobStore(valkey.url)
        self.services: Services = make_services(self.settings, self.jobs)
        self.workers: list[WorkerProcess] = []

    def start_worker(self, queues: str = "cpu,cpu.fast", *, slots: int = 1, app: str = "workers.app",
                     **environ: str) -> WorkerProcess:
        name = f"w{len(self.workers)}"
        full = {**os.environ, "REMAP_SIGTERM": "SIGQUIT", "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", **self.environ, **environ}
        worker = WorkerProcess(full, self.home / f"{name}.log", queues, name, slots, app)
        self.workers.append(worker)
        wait_until(lambda: any(w.startswith(f"{name}@") for w in self.jobs.workers()), timeout_s=60, what=f"{name} being ready")
        return worker

    def submit(self, kind: str = "test.work", **params: Any) -> str:
        found = find_kind(kind)
        new = NewJob(new_job_id(), kind, found.queue, found.params(**params).model_dump(mode="json"), found.max_attempts, {})
        return self.jobs.submit(new, idempotency_s=86_400, queue_limit=100_000).job.id

    def wait_for(self, job_id: str, *states: str, timeout_s: float = 30) -> Job:
        wait_until(lambda: self.jobs.get(job_id).state in states, timeout_s=timeout_s, what=f"the job being {states}")
        return self.jobs.get(job_id)

    def wait_for_end(self, job_id: str, timeout_s: float = 30) -> Job:
        return self.wait_for(job_id, "succeeded", "failed", "canceled", timeout_s=timeout_s)

    def wait_for_progress(self, job_id: str) -> Job:
        wait_until(lambda: self.jobs.get(job_id).progress is not None, what="progress")
        return self.jobs.get(job_id)

    def stop(self) -> None:
        for worker in self.workers:
            worker.stop()
        self.jobs.close()


@pytest.fixture
def make_plant(tmp_path: Path) -> Iterator[Callable[[], Plant]]:
    """Plants with a broker of their own, which a test may kill and freeze."""
    made: list[tuple[Plant, Valkey]] = []

    def make() -> Plant:
        valkey = Valkey(tmp_path / f"valkey{len(made)}").start()
        home = tmp_path / f"home{len(made)}"
        home.mkdir()
        made.append((Plant(home, valkey), valkey))
        return made[-1][0]

    yield make
    for plant, valkey in made:
        plant.stop()
        valkey.stop()


@pytest.fixture
def plant(make_plant: Callable[[], Plant]) -> Plant:
    """One plant without workers yet."""
    return make_plant()


