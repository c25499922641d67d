"""A worker's tracking in small: spool, store, shipper, what the job was told."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from jobs.errors import BrokerUnavailable, NotFound
from jobs.settings import Settings, load_settings
from tests.tracking.servers import MlflowServer
from tracking.environment import prepare_environment
from tracking.runs import RunLog, open_run, spool_folder
from tracking.server import connect
from tracking.shipper import Shipper
from tracking.spool import Spool

prepare_environment()


@dataclass
class Desk:
    """What one worker process has of tracking; `objects` is its object store, `told` what its jobs were told."""

    settings: Settings
    objects: dict[str, bytes] = field(default_factory=dict)
    deaf: bool = False
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    shippers: list[Shipper] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.spool = Spool(spool_folder(self.settings))
        self.shippers.append(Shipper(self.spool, lambda: self.settings, self.fetch, self.tell))

    @property
    def shipper(self) -> Shipper:
        return self.shippers[-1]

    def new_shipper(self) -> Shipper:
        """Another process's shipper over the same spool."""
        self.shippers.append(Shipper(Spool(self.spool.folder), lambda: self.settings, self.fetch, self.tell))
        return self.shipper

    def use(self, uri: str, **changes: Any) -> None:
        self.settings = self.settings.model_copy(update={"mlflow_tracking_uri": uri, **changes})

    def fetch(self, key: str, target: Path) -> Path:
        if key not in self.objects:
            raise NotFound(f"There is no object {key}.")
        target.write_bytes(self.objects[key])
        return target

    def tell(self, job_id: str, told: dict[str, Any]) -> None:
        if self.deaf:
            raise BrokerUnavailable("The broker does not answer.")
        self.told.append((job_id, told))

    def open(self, job_id: str, *, fence: int = 1, **changes: Any) -> RunLog:
        return open_run(self.spool, self.settings, job_id=job_id, fence=fence, kind="forecasting.train", **changes)

    def run_of(self, job_id: str) -> Any:
        """The run of a job in MLflow, which must be exactly one."""
        client = connect(str(self.settings.tracking_uri))
        found = client.search_runs([e.experiment_id for e in client.search_experiments()], f"tags.job_id = '{job_id}'")
        assert len(found) == 1, found
        return found[0]

    def ship(self, job_id: str, timeout_s: float = 60) -> Any:
        """Start the shipper, wait until the job's run has arrived, and give the run."""
        self.shipper.start()
        assert self.shipper.wait(job_id, timeout_s), self.shipper.health()
        return self.run_of(job_id)


@pytest.fixture
def make_desk(tmp_path: Path) -> Iterator[Callable[[str], Desk]]:
    desks: list[Desk] = []

    def make(uri: str) -> Desk:
        home = tmp_path / f"home{len(desks)}"
        desks.append(Desk(load_settings({"NORIA_HOME": str(home), "MLFLOW_TRACKING_URI": uri})))
        return desks[-1]

    yield make
    for desk in desks:
        for shipper in desk.shippers:
            shipper.stop(15)


@pytest.fixture
def desk(make_desk: Callable[[str], Desk], mlflow_server: MlflowServer) -> Desk:
    return make_desk(mlflow_server.uri)


@pytest.fixture
def job_id() -> str:
    return f"job-{time.time_ns()}"
