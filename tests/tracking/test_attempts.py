"""Several attempts of one job, on one machine or two, are one run; killed workers and the reaper included."""

from collections.abc import Callable

import pytest

from tests.tracking.conftest import Desk
from tests.tracking.servers import MlflowServer, run_python
from tracking.runs import close_run
from tracking.server import connect

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

Make = Callable[[str], Desk]


def test_a_torn_last_line_of_a_killed_worker_is_left_out(desk: Desk, job_id: str) -> None:
    # given a worker that died while it wrote
    run = desk.open(job_id)
    run.metric("loss", 1.0, 1)
    run.close()
    with (desk.spool.runs / job_id / "00000001.jsonl").open("ab") as file:
        file.write(b'{"op":"metric","at":17000')
    # when its job is tried again
    again = desk.open(job_id, fence=2)
    again.metric("loss", 2.0, 2)
    again.end("FINISHED")
    found = desk.ship(job_id)
    # then
    history = connect(str(desk.settings.tracking_uri)).get_metric_history(found.info.run_id, "loss")
    assert [(p.step, p.value) for p in history] == [(1, 1.0), (2, 2.0)]
    assert not desk.spool.dead.exists()


def test_a_worker_that_died_before_its_first_line_was_whole_leaves_no_backlog(desk: Desk, job_id: str) -> None:
    # given
    folder = desk.spool.runs / job_id
    folder.mkdir(parents=True)
    (folder / "00000001.jsonl").write_bytes(b'{"op":"beg')
    # when
    desk.shipper.start()
    # then
    assert desk.shipper.wait(job_id, 30)
    assert desk.spool.dead_letters() == 1


def test_a_later_attempt_goes_on_in_the_same_run(desk: Desk, job_id: str) -> None:
    # given a first attempt that was handed back, shipped before the second begins
    first = desk.open(job_id, started_at_ms=1000)
    first.param("started", "first")
    first.close()
    began = desk.ship(job_id)
    assert began.info.status == "RUNNING"
    # when the second attempt logs the same param anew and one more
    second = desk.open(job_id, fence=2, started_at_ms=2000)
    second.param("started", "second")
    second.param("more", 1)
    second.end("FINISHED")
    found = desk.ship(job_id)
    # then it is one run from the first start on, and the first value stands
    assert found.info.run_id == began.info.run_id
    assert (found.info.status, found.info.start_time) == ("FINISHED", 1000)
    assert found.data.params == {"started": "first", "more": "1"}
    assert not desk.spool.dead.exists()


def test_a_job_that_is_retried_after_its_end_opens_its_run_again(desk: Desk, job_id: str) -> None:
    # given
    desk.open(job_id).end("FAILED")
    assert desk.ship(job_id).info.status == "FAILED"
    # when
    desk.open(job_id, fence=2).end("FINISHED")
    # then
    assert desk.ship(job_id).info.status == "FINISHED"
    assert [told["pending"] for _, told in desk.told] == [True, False, True, False]


def test_the_run_of_a_killed_worker_is_ended_by_the_reaper(desk: Desk, job_id: str) -> None:
    # given a worker that was killed in the middle of its job
    script = """
        import os, sys
        from jobs.settings import load_settings
        from tracking.runs import open_run, spool_folder
        from tracking.spool import Spool
        settings = load_settings({"NORIA_HOME": sys.argv[1], "MLFLOW_TRACKING_URI": sys.argv[2]})
        open_run(Spool(spool_folder(settings)), settings, job_id=sys.argv[3], fence=1, kind="k")
        os.kill(os.getpid(), 9)
    """
    run_python(script, str(desk.settings.home), str(desk.settings.tracking_uri), job_id)
    # when
    close_run(desk.spool, desk.settings, job_id=job_id, fence=1, status="FAILED", at_ms=99_000)
    found = desk.ship(job_id)
    # then
    assert (found.info.status, found.info.end_time) == ("FAILED", 99_000)
    assert desk.told[-1][1]["pending"] is False


@pytest.mark.parametrize("known", [True, False])
def test_the_reaper_ends_a_run_that_another_machine_began(
    make_desk: Make, mlflow_server: MlflowServer, job_id: str, known: bool,
) -> None:
    # given a run that the first machine began
    there, here = make_desk(mlflow_server.uri), make_desk(mlflow_server.uri)
    there.open(job_id).close()
    there.ship(job_id)
    # when the reaper of the second machine ends it, with or without knowing where it is
    tracking = there.told[0][1] if known else None
    close_run(here.spool, here.settings, job_id=job_id, fence=1, status="KILLED", at_ms=5, tracking=tracking)
    # then
    assert here.ship(job_id).info.status == "KILLED"
    assert here.told == [(job_id, {**there.told[0][1], "pending": False})]


def test_the_reaper_makes_the_run_of_a_job_whose_workers_died_before_they_could_write_anything_down(desk: Desk, job_id: str) -> None:
    # when
    close_run(desk.spool, desk.settings, job_id=job_id, fence=1, status="FAILED", at_ms=9, kind="k", started_at_ms=5)
    found = desk.ship(job_id)
    # then
    assert (found.info.status, found.info.start_time, found.info.end_time) == ("FAILED", 5, 9)
    assert (found.data.tags["kind"], found.info.run_name) == ("k", f"k {job_id}")
    # and what another machine still has of that attempt is added, and leaves it ended
    late = desk.open(job_id, fence=1)
    late.param("rounds", 3)
    late.close()
    again = desk.ship(job_id)
    assert (again.info.run_id, again.info.status, again.data.params) == (found.info.run_id, "FAILED", {"rounds": "3"})


def test_the_reaper_makes_no_run_for_a_job_that_has_none(desk: Desk, job_id: str) -> None:
    # when
    close_run(desk.spool, desk.settings, job_id=job_id, fence=1, status="FAILED", at_ms=5)
    desk.shipper.start()
    # then
    assert desk.shipper.wait(job_id, 30)
    assert desk.told == []
    assert not desk.spool.dead.exists()
