"""Runs arrive whole, whatever MLflow does meanwhile, and the job never waits."""

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.services import free_port, wait_until
from tests.tracking import model_files, training
from tests.tracking.conftest import Desk
from tests.tracking.servers import Gate, MlflowServer, run_python
from tracking.health import tracking_health
from tracking.null import NullRun
from tracking.server import connect
from tracking.spool import Op

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

MOST_S = 0.25  # what a whole training's tracking may cost the job's thread; any wait for MLflow is longer
Make = Callable[[str], Desk]


def train(desk: Desk, job_id: str, halfway: Callable[[], object] = lambda: None) -> float:
    """A typical training's calls; gives the seconds that they took together."""
    desk.objects.update(model_files.objects())
    return training.track(desk.open(job_id, started_at_ms=training.START_MS), job_id, halfway)


def assert_arrived(desk: Desk, job_id: str) -> None:
    """The training's run is whole in MLflow, the job was told so, and nothing is left behind."""
    run = desk.ship(job_id)
    training.assert_whole(connect(run_uri := str(desk.settings.tracking_uri)), run, job_id)
    where = {"experiment_id": run.info.experiment_id, "run_id": run.info.run_id,
             "ui_url": f"{run_uri}/#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}"}
    assert desk.told == [(job_id, {**where, "pending": True}), (job_id, {**where, "pending": False})]
    assert desk.spool.backlog() == ()
    assert not list(desk.spool.dead.rglob("*"))


def test_a_training_is_tracked_whole_while_mlflow_is_up(desk: Desk, job_id: str) -> None:
    # given a shipper that has found MLflow
    desk.shipper.start()
    wait_until(lambda: desk.shipper.health()["state"] == "up", what="MLflow up")
    # when a job runs while the shipper ships
    spent = train(desk, job_id, halfway=lambda: wait_until(lambda: desk.told, what="the run id"))
    # then the job hardly noticed, and all is there
    assert spent < MOST_S
    assert_arrived(desk, job_id)
    assert desk.run_of(job_id).data.tags["kind"] == "forecasting.train"


@pytest.mark.slow
def test_a_training_while_mlflow_is_down_arrives_once_it_is_back(desk: Desk, job_id: str, mlflow_server: MlflowServer) -> None:
    # given nobody listens at MLflow's address
    mlflow_server.kill()
    desk.shipper.start()
    # when a job runs from begin to end
    spent = train(desk, job_id, halfway=lambda: wait_until(lambda: desk.shipper.health()["error"], what="the outage noticed"))
    health = desk.shipper.health()
    # then it hardly noticed, and has no run id
    assert spent < MOST_S
    assert (health["state"], health["backlog"], desk.told) == ("down", 1, [])
    # and when MLflow is back, all arrives with its own times
    mlflow_server.start()
    assert_arrived(desk, job_id)


@pytest.mark.slow
def test_a_training_during_which_mlflow_is_killed_arrives_once_it_is_back(
    desk: Desk, job_id: str, mlflow_server: MlflowServer,
) -> None:
    # given a run that is begun
    desk.shipper.start()

    def kill() -> None:
        wait_until(lambda: desk.told, what="the run id")
        mlflow_server.kill()

    # when the server dies halfway
    spent = train(desk, job_id, halfway=kill)
    wait_until(lambda: desk.shipper.health()["state"] == "down", what="the outage noticed")
    # then the job goes on as ever, and says that something is still to come
    assert spent < MOST_S
    assert [told["pending"] for _, told in desk.told] == [True]
    mlflow_server.start()
    assert_arrived(desk, job_id)


@pytest.mark.slow
def test_a_frozen_mlflow_holds_up_neither_the_job_nor_the_end_of_the_shipper(
    desk: Desk, job_id: str, mlflow_server: MlflowServer,
) -> None:
    # given a server that takes connections and never answers
    mlflow_server.freeze()
    try:
        desk.shipper.start()
        # when a job runs
        spent = train(desk, job_id)
        wait_until(lambda: desk.shipper.health()["error"], what="the outage noticed")
        began = time.monotonic()
        desk.shipper.stop(1.0)
        # then neither it nor the end of the worker waits
        assert spent < MOST_S
        assert time.monotonic() - began < 10
    finally:
        mlflow_server.thaw()
    # and the next process ships what is left
    desk.new_shipper()
    assert_arrived(desk, job_id)


