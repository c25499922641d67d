"""Fixtures that every room's tests share."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import Valkey
from tests.tracking.servers import MlflowServer

os.environ["EXTRA_KINDS"] = "tests.kinds"  # before anything reads the catalog

DATA = Path(os.environ.get("NORIA_TEST_DATA") or Path(__file__).parents[2] / "shared" / "data")


@pytest.fixture(scope="session", autouse=True)
def temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What this process makes for a while lies among pytest's own folders and goes with them: processes of xdist do not tidy up."""
    tempfile.tempdir = str(tmp_path_factory.mktemp("temporary"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data; without it a test is skipped on a developer's machine and fails in CI."""
    if not DATA.is_dir():
        message = f"no test data in {DATA}; set NORIA_TEST_DATA"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    return DATA


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """One real Valkey for the whole session; use `valkey` for an empty one."""
    server = Valkey(tmp_path_factory.mktemp("valkey")).start()
    yield server
    server.stop()


@pytest.fixture
def valkey(valkey_server: Valkey) -> Valkey:
    """The session's Valkey, emptied."""
    valkey_server.client.flushall()
    return valkey_server


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    """One MLflow for the session, on SQLite."""
    server = MlflowServer(tmp_path_factory.mktemp("mlflow")).start()
    yield server
    server.stop()
