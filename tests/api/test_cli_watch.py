"""Following a job: what is shown, what comes as JSON, how it ends."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from api.cli_watch import JobView, describe_job, follow
from api.client import Client
from api.client_stream import StreamedEvent
from jobs.record import job_document
from storage.job_store import End
from tests.api.conftest import Api
from tests.api.served import run, served

WAITING = {"kind": "test.work", "state": "queued"}


@pytest.fixture
def url(api: Api) -> Iterator[str]:
    with served(api.app) as address:
        yield address


def event(type_: str, **data: object) -> StreamedEvent:
    return StreamedEvent("1-0", type_, 1, "2026-01-01T10:20:30.000Z", dict(data))


def drawn(view: JobView) -> str:
    console = Console(file=StringIO(), width=100, force_terminal=False)
    console.print(view)
    return console.file.getvalue()


def test_the_picture_shows_progress_and_the_latest_value_of_each_metric() -> None:
    view = JobView(WAITING)

    for one in (event("progress", fraction=0.42, stage="backtest", message="fold 2 of 3"), event("metric", name="rmse", value=3.0, step=1),
                event("metric", name="rmse", value=1.2345, step=2)):
        assert view.take(one) == []

    shown = drawn(view)
    assert "42%" in shown
    assert "backtest · fold 2 of 3" in shown
    assert "rmse 1.23" in shown
    assert "rmse 3" not in shown


def test_a_log_line_stands_above_the_picture_with_its_time() -> None:
    [line] = JobView(WAITING).take(event("log", level="warning", message="a gap [was] filled"))

    assert line.plain == "10:20:30  a gap [was] filled"


def test_the_end_is_shown_as_a_whole_bar() -> None:
    view = JobView(WAITING)

    view.take(event("state", state="succeeded"))

    assert "100%" in drawn(view)


def test_without_a_terminal_each_step_is_a_line(api: Api, url: str) -> None:
    job = api.submit("test.work")
    fence = api.start(job["id"]).fence
    for fraction, stage in ((0.1, "load"), (0.5, "fit"), (0.9, "write")):
        api.jobs.publish(job["id"], fence, [("progress", {"fraction": fraction, "stage": stage, "message": ""})])
    api.jobs.move(job["id"], fence, End("succeeded", result={"value": 1, "attempt": 1}))
    console = Console(file=StringIO(), width=100, force_terminal=False)

    follow(Client(url), job["id"], console)

    written = console.file.getvalue().split("\n")
    assert [line.split()[-1] for line in written if "%" in line] == ["running,", "load", "fit", "write"] or \
        [line.split()[-1] for line in written if "%" in line][-3:] == ["load", "fit", "write"]
    assert "succeeded, attempt 1" in written[-2]


def test_watch_ends_with_the_job_and_exits_with_its_outcome(api: Api, url: str) -> None:
    good, bad = api.submit("test.noop"), api.submit("test.noop")
    api.end(good["id"], result={"value": 7, "attempt": 1})
    api.end(bad["id"], "failed", error={"code": "data_error", "message": "Too few rows.", "retryable": False, "step": None})

    assert run(url, "watch", good["id"]).exit_code == 0
    result = run(url, "watch", bad["id"])
    assert result.exit_code == 1
    assert "data_error: Too few rows." in result.stdout


def test_watch_as_json_is_a_line_for_each_event_and_then_the_job(api: Api, url: str) -> None:
    job = api.submit("test.noop")
    api.end(job["id"], result={"value": 7, "attempt": 1})

    decoder, rest, found = json.JSONDecoder(), run(url, "watch", job["id"], "--json").stdout, []
    while rest.strip():
        document, end = decoder.raw_decode(rest.lstrip())
        found.append(document)
        rest = rest.lstrip()[end:]

    assert [d["data"]["state"] for d in found[:-1]] == ["queued", "running", "succeeded"]
    assert found[-1]["result"]["value"] == 7


def test_submit_and_wait_returns_the_ended_job(api: Api, url: str) -> None:
    def work() -> None:
        while not (jobs := api.jobs.page().jobs):
            time.sleep(0.02)
        api.end(jobs[0].id, "failed", error={"code": "data_error", "message": "No.", "retryable": False, "step": None})

    worker = threading.Thread(target=work)
    worker.start()
    result = run(url, "submit", "test.noop", "--wait", "--json")
    worker.join()

    assert json.loads(result.stdout)["state"] == "failed"
    assert result.exit_code == 1


def test_ctrl_c_leaves_the_job_running_and_says_so(api: Api, url: str) -> None:
    job = api.submit("test.work")
    api.start(job["id"])
    watching = subprocess.Popen([sys.executable, "-m", "api.cli", "watch", job["id"], "--api", url], stderr=subprocess.PIPE, text=True,
                                cwd=Path(__file__).parents[2], env={**os.environ, "PYTHONUNBUFFERED": "1"})
    assert watching.stderr
    while "running" not in watching.stderr.readline():
        pass

    watching.send_signal(signal.SIGINT)
    said = watching.communicate(timeout=20)[1]

    assert watching.returncode == 130
    assert "the job goes on" in said
    assert "Traceback" not in said
    assert api.jobs.get(job["id"]).state == "running"


def test_a_description_tells_people_all_that_matters(api: Api) -> None:
    job = api.submit("test.noop", labels={"team": "north"})
    document = {**job_document(api.end(job["id"], result={"value": 1, "attempt": 1})), "result": {"rows": list(range(100))},
                "tracking": {"ui_url": "http://mlflow/#/x"}}
    console = Console(file=StringIO(), width=100, force_terminal=False)

    describe_job(console, document)

    written = console.file.getvalue()
    for part in (job["id"], "succeeded", "team:north", "http://mlflow/#/x", "… and 95 more"):
        assert part in written
