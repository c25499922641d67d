"""An API in this process, for the parts of the demo that speak to one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.app import create_app
from jobs.settings import load_settings
from storage.memory_jobs import MemoryJobStore
from storage.objects import open_store
from tests.api.conftest import Api
from tests.api.served import served


@pytest.fixture
def api(tmp_path: Path) -> Api:
    settings = load_settings({"NORIA_HOME": str(tmp_path / "home"), "EXTRA_KINDS": "tests.kinds"})
    jobs, objects = MemoryJobStore(), open_store(settings.objects_url)
    return Api(create_app(settings, jobs=jobs, objects=objects), jobs, objects)


@pytest.fixture
def url(api: Api) -> Iterator[str]:
    with served(api.app) as address:
        yield address
