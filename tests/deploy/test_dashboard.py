"""Flower as we serve it: nothing without the password, nothing changed with it."""

import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psutil
import pytest

from deploy.readiness import status_of
from tests.services import Valkey, free_port, wait_until

LOGIN = "Basic " + b64encode(b"admin:a-password-for-tests").decode()


@pytest.fixture(scope="module")
def flower(tmp_path_factory: pytest.TempPathFactory, valkey_server: Valkey) -> Iterator[str]:
    port = free_port()
    environment = {**os.environ, "NORIA_HOME": str(tmp_path_factory.mktemp("home")), "REDIS_URL": valkey_server.url,
                   "FLOWER_PORT": str(port), "FLOWER_PASSWORD": "a-password-for-tests"}
    running = subprocess.Popen([sys.executable, "-m", "deploy.dashboard"], cwd=Path(__file__).parents[2], env=environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: status_of(url) is not None, what="Flower's answer", timeout_s=60)
    yield url
    running.terminate()
    running.wait()


@pytest.mark.parametrize("path", ["/", "/workers", "/tasks", "/broker", "/metrics", "/healthcheck", "/api/workers", "/api/tasks"])
def test_every_page_asks_for_the_password(flower: str, path: str) -> None:
    assert status_of(flower + path) == 401


@pytest.mark.parametrize("path", ["/", "/metrics", "/healthcheck", "/tasks"])
def test_every_page_opens_with_the_password(flower: str, path: str) -> None:
    assert status_of(flower + path, LOGIN) == 200


def test_a_wrong_password_opens_nothing(flower: str) -> None:
    assert status_of(flower, "Basic " + b64encode(b"admin:wrong").decode()) == 401


@pytest.mark.parametrize("path", ["/api/task/send-task/forecasting.train", "/api/worker/shutdown/cpu@here", "/api/task/revoke/x"])
def test_nothing_can_be_started_or_stopped_there(flower: str, path: str) -> None:
    request = Request(flower + path, data=b"{}", headers={"Authorization": LOGIN}, method="POST")

    with pytest.raises(HTTPError) as refused:
        urlopen(request, timeout=5)

    assert refused.value.code in {403, 405}
    refused.value.close()


def test_the_password_stands_in_no_command_line(flower: str) -> None:
    assert flower
    assert not [p for p in psutil.process_iter(["cmdline"]) if any("a-password-for-tests" in word for word in p.info["cmdline"] or ())]
