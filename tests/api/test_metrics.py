"""Numbers of several server processes."""

import re

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
