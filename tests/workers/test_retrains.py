"""Retrains that corrections start, carried out by a real Celery worker."""

from jobs.record import new_job_id
from storage import names
from storage.job_store import End
from storage.retrain_queue import CorrectionRef, RetrainPlan
from tests.workers.conftest import Plant

PLAN = RetrainPlan("test.retrain", "cpu", {"model": "m", "rate": 0.5}, 2, 2)


def correct(plant: Plant, image: str) -> tuple[str, str | None]:
    """A correction, and the retrain that it started."""
    correction_id = new_job_id()
    added = plant.jobs.add_correction(CorrectionRef(correction_id, "m", image, 1), PLAN, retrain_id=new_job_id())
    return correction_id, added.retrain_job


def test_a_retrain_that_an_end_started_is_run_and_its_corrections_are_used(plant: Plant) -> None:
    # given: a retrain whose end starts the next one, inside the broker
    correct(plant, "a")
    _, first = correct(plant, "b")
    running = plant.jobs.acquire(first or "", worker="by hand", lease_s=30)
    assert running
    learned = [correct(plant, image)[0] for image in ("c", "d")]
    plant.jobs.move(running.id, running.fence, End("succeeded", result={}))
    (second,) = plant.jobs.retrain_status("m").under_way
    # when
    plant.start_worker()
    job = plant.wait_for_end(second)
    # then
    assert (job.state, job.retrains, job.params["model"]) == ("succeeded", "m", "m")
    standings = plant.jobs.correction_standings(learned)
    assert {(s.state, s.job) for s in standings.values()} == {("used", second)}
    assert plant.services.objects.read_json(names.correction(learned[0], "used.json"))["job"] == second
    assert [(e.action, e.reason) for e in plant.services.models.history("m")] == [("rejected", "It is no better.")]
    assert plant.jobs.retrain_status("m").under_way == ()
