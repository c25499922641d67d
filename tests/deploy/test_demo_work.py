"""The demo goes on with what succeeded, and stops with a sentence where something did not."""

import threading
from pathlib import Path

import pytest
from rich.console import Console

from api.client import Client
from deploy.demo_work import DemoFailed, upload, work
from jobs.record import Job
from tests.api.conftest import Api
from tests.services import wait_until


def end_the_next_job(api: Api, state: str, **end: object) -> threading.Thread:
    def carry_out() -> None:
        wait_until(lambda: api.jobs.page().jobs, what="a job")
        job: Job = api.jobs.page().jobs[0]
        api.end(job.id, state, **end)

    thread = threading.Thread(target=carry_out)
    thread.start()
    return thread


def test_a_job_that_succeeded_is_given_with_its_result(api: Api, url: str) -> None:
    worker = end_the_next_job(api, "succeeded", result={"value": 7})

    assert work(Client(url), Console(quiet=True), "vision.predict", {"model": "m", "images": ["i"]})["result"] == {"value": 7}
    worker.join()


def test_a_job_that_failed_ends_the_demo_with_its_reason(api: Api, url: str) -> None:
    error = {"code": "data_error", "message": "The data were too few.", "retryable": False, "step": None}
    worker = end_the_next_job(api, "failed", error=error)

    with pytest.raises(DemoFailed, match=r"failed: The data were too few\."):
        work(Client(url), Console(quiet=True), "vision.predict", {"model": "m", "images": ["i"]})
    worker.join()


def test_an_upload_is_shown_with_its_rows(url: str, tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("date,item,quantity\n2024-01-01,a,1\n2024-01-02,a,2\n2024-01-03,a,2\n")
    with (tmp_path / "shown.txt").open("w") as shown:
        dataset = upload(Client(url), Console(file=shown, width=100), tmp_path / "sales.csv", "sales")

    assert dataset["rows"] == 3
    assert f"sales.csv: 3 rows, data set {dataset['id']}" in (tmp_path / "shown.txt").read_text()
