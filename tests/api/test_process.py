"""What each server process starts with."""

import json
from pathlib import Path

from tests.api.server import ApiServer


def test_a_process_is_small_and_ready_with_its_first_answer(server: ApiServer) -> None:
    first = server.call("POST", "/v1/jobs", {"kind": "test.noop"})

    assert first.status == 202
    for pid in server.processes:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        assert int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) < 150 * 1024


def test_lines_of_the_log_are_json_and_carry_the_requests_id(server: ApiServer) -> None:
    server.call("POST", "/v1/jobs", {"kind": "test.noop"}, X_Request_Id="find-me")

    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert [line["event"] for line in lines if line.get("request_id") == "find-me"] == ["request"]
