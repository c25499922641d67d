"""Numbers of several server processes."""

import os
import re
import select
import signal

import psutil

from tests.api.server import ApiServer, waiting_client
from tests.services import wait_until


def value(server: ApiServer, name: str) -> float:
    """A number from /metrics, whichever process answers."""
    return sum(float(v) for v in re.findall(rf"^{re.escape(name)} (\S+)$", server.call("GET", "/metrics").body.decode(), re.MULTILINE))


def test_any_process_answers_for_all_of_them(server: ApiServer) -> None:
    job = server.call("POST", "/v1/jobs", {"kind": "test.noop"}).json
    for _ in range(19):
        server.call("POST", "/v1/jobs", {"kind": "test.noop"})
    clients = [waiting_client(server.port, f"/v1/jobs/{job['id']}?wait=30") for _ in range(12)]

    wait_until(lambda: value(server, "noria_http_waiters") == 12, what="twelve waiters")
    counts = {value(server, 'noria_jobs_submitted_total{kind="test.noop"}') for _ in range(10)}

    assert counts == {20}
    for client in clients:
        client.close()


def test_clients_of_a_process_that_was_killed_count_no_more(server: ApiServer) -> None:
    # given clients that wait
    job = server.call("POST", "/v1/jobs", {"kind": "test.noop"}).json
    clients = [waiting_client(server.port, f"/v1/jobs/{job['id']}?wait=30") for _ in range(12)]
    wait_until(lambda: value(server, "noria_http_waiters") == 12, what="twelve waiters")

    # when the process that holds most of them is killed, and another stands in for it
    before = server.processes
    dead = max(before, key=lambda pid: len(psutil.Process(pid).net_connections()))
    os.kill(dead, signal.SIGKILL)
    wait_until(lambda: len(set(server.processes) - {dead}) == 2, what="another process in its place")
    wait_until(server.answers, what="the API answering")

    # then only those of the other one count
    cut = len(select.select(clients, [], [], 1)[0])
    assert cut > 0
    wait_until(lambda: server.answers() and value(server, "noria_http_waiters") == 12 - cut, what="the dead being forgotten")
    for client in clients:
        client.close()
