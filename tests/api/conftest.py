"""An application on the in-memory job store and a real folder of objects, and real server processes on real Valkey."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api import bodies, kind_routes, openapi
from api.app import create_app
from jobs import catalog
from jobs.record import Job
from jobs.settings import load_settings
from storage.job_store import End
from storage.memory_jobs import MemoryJobStore
from storage.object_store import ObjectStore
from storage.objects import open_store
from tests.api.server import ApiServer
from tests.services import Valkey

KEY = "a-key-for-tests-0123456789"
CACHES = (catalog.kinds, bodies.submission_models, bodies.submission_adapter, openapi.openapi_json, kind_routes._documents)


@dataclass
class Api:
    """An application with what it stands on, for one test."""

    app: Flask
    jobs: MemoryJobStore
    objects: ObjectStore
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    def submit(self, kind: str = "test.noop", **body: Any) -> dict[str, Any]:
        answer = self.client.post("/v1/jobs", json={"kind": kind, **body})
        assert answer.status_code == 202, answer.text
        return answer.json

    def start(self, job_id: str) -> Job:
        job = self.jobs.acquire(job_id, worker="cpu@test", lease_s=30)
        assert job
        return job

    def end(self, job_id: str, state: str = "succeeded", **end: Any) -> Job:
        return self.jobs.move(job_id, self.start(job_id).fence, End(state, **end))


@pytest.fixture(scope="package", autouse=True)
def _test_kinds() -> Iterator[None]:
    """The catalog with the kinds of tests/kinds.py, for this folder only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXTRA_KINDS", "tests.kinds")
        for cache in CACHES:
            cache.cache_clear()
        yield
    for cache in CACHES:
        cache.cache_clear()


@pytest.fixture
def make_api(tmp_path: Path) -> Callable[..., Api]:
    """Makes an application; keyword arguments are environment variables."""
    def make(**environment: str) -> Api:
        settings = load_settings({"NORIA_HOME": str(tmp_path / "home"), "EXTRA_KINDS": "tests.kinds", **environment})
        jobs, objects = MemoryJobStore(), open_store(settings.objects_url)
        return Api(create_app(settings, jobs=jobs, objects=objects), jobs, objects)
    return make


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A Valkey that the test may kill and freeze."""
    valkey = Valkey(tmp_path / "valkey").start()
    yield valkey
    valkey.stop()


@pytest.fixture
def api(make_api: Callable[..., Api]) -> Api:
    return make_api()


@pytest.fixture
def server(tmp_path: Path, valkey: Valkey) -> Iterator[ApiServer]:
    """A running API of two processes on the session's Valkey."""
    running = ApiServer(tmp_path / "server", valkey.url).start()
    yield running
    running.stop()
