"""The twelve steps of a retrain as a page shows them."""

import pytest

from api.console import steps
from jobs.vision.steps import STEPS
from storage.job_store import End
from tests.api.conftest import Api


def shown(api: Api, job_id: str) -> tuple[steps.StepShown, ...]:
    with api.app.test_request_context():
        return steps.steps_of(api.jobs.get(job_id))


def running(api: Api, stage: str) -> tuple[str, int]:
    job = api.submit("test.work")["id"]
    fence = api.start(job).fence
    api.jobs.publish(job, fence, [
        ("log", {"message": "done", "level": "info", "step": 1, "step_name": STEPS[0], "seconds": 0.25}),
        ("log", {"message": "anything", "level": "info"}),
        ("progress", {"fraction": 0.5, "stage": stage, "message": None})])
    return job, fence


def test_the_names_are_those_of_the_job() -> None:
    assert steps.NAMES == STEPS


def test_before_the_first_one_all_are_to_do(api: Api) -> None:
    found = shown(api, api.submit("test.work")["id"])

    assert [(step.number, step.state) for step in found] == [(n, "todo") for n in range(1, 13)]


def test_those_before_the_present_one_are_done_with_the_time_that_is_known(api: Api) -> None:
    job, _ = running(api, "3 start the run")

    found = shown(api, job)

    assert [step.state for step in found] == ["done", "done", "now", *["todo"] * 9]
    assert [step.seconds for step in found][:3] == [0.25, None, None]


@pytest.mark.parametrize("state", ["failed", "canceled"])
def test_a_retrain_that_ended_early_stops_at_the_step_that_it_had_reached(api: Api, state: str) -> None:
    job, fence = running(api, "6 train")
    if state == "canceled":
        api.jobs.request_cancel(job)

    api.jobs.move(job, fence, End(state, error={"code": "x", "message": "y", "retryable": False} if state == "failed" else None))

    assert [step.state for step in shown(api, job)] == [*["done"] * 5, "failed", *["todo"] * 6]


def test_a_retrain_that_succeeded_shows_what_each_step_took(api: Api) -> None:
    job, fence = running(api, "12 end the run")
    taken = [{"step": n, "name": name, "seconds": n / 2} for n, name in enumerate(STEPS, 1)]
    api.jobs.move(job, fence, End("succeeded", result={"steps": taken}))

    found = shown(api, job)

    assert [(step.state, step.seconds) for step in found] == [("done", n / 2) for n in range(1, 13)]


@pytest.mark.parametrize(("stage", "number"), [("6 train", 6), ("12 end the run", 12), ("paused", 0), (None, 0), ("", 0)])
def test_a_stage_names_its_step(stage: str | None, number: int) -> None:
    assert steps.step_number(stage) == number
