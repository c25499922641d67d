"""Where uploads are kept while they arrive."""

import os
import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest

from api.spool import remove_stale, spool_folder
from tests.api.conftest import Api
from tests.api.server import ApiServer, multipart
from tests.services import Valkey, wait_until


def test_an_upload_stands_in_the_spool_while_it_is_handled_and_not_after(api: Api) -> None:
    seen: list[tuple[Path, int]] = []

    @api.app.post("/look")
    def look() -> str:
        from flask import request
        request.max_content_length = 10 << 20
        path = Path(request.files["file"].stream.name)
        seen.append((path, path.stat().st_size))
        return ""

    body, content_type = multipart(b"x" * (2 << 20))
    api.client.post("/look", data=body, content_type=content_type)

    (path, size), = seen
    assert (path.parent, size) == (api.app.config["SPOOL_FOLDER"], 2 << 20)
    assert not path.exists()


def test_only_what_was_left_a_day_ago_is_removed(tmp_path: Path) -> None:
    folder = spool_folder(tmp_path)
    folder.mkdir()
    for name in ("upload-old", "upload-new", "other-old"):
        (folder / name).write_bytes(b"")
    for name in ("upload-old", "other-old"):
        os.utime(folder / name, (time.time() - 90_000,) * 2)

    remove_stale(tmp_path)

    assert {p.name for p in folder.iterdir()} == {"upload-new", "other-old"}


def test_a_form_with_too_many_parts_is_refused(api: Api) -> None:
    body, content_type = multipart(b"x", **{f"f{n}": "" for n in range(30)})

    assert api.client.post("/v1/datasets", data=body, content_type=content_type).status_code == 413


def test_bodies_that_never_come_keep_nobody_from_asking(tmp_path: Path, valkey: Valkey) -> None:
    # given as many clients as there are threads, each of which keeps back the rest of its body
    server = ApiServer(tmp_path / "server", valkey.url, API_THREADS="16").start()
    stalled = []
    for _ in range(32):
        client = socket.create_connection(("127.0.0.1", server.port))
        client.sendall(b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
        stalled.append(client)
    time.sleep(1)

    # when others ask
    looks = [server.call("GET", "/v1/jobs", timeout=5).status for _ in range(20)]

    # then they are answered, and when the slow ones are gone all is as before
    for client in stalled:
        client.close()
    wait_until(lambda: server.call("POST", "/v1/jobs", {"kind": "test.noop"}).status == 202, what="places for bodies free again")
    server.stop()
    assert looks == [200] * 20


def test_headers_addresses_and_bodies_of_unknown_length_have_bounds(server: ApiServer) -> None:
    def status(request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
            with suppress(OSError):  # answered, and closed, before all was sent
                client.sendall(request)
            return client.recv(64).split(b" ")[1]

    head = b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    chunks = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"
    deep = b'{"kind": "test.noop", "params": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"

    assert status(head + b"X-A: " + b"a" * 900_000 + b"\r\n\r\n") == b"431"
    assert status(head + b"".join(b"X-%d: a\r\n" % n for n in range(500)) + b"\r\n") == b"431"
    assert status(b"GET /v1/jobs?a=" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n") == b"414"
    assert status(head + b"Content-Length: %d\r\n\r\n" % len(deep) + deep) == b"422"
    assert status(head + b"Content-Length: 9000000\r\n\r\n{") == b"413"
    assert status(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks * 9 + b"0\r\n\r\n") == b"413"
    job = b'15\r\n{"kind": "test.noop"}\r\n'
    rest = b"7fffeb\r\n" + b" " * ((8 << 20) - 21) + b"\r\n"
    assert status(head + b"Transfer-Encoding: chunked\r\n\r\n" + job + rest + b"0\r\n\r\n") == b"202"  # just within the bound
    assert status(head + b"Transfer-Encoding: chunked\r\n\r\n" + job + rest + b"1\r\n!\r\n0\r\n\r\n") == b"413"  # its start alone would be valid


def test_a_form_of_many_parts_is_refused(api: Api) -> None:
    body, content_type = multipart(b"x", **{f"field{n}": "v" for n in range(30)})

    assert api.client.post("/v1/datasets", data=body, content_type=content_type).status_code == 413


@pytest.mark.parametrize("path", ["/v1/datasets", "/v1/images", "/forecasts/shop/data"])
def test_where_nothing_can_be_kept_while_it_arrives_every_upload_is_told_so(api: Api, path: str) -> None:
    api.app.config["SPOOL_FOLDER"].write_bytes(b"a file where the folder has to be")
    body, content_type = multipart(b"x", type="sales")

    answer = api.client.post(path, data=body, content_type=content_type, headers={"Sec-Fetch-Site": "same-origin"})

    assert (answer.status_code, answer.json["detail"]) == (503, "There is no room to keep the upload while it arrives.")
