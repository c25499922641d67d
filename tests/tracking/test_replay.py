"""Ops told to MLflow: in calls of the right size, in order, also when the server goes away between them."""

import json
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from jobs.errors import StorageUnavailable, Unavailable
from tests.tracking.conftest import Desk
from tests.tracking.servers import Gate, MlflowServer
from tracking.replay import BATCH, BATCH_NAMES, MAX_FAILURES, Replay, batches
from tracking.server import Server, connect
from tracking.spool import Op, OpType


def ops(*wanted: tuple[OpType, int]) -> list[tuple[Op, int]]:
    kinds = [kind for kind, count in wanted for _ in range(count)]
    return [(Op(kind, i, {"name": f"n{i}"}), i) for i, kind in enumerate(kinds)]


@pytest.mark.parametrize(("given", "sizes"), [
    ([("metric", 2 * BATCH + 1)], [BATCH, BATCH, 1]),
    ([("param", BATCH_NAMES + 1)], [BATCH_NAMES, 1]),
    ([("tag", BATCH_NAMES), ("param", BATCH_NAMES)], [BATCH_NAMES, BATCH_NAMES]),
    ([("begin", 1), ("param", 3), ("metric", 4), ("artifact", 2), ("metric", 1), ("end", 1)], [1, 7, 1, 1, 1, 1]),
    ([], []),
])
def test_calls_hold_as_much_as_mlflow_takes_and_keep_the_order(given: list[tuple[OpType, int]], sizes: list[int]) -> None:
    # when
    made = list(batches(ops(*given)))
    # then
    assert [len(batch) for batch in made] == sizes
    assert [op for batch in made for op in batch] == ops(*given)


def ship(desk: Desk, job_id: str, uri: str) -> bool:
    """One try, in this thread."""
    with desk.spool.lock(job_id) as folder:
        assert folder
        return Replay(folder, Server(uri), desk.fetch, desk.tell, threading.Event()).ship()


def test_a_try_goes_on_where_the_last_one_was_broken_off(desk: Desk, job_id: str, mlflow_server: MlflowServer) -> None:
    # given a run of which the params arrive and the file does not
    desk.objects["k"] = b"text"
    run = desk.open(job_id)
    run.param("a", 1)
    run.artifact("a.txt", key="k")
    run.end("FINISHED")
    with Gate(mlflow_server.port) as gate:
        gate.status, gate.path = 503, "/mlflow-artifacts/"
        with pytest.raises(Exception, match="503"):
            ship(desk, job_id, gate.uri)
        # when all but files is refused
        gate.status = None
        assert ship(desk, job_id, gate.uri)
    # then the run is whole
    found = desk.run_of(job_id)
    assert (found.data.params, found.info.status) == ({"a": "1"}, "FINISHED")


def test_a_call_that_fails_for_ever_is_put_aside_and_the_rest_arrives(
    desk: Desk, job_id: str, mlflow_server: MlflowServer,
) -> None:
    # given a server that breaks on files alone
    desk.objects["k"] = b"text"
    run = desk.open(job_id)
    run.artifact("a.txt", key="k")
    run.metric("loss", 1.0)
    run.end("FINISHED")
    with Gate(mlflow_server.port) as gate:
        gate.status, gate.path = 500, "/mlflow-artifacts/"
        # when it is tried again and again
        for _ in range(MAX_FAILURES):
            with pytest.raises(Exception, match="500"):
                ship(desk, job_id, gate.uri)
        # then the file is put aside in the end, with the reason
        assert ship(desk, job_id, gate.uri)
    found = desk.run_of(job_id)
    assert (found.data.metrics, found.info.status) == ({"loss": 1.0}, "FINISHED")
    [dead] = [json.loads(line) for line in (desk.spool.dead / job_id / "ops.jsonl").read_text().splitlines()]
    assert (dead["op"], dead["key"]) == ("artifact", "k")
    assert "500" in dead["reason"]


def test_an_outage_in_which_nothing_answers_is_never_counted_as_a_refusal(
    desk: Desk, job_id: str, mlflow_server: MlflowServer,
) -> None:
    # given
    desk.open(job_id).end("FINISHED")
    with Gate(mlflow_server.port) as gate:
        gate.status = 500
        # when far more tries fail than one call is given
        for _ in range(2 * MAX_FAILURES):
            with pytest.raises(Exception, match="500"):
                ship(desk, job_id, gate.uri)
        # then all arrives at last
        gate.status = None
        assert ship(desk, job_id, gate.uri)
    assert desk.run_of(job_id).info.status == "FINISHED"
    assert not desk.spool.dead.exists()


def test_a_storage_that_is_away_puts_the_run_off_and_blames_no_server(
    desk: Desk, job_id: str, mlflow_server: MlflowServer,
) -> None:
    # given
    run = desk.open(job_id)
    run.artifact("a.txt", key="k")
    run.close()

    def away(key: str, target: Path) -> Path:
        raise StorageUnavailable(f"The storage does not answer for {key} and {target}.")

    # then
    with desk.spool.lock(job_id) as folder:
        assert folder
        with pytest.raises(Unavailable, match="does not give k"):
            Replay(folder, Server(mlflow_server.uri), away, desk.tell, threading.Event()).ship()
    assert not desk.spool.dead.exists()