@pytest.mark.slow
@pytest.mark.parametrize("status", [403, 401, 429, 500, 503])
def test_a_server_that_refuses_every_call_is_waited_for(
    make_desk: Make, job_id: str, mlflow_server: MlflowServer, status: int,
) -> None:
    # given a server whose health page says 200 while every call is refused
    with Gate(mlflow_server.port) as gate:
        gate.status = status
        desk = make_desk(gate.uri)
        desk.shipper.start()
        # when a job runs
        spent = train(desk, job_id, halfway=lambda: wait_until(lambda: "no worker" not in str(desk.shipper.health()["error"])))
        # then it hardly noticed, and nothing is given up
        assert spent < MOST_S
        assert desk.shipper.health()["state"] == "down"
        assert str(status) in desk.shipper.health()["error"] or "PERMISSION" in desk.shipper.health()["error"]
        assert desk.spool.holds(job_id)
        # and all arrives once the server lets us in
        gate.status = None
        assert_arrived(desk, job_id)
        desk.shipper.stop(15)


def test_tracking_that_is_off_costs_nothing_and_leaves_nothing(make_desk: Make, job_id: str) -> None:
    # given
    desk = make_desk("off")
    desk.shipper.start()
    # when
    spent = train(desk, job_id)
    # then
    assert isinstance(desk.open(job_id), NullRun)
    assert spent < MOST_S
    assert desk.shipper.health() == {"state": "off", "uri": None, "backlog": 0, "dead": 0, "error": None}


def test_a_worker_without_mlflow_runs_the_same_calls(tmp_path: Path) -> None:
    # given a process in which MLflow cannot be imported
    script = """
        import sys
        sys.modules["mlflow"] = None
        from jobs.settings import load_settings
        from tests.tracking import training
        from tracking.environment import prepare_environment
        from tracking.runs import close_run, open_run, spool_folder
        from tracking.shipper import Shipper
        from tracking.spool import Spool

        prepare_environment()
        settings = load_settings({"NORIA_HOME": sys.argv[1]})
        spool = Spool(spool_folder(settings))
        shipper = Shipper(spool, lambda: settings, lambda key, target: target, print)
        shipper.start()
        run = open_run(spool, settings, job_id="j1", fence=1, kind="k")
        assert training.track(run, "j1") < 0.05
        close_run(spool, settings, job_id="j1", fence=1, status="FAILED", at_ms=1)
        shipper.stop()
        assert not spool.folder.exists()
        print(shipper.health()["state"])
    """
    # when a job runs
    out = run_python(script, str(tmp_path))
    # then it is as ever
    assert (out.returncode, out.stdout) == (0, "not_installed\n"), out.stderr


def test_runs_and_spool_can_be_used_without_importing_mlflow() -> None:
    code = "import sys, tracking.runs, tracking.spool, tracking.null, tracking.health; sys.exit('mlflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_interpreter_ends_at_once_while_mlflow_is_frozen(tmp_path: Path) -> None:
    # given a listener that never answers, and a worker whose shipper is in a call to it
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        script = """
            import sys, time
            from jobs.settings import load_settings
            from tracking.environment import prepare_environment
            from tracking.runs import open_run, spool_folder
            from tracking.shipper import Shipper
            from tracking.spool import Spool

            prepare_environment()
            settings = load_settings({"NORIA_HOME": sys.argv[1], "MLFLOW_TRACKING_URI": sys.argv[2]})
            spool = Spool(spool_folder(settings))
            shipper = Shipper(spool, lambda: settings, lambda key, target: target, print)
            shipper.start()
            open_run(spool, settings, job_id="j1", fence=1, kind="k").end("FINISHED")
            time.sleep(0.3)
            print(time.time())
        """
        # when the worker ends
        out = run_python(script, str(tmp_path), f"http://127.0.0.1:{silent.getsockname()[1]}")
    # then it does not wait for the answer
    assert time.time() - float(out.stdout) < 5
    assert (tmp_path / "spool" / "runs" / "j1").is_dir()


