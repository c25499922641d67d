"""The launcher: what it refuses, and how its processes stand many clients, a broker that is gone, and their own end."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.serve import require_free_port, require_keys
from jobs.errors import InputError
from jobs.settings import load_settings
from storage import names
from storage.objects import open_store
from storage.redis_jobs import RedisJobStore
from tests.api.conftest import KEY
from tests.api.server import ROOT, Answer, ApiServer, call, multipart, read_all, waiting_client
from tests.services import Valkey, free_port, wait_until

NOOP = {"kind": "test.noop"}
STREAM = {"Accept": "text/event-stream"}


def processes_of(server: ApiServer) -> list[int]:
    return server.processes


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_other_machines_are_not_served_without_a_key_seeded_or_kept(tmp_path: Path) -> None:
    settings = load_settings({"NORIA_HOME": str(tmp_path), "API_HOST": "0.0.0.0"})

    with pytest.raises(InputError, match="API_KEYS"):
        require_keys(settings)
    require_keys(load_settings({"NORIA_HOME": str(tmp_path), "API_HOST": "0.0.0.0", "API_KEYS": KEY}))
    require_keys(load_settings({"NORIA_HOME": str(tmp_path)}))
    open_store(settings.objects_url).put_json(names.key("ab" * 32), {"sha256": "ab" * 32})
    require_keys(settings)


@pytest.mark.parametrize("change", [{"API_HOST": "0.0.0.0"}, {"API_PORT": "99999"}, {"API_PORT": "taken"}], ids=str)
def test_settings_that_cannot_be_served_are_told_in_one_line(tmp_path: Path, change: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        change = {k: str(taken.getsockname()[1]) if v == "taken" else v for k, v in change.items()}

        done = subprocess.run([sys.executable, "-m", "api.serve"], cwd=ROOT, capture_output=True, text=True, timeout=20, check=False,
                              env={**os.environ, "NORIA_HOME": str(tmp_path), "API_PORT": str(free_port()), **change})

    assert done.returncode == 2
    assert done.stderr.startswith("The API does not start: ")
    assert next(iter(change)) in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_second_api_does_not_share_the_port_of_the_first(server: ApiServer) -> None:
    with pytest.raises(InputError, match=f"Port {server.port} .* is taken"):
        require_free_port("127.0.0.1", server.port)


def test_a_hundred_submits_at_once_with_one_key_make_one_job(server: ApiServer, valkey: Valkey) -> None:
    def submit(_: int) -> Answer:
        return server.call("POST", "/v1/jobs", NOOP, Idempotency_Key="one")

    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(submit, range(100)))

    assert {a.status for a in answers} == {202}
    assert len({a.json["id"] for a in answers}) == 1
    assert sum(a.headers["Idempotent-Replayed"] == "true" for a in answers) == 99
    assert valkey.client.llen("cpu.fast") == 1


def test_waiting_clients_do_not_starve_submits_and_polls(server: ApiServer, valkey: Valkey) -> None:
    # given 60 streams and 60 long polls
    job = server.call("POST", "/v1/jobs", NOOP).json["id"]
    clients = [waiting_client(server.port, f"/v1/jobs/{job}/events", **STREAM) for _ in range(60)]
    clients += [waiting_client(server.port, f"/v1/jobs/{job}?wait=60") for _ in range(60)]
    wait_until(lambda: "noria_http_waiters 120.0" in server.call("GET", "/metrics").body.decode(), what="120 clients waiting")

    # when others submit and poll
    def timed(_: int) -> float:
        start = time.monotonic()
        other = server.call("POST", "/v1/jobs", NOOP)
        assert (other.status, server.call("GET", f"/v1/jobs/{other.json['id']}").status) == (202, 200)
        return time.monotonic() - start
    times = [timed(n) for n in range(100)]

    # then they are served at once, and the end of the job reaches every waiting client
    assert statistics.median(times) < 0.1
    assert max(times) < 2
    store = RedisJobStore(valkey.url)
    store.request_cancel(job)
    received = [read_all(c) for c in clients]
    assert all(b'"state":"canceled"' in r for r in received)
    assert all(r.endswith(b"0\r\n\r\n") for r in received[:60])


def test_an_event_reaches_a_stream_within_moments(server: ApiServer, valkey: Valkey) -> None:
    store = RedisJobStore(valkey.url)
    job = server.call("POST", "/v1/jobs", NOOP).json["id"]
    fence = store.acquire(job, worker="w", lease_s=30).fence
    client = waiting_client(server.port, f"/v1/jobs/{job}/events", **STREAM)
    seen = b""
    while b'"running"' not in seen:
        seen += client.recv(65536)
    delays = []
    for n in range(20):
        start = time.monotonic()
        store.publish(job, fence, [("metric", {"name": "m", "value": 1.0, "step": n})])
        while f'"step":{n}}}'.encode() not in seen:
            seen += client.recv(65536)
        delays.append(time.monotonic() - start)

    assert statistics.median(delays) < 0.1
    client.close()


@pytest.mark.parametrize("trouble", ["stopped", "frozen"])
def test_without_the_broker_a_submit_is_answered_503_and_can_be_sent_again(tmp_path: Path, own_valkey: Valkey, trouble: str) -> None:
    server = ApiServer(tmp_path / "server", own_valkey.url).start()
    try:
        server.call("POST", "/v1/jobs", NOOP)
        time.sleep(1.2)  # the append-only file is written once a second
        own_valkey.freeze() if trouble == "frozen" else own_valkey.kill()
        start = time.monotonic()
        answer = server.call("POST", "/v1/jobs", NOOP, Idempotency_Key="again")
        took = time.monotonic() - start

        assert (answer.status, answer.json["code"]) == (503, "broker_unavailable")
        assert took < 2
        assert int(answer.headers["Retry-After"]) >= 1
        assert server.call("GET", "/healthz").status == 200

        own_valkey.thaw() if trouble == "frozen" else own_valkey.start()
        wait_until(lambda: server.call("GET", "/readyz").status == 200, what="the API being ready again")
        again = [server.call("POST", "/v1/jobs", NOOP, Idempotency_Key="again") for _ in range(3)]
        assert {a.status for a in again} == {202}
        assert len({a.json["id"] for a in again}) == 1
        assert len(server.call("GET", "/v1/jobs").json["jobs"]) == 2
    finally:
        server.stop()


def test_a_stream_survives_the_broker_and_loses_nothing(tmp_path: Path, own_valkey: Valkey) -> None:
    server = ApiServer(tmp_path / "server", own_valkey.url).start()
    try:
        job = server.call("POST", "/v1/jobs", NOOP).json["id"]
        stream = waiting_client(server.port, f"/v1/jobs/{job}/events", **STREAM)
        poll = waiting_client(server.port, f"/v1/jobs/{job}?wait=60")
        time.sleep(1.2)  # the append-only file is written once a second
        own_valkey.kill()
        time.sleep(1)
        own_valkey.start()
        RedisJobStore(own_valkey.url).request_cancel(job)

        told = read_all(stream).decode()
        assert re.findall(r'"state":"(\w+)"', told) == ["queued", "canceled"]
        assert b'"state":"canceled"' in read_all(poll)
    finally:
        server.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda n: n.name)
def test_streams_and_polls_end_in_order_when_the_server_ends(server: ApiServer, number: int) -> None:
    # given open streams and long polls
    job = server.call("POST", "/v1/jobs", NOOP).json["id"]
    streams = [waiting_client(server.port, f"/v1/jobs/{job}/events", **STREAM) for _ in range(20)]
    polls = [waiting_client(server.port, f"/v1/jobs/{job}?wait=60") for _ in range(20)]
    wait_until(lambda: "noria_http_waiters 40.0" in server.call("GET", "/metrics").body.decode(), what="40 clients waiting")
    processes = processes_of(server)

    # when
    start = time.monotonic()
    code = server.stop(number)

    # then each gets a whole answer, and nothing stays behind, not even where the launcher was killed
    assert all(read_all(s).endswith(b"0\r\n\r\n") for s in streams)
    assert all(json.loads(read_all(p).partition(b"\r\n\r\n")[2])["state"] == "queued" for p in polls)
    wait_until(lambda: not any(alive(p) for p in processes), timeout_s=20, what="every process ending")
    assert time.monotonic() - start < 20  # about one where nothing else runs
    assert code == (0 if number == signal.SIGTERM else -number)


def test_a_process_that_was_killed_is_started_again(server: ApiServer) -> None:
    first = processes_of(server)
    os.kill(first[0], signal.SIGKILL)

    wait_until(lambda: len(set(processes_of(server)) - {first[0]}) == 2, what="another process in its place")

    wait_until(server.answers, what="the API answering")


def test_an_upload_never_shows_in_the_memory_of_the_process(server: ApiServer) -> None:
    # given
    body, content_type = multipart(b"x" * (120 << 20), "one-line.csv", type="sales")
    peaks: list[int] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            peaks.append(max(int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{p}/status").read_text())[1]) for p in processes_of(server)))
    watcher = threading.Thread(target=watch)
    watcher.start()

    # when
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as s:
        s.sendall(f"POST /v1/datasets HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {content_type}\r\n"
                  f"Content-Length: {len(body)}\r\n\r\n".encode())
        s.sendall(body)
        answer = b""
        while piece := s.recv(65536):
            answer += piece
    done.set()
    watcher.join()

    # then
    assert answer.startswith(b"HTTP/1.1 422")
    assert max(peaks) < 150 * 1024
    assert list((server.home / "tmp").glob("*")) == []


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_an_upload_over_the_limit_is_answered_413(tmp_path: Path, valkey: Valkey, chunked: bool) -> None:
    server = ApiServer(tmp_path / "server", valkey.url, MAX_UPLOAD_MB="1", API_PROCESSES="1").start()
    body, content_type = multipart(b"x" * (2 << 20), type="sales")
    try:
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as s:
            length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
            s.sendall(f"POST /v1/datasets HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {content_type}\r\n{length}\r\n\r\n".encode())
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the answer may come before all was sent
                s.sendall(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if chunked else body)
            assert s.recv(65536).startswith(b"HTTP/1.1 413")
    finally:
        server.stop()


class Insister:
    """A client that sends each of its submits, over connections of its own, until it is accepted; notes which were cut off."""

    def __init__(self, port: int, name: str) -> None:
        self.port, self.name = port, name
        self.accepted: dict[str, str] = {}
        self.cut_off = self.refused = 0
        self.done_before_the_cut: list[str] = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._insist, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.over.set()
        self.thread.join(30)
        assert not self.thread.is_alive()

    def _insist(self) -> None:
        while not self.over.is_set():
            key, cut = f"{self.name}-{len(self.accepted)}", False
            while key not in self.accepted:
                try:
                    answer = call(self.port, "POST", "/v1/jobs", NOOP, Idempotency_Key=key)
                except ConnectionRefusedError:
                    self.refused += 1
                    time.sleep(0.05)
                except (OSError, http.client.HTTPException):
                    self.cut_off, cut = self.cut_off + 1, True
                else:
                    assert answer.status == 202, answer.body
                    self.accepted[key] = answer.json["id"]
                    if cut and answer.headers["Idempotent-Replayed"]:
                        self.done_before_the_cut.append(key)


def test_restarts_in_order_lose_no_submit_and_what_they_cut_off_was_not_begun(tmp_path: Path, own_valkey: Valkey) -> None:
    # given clients that submit without a pause
    server = ApiServer(tmp_path / "server", own_valkey.url).start()
    clients = [Insister(server.port, f"c{n}") for n in range(6)]
    # when the API is restarted under them
    for _ in range(3):
        told = sum(len(c.accepted) for c in clients)
        wait_until(lambda told=told: sum(len(c.accepted) for c in clients) > told + 100, what="submits in between")  # type: ignore[misc]
        assert server.stop(signal.SIGTERM) == 0
        server.start()
    for client in clients:
        client.stop()
    # then every submit made one job, no answer was lost to a job that was made, and no job is there that nobody was told of
    ids = [job_id for c in clients for job_id in c.accepted.values()]
    kept = set(own_valkey.client.zrange("noria:jobs", 0, -1))
    server.stop()
    assert sum(c.refused for c in clients) > 0
    assert [key for c in clients for key in c.done_before_the_cut] == []
    assert len(set(ids)) == len(ids)
    assert kept == {i.encode() for i in ids}
