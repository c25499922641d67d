"""Object stores for the storage tests: a local folder and a real S3-speaking server."""

import secrets
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from jobs.settings import Settings
from storage.datasets import Datasets
from storage.memory_jobs import MemoryJobStore
from storage.object_store import ObjectStore
from storage.objects import open_store
from tests.services import free_port


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """URL of an empty bucket on a server of its own; the AWS_* variables point there for the whole session."""
    port = free_port()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    endpoint = f"http://127.0.0.1:{port}"
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/noria-test", method="PUT"), timeout=20).close()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
                            "AWS_REGION": "us-east-1"}.items():
            environment.setenv(name, value)
        yield "s3://noria-test"
    server.stop()


@pytest.fixture(params=["local", "s3"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """An empty store of each kind."""
    if request.param == "local":
        return open_store((tmp_path / "objects").as_uri())
    return open_store(f"{request.getfixturevalue('s3_url')}/{secrets.token_hex(6)}")


@pytest.fixture
def local_objects(tmp_path: Path) -> ObjectStore:
    """An empty local store."""
    return open_store((tmp_path / "objects").as_uri())


@pytest.fixture
def index() -> MemoryJobStore:
    """An empty index of documents."""
    return MemoryJobStore()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a home of their own."""
    return Settings(noria_home=tmp_path / "home")


@pytest.fixture
def datasets(local_objects: ObjectStore, index: MemoryJobStore, settings: Settings) -> Datasets:
    """Empty data sets over a local store."""
    return Datasets(local_objects, index, settings)