def test_the_link_shows_the_address_that_people_use(desk: Desk, job_id: str) -> None:
    # given
    desk.use(str(desk.settings.tracking_uri), mlflow_ui_url="https://ml.example.org/")
    # when
    desk.open(job_id).end("FINISHED")
    run = desk.ship(job_id)
    # then
    assert desk.told[0][1]["ui_url"] == f"https://ml.example.org/#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}"


def test_what_mlflow_refuses_is_put_aside_and_the_rest_arrives(desk: Desk, job_id: str) -> None:
    # given a file that is nowhere, a tag that MLflow refuses, a model that is none, among good entries
    desk.objects["bad"] = b"no model"
    run = desk.open(job_id)
    run.artifact("lost.csv", key="nowhere")
    desk.spool.open_segments.copy().pop().append(Op("tag", 1, {"name": "bad\nname%", "value": "x"}))
    run.model(f"m-{job_id}", flavor="xgboost", key="bad", file="m.ubj", noria_version=1, promote=True)
    run.param("kept", 1)
    run.metric("kept", 2.0)
    run.end("FINISHED")
    # when
    found = desk.ship(job_id)
    # then
    assert (found.data.params, found.data.metrics, found.info.status) == ({"kept": "1"}, {"kept": 2.0}, "FINISHED")
    dead = [json.loads(line) for line in (desk.spool.dead / job_id / "ops.jsonl").read_text().splitlines()]
    assert [d["op"] for d in dead] == ["artifact", "tag", "model"]
    assert "nowhere" in dead[0]["reason"]
    assert desk.shipper.health()["dead"] == 1
    assert desk.told[-1][1]["pending"] is False


def test_a_run_for_an_experiment_that_is_not_there_is_put_aside_whole(desk: Desk, job_id: str) -> None:
    # given
    run = desk.open(job_id, experiment_id="401576597529460193")
    run.metric("loss", 1.0)
    run.end("FINISHED")
    # when
    desk.shipper.start()
    assert desk.shipper.wait(job_id, 30)
    # then nothing was created, and the run can be tried again by moving it back
    [kept] = (desk.spool.dead / job_id).iterdir()
    assert "401576597529460193" in (kept / "reason.txt").read_text()
    assert desk.told == []
    client = connect(str(desk.settings.tracking_uri))
    assert not client.search_runs([e.experiment_id for e in client.search_experiments()], f"tags.job_id = '{job_id}'")


def test_two_shippers_at_once_make_one_run_a_job(desk: Desk) -> None:
    # given ten runs in the spool, and the shippers of three processes
    jobs = [f"job-{time.time_ns()}-{i}" for i in range(10)]
    for job_id in jobs:
        run = desk.open(job_id)
        for i in range(50):
            run.metric("loss", float(i), i)
        run.end("FINISHED")
    # when they ship together
    for shipper in (desk.shipper, desk.new_shipper(), desk.new_shipper()):
        shipper.start()
    # then each run is there once, and each job was told once of each
    assert all(desk.shipper.wait(job_id, 60) for job_id in jobs)
    assert all(desk.run_of(job_id).info.status == "FINISHED" for job_id in jobs)
    assert sorted((job_id, told["pending"]) for job_id, told in desk.told) == sorted((j, p) for j in jobs for p in (True, False))
    assert not desk.spool.dead.exists()


def test_a_run_goes_wholly_to_the_server_of_its_begin(desk: Desk, job_id: str) -> None:
    # given a run that is begun, and one that begins after the address was changed
    here = str(desk.settings.tracking_uri)
    run = desk.open(job_id)
    desk.use(f"http://127.0.0.1:{free_port()}")
    later = desk.open(f"{job_id}-later")
    later.end("FINISHED")
    # when
    run.end("FINISHED")
    desk.shipper.start()
    # then the first arrives where it began, and the second waits for its own server
    assert desk.shipper.wait(job_id, 30)
    assert desk.spool.backlog() == (f"{job_id}-later",)
    assert desk.shipper.health()["state"] == "down"
    desk.use(here)
    assert desk.run_of(job_id).info.status == "FINISHED"