def test_a_run_that_goes_on_stays_in_the_spool(desk: Desk, job_id: str, mlflow_server: MlflowServer) -> None:
    # given
    run = desk.open(job_id)
    # then
    assert not ship(desk, job_id, mlflow_server.uri)
    assert desk.run_of(job_id).info.status == "RUNNING"
    run.end("FINISHED")
    assert ship(desk, job_id, mlflow_server.uri)
    assert not desk.spool.holds(job_id)


def test_a_run_that_a_frozen_server_creates_late_and_so_twice_is_one_in_the_end(desk: Desk, job_id: str, mlflow_server: MlflowServer) -> None:
    # given a shipper that was killed while it waited for MLflow to create the run
    run = desk.open(job_id)
    run.param("rounds", 3)
    with desk.spool.lock(job_id) as folder:
        assert folder
        folder.state.creations = 1
        folder.save_state()
    # when MLflow does create it, after the next shipper has asked for it anew
    ship(desk, job_id, mlflow_server.uri)
    mine = desk.run_of(job_id)
    connect(mlflow_server.uri).create_run(mine.info.experiment_id, tags={"job_id": job_id})
    run.end("FINISHED")
    assert ship(desk, job_id, mlflow_server.uri)
    # then
    assert (desk.run_of(job_id).info.run_id, desk.run_of(job_id).info.status) == (mine.info.run_id, "FINISHED")


def test_entries_of_a_run_that_was_never_begun_are_put_aside(desk: Desk, job_id: str, mlflow_server: MlflowServer) -> None:
    # given
    segment = desk.spool.open_segment(job_id, 1)
    for op, _ in ops(("metric", 3)):
        segment.append(op)
    segment.close()
    # then
    assert ship(desk, job_id, mlflow_server.uri)
    assert len((desk.spool.dead / job_id / "ops.jsonl").read_text().splitlines()) == 3


WITHOUT_PROPHET = """
    import sys, threading
    from pathlib import Path
    sys.modules["prophet"] = None
    from jobs.errors import Unavailable
    from tracking.replay import Replay
    from tracking.server import Server
    from tracking.spool import Spool

    home, uri, job_id = sys.argv[1:]
    with Spool(Path(home)).lock(job_id) as folder:
        try:
            Replay(folder, Server(uri), lambda key, target: target, lambda *_: None, threading.Event()).ship()
            print("shipped")
        except Unavailable as e:
            print(e)
"""


@pytest.mark.parametrize(("age_s", "said"), [(0, "prophet is not installed here"), (3600, "shipped")])
def test_a_worker_without_a_models_library_leaves_it_to_others_before_it_gives_up(
    desk: Desk, job_id: str, mlflow_server: MlflowServer, age_s: int, said: str,
) -> None:
    # given a model of some age in the spool of a machine, and a worker on it without prophet
    desk.open(job_id).close()
    model = {"name": "m", "flavor": "prophet", "key": "k", "file": "m.json", "version": 1, "promote": True, "folder": "models/m"}
    segment = desk.spool.open_segment(job_id, 2)
    segment.append(Op("model", (int(time.time()) - age_s) * 1000, model))
    segment.append(Op("metric", 5, {"name": "loss", "value": 1.0, "step": 0}))
    segment.append(Op("end", 6, {"status": "FINISHED"}))
    segment.close()
    # when
    command = [sys.executable, "-c", textwrap.dedent(WITHOUT_PROPHET), str(desk.spool.folder), mlflow_server.uri, job_id]
    out = subprocess.run(command, capture_output=True, text=True, check=True)
    # then a young one waits for another worker, an old one is put aside and the rest arrives
    assert said in out.stdout
    assert desk.spool.holds(job_id) == (age_s == 0)
    if age_s:
        [dead] = (desk.spool.dead / job_id / "ops.jsonl").read_text().splitlines()
        assert "not installed" in json.loads(dead)["reason"]
        assert desk.run_of(job_id).data.metrics == {"loss": 1.0}


def test_what_an_overtaken_attempt_knew_is_added_and_opens_nothing(desk: Desk, job_id: str, mlflow_server: MlflowServer) -> None:
    # given a run that a second attempt finished, while the first one's machine was away
    desk.open(job_id, fence=2).end("FINISHED")
    assert ship(desk, job_id, mlflow_server.uri)
    # when the first one's part comes
    early = desk.open(job_id, fence=1)
    early.metric("mae", 1.5)
    early.close()
    assert ship(desk, job_id, mlflow_server.uri)
    # then
    run = desk.run_of(job_id)
    assert (run.info.status, run.data.tags["fence"], run.data.metrics["mae"]) == ("FINISHED", "2", 1.5)
    assert desk.told[-1][1]["pending"] is False
