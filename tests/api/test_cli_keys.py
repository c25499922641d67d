"""Keys made and revoked by the command hold in all processes of a running API, and no log ever holds a secret."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli import cli
from tests.api.conftest import KEY
from tests.api.server import ApiServer, call
from tests.services import Valkey, wait_until


def keys(home: Path, broker: str, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["keys", *arguments], env={"NORIA_HOME": str(home), "REDIS_URL": broker})


def test_a_key_is_shown_once_and_listed_without_it(tmp_path: Path, valkey: Valkey) -> None:
    made = keys(tmp_path, valkey.url, "create", "front-end", "--role", "submit")
    secret = made.stdout.strip()
    listed = keys(tmp_path, valkey.url, "list", "--json")

    assert (made.exit_code, secret[:6]) == (0, "noria_")
    assert secret not in listed.stdout
    assert [(k["name"], k["role"], k["revoked_at"]) for k in json.loads(listed.stdout)] == [("front-end", "submit", None)]
    assert keys(tmp_path, valkey.url, "create", "front-end", "--role", "read").exit_code == 1
    assert keys(tmp_path, valkey.url, "create", "x", "--role", "root").exit_code == 2
    assert keys(tmp_path, valkey.url, "revoke", "nobody").exit_code == 1


def test_a_key_is_made_without_a_broker_too(tmp_path: Path) -> None:
    made = keys(tmp_path, "redis://127.0.0.1:1/0", "create", "a", "--role", "read")

    assert made.exit_code == 0
    assert "takes up to 10 s" in made.stderr


def test_a_key_holds_and_ceases_to_hold_at_once_in_every_process(server: ApiServer, valkey: Valkey) -> None:
    def statuses(secret: str) -> set[int]:
        """What twenty connections are answered, which fall on both processes."""
        return {server.call("GET", "/v1/jobs", X_API_Key=secret).status for _ in range(20)}

    secret = keys(server.home, valkey.url, "create", "a", "--role", "read").stdout.strip()
    wait_until(lambda: statuses("wrong") == {401}, timeout_s=2, what="the API closed")
    assert statuses(secret) == {200}

    assert keys(server.home, valkey.url, "revoke", "a").exit_code == 0

    wait_until(lambda: statuses(secret) == {401}, timeout_s=2, what="the key revoked")


def test_processes_share_the_rate_of_a_key(tmp_path: Path, valkey: Valkey) -> None:
    server = ApiServer(tmp_path / "limited", valkey.url, API_KEYS=KEY, RATE_LIMIT="0.01", RATE_BURST="30").start()
    try:
        answers = [server.call("GET", "/v1/jobs", X_API_Key=KEY).status for _ in range(50)]
    finally:
        server.stop()

    assert answers == [200] * 30 + [429] * 20


@pytest.mark.parametrize("level", ["debug"])
def test_no_log_line_holds_a_planted_secret(tmp_path: Path, valkey: Valkey, level: str) -> None:
    planted = "planted-secret-4711"
    server = ApiServer(tmp_path / "logged", valkey.url, API_KEYS=f"{planted}-admin", LOG_LEVEL=level,
                       MLFLOW_TRACKING_URI=f"http://user:{planted}@127.0.0.1:9").start()
    try:
        key = {"X_API_Key": f"{planted}-admin"}
        document = {"kind": "test.noop", "params": {"password": planted}, "labels": {"token": planted}}
        for headers in (key, {"Authorization": f"Bearer {planted}-wrong"}, {"Cookie": f"noria_key={planted}"}):
            for method, path, body in (("POST", "/v1/jobs", document), ("GET", f"/v1/jobs?label=a:{planted}&key={planted}", None),
                                       ("POST", f"/predict?key={planted}", document), ("GET", "/nowhere?x=" + planted, None)):
                call(server.port, method, path, body, **headers)
    finally:
        server.stop()

    assert "request" in server.log.read_text()
    holding = [path for path in server.home.rglob("*.log") if planted.encode() in path.read_bytes()]
    assert holding == []
