"""Log lines of a training process."""

import json
import logging
import os
import subprocess
import sys

from jobs.vision.child_log import JsonLines

SCRIPT = """
import logging, sys
from jobs.vision.child_log import log_to
log_to(int(sys.argv[1]), {"job_id": "j1", "request_id": "r1"}, "info")
log = logging.getLogger("jobs.vision.x")
log.debug("too much")
log.info("año %s", 1)
logging.getLogger("library").warning("not ours")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("it broke")
"""


def test_lines_go_to_the_descriptor_with_the_ids_and_tracebacks_stay_on_one_line():
    reading, writing = os.pipe()
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(writing)], pass_fds=(writing,), capture_output=True, text=True, check=True)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as file:
        first, second = map(json.loads, file)

    assert (first["event"], first["job_id"], first["request_id"], first["level"], first["logger"]) == (
        "año 1", "j1", "r1", "info", "jobs.vision.x")
    assert first["timestamp"].endswith("Z")
    assert "ZeroDivisionError" in second["exception"]
    assert "not ours" in done.stderr


def test_a_line_has_the_names_that_the_workers_lines_have():
    script = ("import logging\nfrom workers.observe import configure_logging\nconfigure_logging('info')\n"
              "logging.getLogger('jobs.vision.y').warning('said')\n")
    workers_line = json.loads(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stderr)
    record = logging.LogRecord("jobs.vision.y", logging.WARNING, "", 1, "said", (), None)

    assert set(workers_line) == set(json.loads(JsonLines({}).format(record))) - {"process"}
