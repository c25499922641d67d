import json
import subprocess
import sys
import threading
from pathlib import Path

from jobs.settings import load_settings
from storage.memory_jobs import MemoryJobStore
from tests.services import wait_until
from tracking.spool import Spool
from workers.observe import Reporter, note_slots, threads_per_slot

LOGS = """
import logging, structlog
from workers.observe import configure_logging
configure_logging("info")
with structlog.contextvars.bound_contextvars(job_id="j1"):
    structlog.get_logger("ours").info("job started", fence=2)
    logging.getLogger("celery").warning("theirs %s", 1)
    structlog.get_logger("ours").debug("not shown")
    try:
        raise OSError("API request to http://me:planted@ml:5000/api failed")
    except OSError as e:
        structlog.get_logger("ours").exception("shipping failed", reason=str(e))
        logging.getLogger("celery").exception("theirs to http://me:planted@ml:5000")
"""


def test_every_log_line_is_json_with_the_job_bound(tmp_path: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", LOGS], capture_output=True, text=True, check=True)
    ours, theirs, *failed = (json.loads(line) for line in ran.stderr.splitlines())
    assert "http://ml:5000/api" in failed[0]["exception"]
    assert ("planted" in ran.stderr, failed[1]["event"]) == (False, "theirs to http://ml:5000")
    assert (ours["event"], ours["fence"], ours["job_id"], ours["logger"]) == ("job started", 2, "j1", "ours")
    assert (theirs["event"], theirs["level"], theirs["job_id"]) == ("theirs 1", "warning", "j1")


def test_a_report_says_queues_slots_disk_and_tracking(tmp_path: Path) -> None:
    settings = load_settings({"NORIA_HOME": str(tmp_path), "MLFLOW_TRACKING_URI": "off"})
    report = Reporter(MemoryJobStore(), Spool(tmp_path / "spool"), "w", ["cpu"]).report(settings)
    assert report["queues"] == ["cpu"]
    assert (report["device"], isinstance(report["gpus"], list)) == ("auto", True)
    assert report["disk_free_bytes"] > 0
    assert report["tracking"]["state"] == "off"
    json.dumps(report)


def test_a_worker_that_stops_takes_its_report_back(tmp_path: Path) -> None:
    jobs, stop = MemoryJobStore(), threading.Event()
    reporter = Reporter(jobs, Spool(tmp_path / "spool"), "w", ["cpu"])
    thread = threading.Thread(target=reporter.watch, args=(stop,))
    thread.start()
    wait_until(lambda: list(jobs.workers()) == ["w"], what="the report")

    stop.set()
    thread.join(5)

    assert jobs.workers() == {}


def test_a_report_compares_the_clock_with_the_stores(tmp_path: Path) -> None:
    jobs = MemoryJobStore()
    jobs.advance(90)

    report = Reporter(jobs, Spool(tmp_path / "spool"), "w", ["cpu"]).report(load_settings({"NORIA_HOME": str(tmp_path)}))

    assert report["clock_ahead_s"] == -90


def test_all_slots_together_use_the_cores_once() -> None:
    note_slots(1)
    alone = threads_per_slot()
    note_slots(10_000)
    assert threads_per_slot() == 1 <= alone
    note_slots(1)
