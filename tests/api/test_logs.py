"""Log lines as they come out of a process."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def lines_of(code: str) -> list[dict]:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_lines_are_json_with_level_time_and_what_is_bound() -> None:
    lines = lines_of("import structlog\nfrom api.logs import configure_logging\nconfigure_logging('info')\nlog = structlog.get_logger()\n"
                     "structlog.contextvars.bind_contextvars(request_id='r1')\nlog.debug('quiet')\nlog.info('said', n=1)\n"
                     "try: 1/0\nexcept ZeroDivisionError as e: log.error('crashed', exc_info=e)")

    assert [(line["event"], line["level"], line["request_id"]) for line in lines] == [("said", "info", "r1"), ("crashed", "error", "r1")]
    assert lines[0]["n"] == 1
    assert lines[0]["timestamp"].endswith("Z")
    assert "ZeroDivisionError" in lines[1]["exception"]


def test_the_http_servers_own_lines_are_json_too() -> None:
    line, = lines_of("import logging, logging.config\nfrom api.logs import server_logging\nlogging.config.dictConfig(server_logging('info'))\n"
                     "logging.getLogger('_granian').error('Unexpected exit from worker-%d', 1)")

    assert (line["event"], line["level"]) == ("Unexpected exit from worker-1", "error")