def test_the_password_of_the_servers_address_is_taken_from_the_settings_and_never_spooled(desk: Desk, job_id: str) -> None:
    # given a server that is reached with a password
    here = str(desk.settings.tracking_uri)
    desk.use(here.replace("://", "://me:planted@"))
    run = desk.open(job_id)
    # when a run is spooled, the password changes, and the run is shipped
    run.param("a", "b")
    run.end("FINISHED")
    spooled = b"".join(path.read_bytes() for path in desk.spool.runs.rglob("*") if path.is_file())
    desk.use(here.replace("://", "://me:another@"))
    servers = [desk.shipper._server(uri) for uri in (here, "http://elsewhere:1") if desk.shipper._tracking_uri()]
    desk.shipper.start()
    # then
    assert (b"planted" in spooled, here.encode() in spooled) == (False, True)
    assert [server.uri for server in servers] == [here.replace("://", "://me:another@"), "http://elsewhere:1"]
    assert desk.shipper.wait(job_id, 30)
    desk.use(here)
    assert desk.run_of(job_id).info.status == "FINISHED"


def test_shipping_all_again_from_the_start_changes_nothing(desk: Desk, job_id: str, tmp_path: Path) -> None:
    # given a run that has arrived, and its spool as it was before
    train(desk, job_id)
    shutil.copytree(desk.spool.runs / job_id, tmp_path / "copy")
    assert_arrived(desk, job_id)
    # when the state is lost and all is shipped again
    (tmp_path / "copy").rename(desk.spool.runs / job_id)
    found = desk.ship(job_id)
    # then there is still one run, each point once, each model registered once
    training.assert_whole(connect(str(desk.settings.tracking_uri)), found, job_id)
    assert not desk.spool.dead.exists()


def test_a_job_that_could_not_be_told_is_told_later(desk: Desk, job_id: str) -> None:
    # given a broker that is away
    desk.deaf = True
    desk.open(job_id).end("FINISHED")
    desk.shipper.start()
    wait_until(lambda: desk.spool.holds(job_id) and _status(desk, job_id) == "FINISHED", what="the run ended")
    # when it is back
    assert not desk.shipper.wait(job_id, 0.5)
    desk.deaf = False
    # then
    assert desk.shipper.wait(job_id, 30)
    assert [told["pending"] for _, told in desk.told] == [False]


def test_metrics_of_a_running_job_are_seen_before_it_ends(desk: Desk, job_id: str) -> None:
    # given
    desk.shipper.start()
    run = desk.open(job_id)
    # when
    run.metric("loss", 0.5, 1)
    # then, without any other call of the job
    wait_until(lambda: desk.told and desk.run_of(job_id).data.metrics == {"loss": 0.5}, what="the metric in MLflow")
    run.end("FINISHED")
    assert desk.ship(job_id).info.status == "FINISHED"


def test_a_broken_settings_file_does_not_stop_the_shipping(desk: Desk, job_id: str) -> None:
    # given a run whose server is known, and no server in the settings any more
    desk.open(job_id).end("FINISHED")
    here = str(desk.settings.tracking_uri)
    desk.use("off")
    desk.shipper.start()
    # then it arrives all the same
    assert desk.shipper.wait(job_id, 30)
    desk.use(here)
    assert desk.run_of(job_id).info.status == "FINISHED"


def test_health_is_known_to_other_processes_of_the_machine(desk: Desk) -> None:
    # given
    assert tracking_health(desk.spool, desk.settings)["state"] == "down"
    # when
    desk.shipper.start()
    # then
    wait_until(lambda: tracking_health(desk.spool, desk.settings)["state"] == "up", what="MLflow up")
    assert [path.name for path in desk.spool.folder.iterdir()] == ["server.json"]


def _status(desk: Desk, job_id: str) -> str | None:
    client = connect(str(desk.settings.tracking_uri))
    found = client.search_runs([e.experiment_id for e in client.search_experiments()], f"tags.job_id = '{job_id}'")
    return str(found[0].info.status) if found else None
