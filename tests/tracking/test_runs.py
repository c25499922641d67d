"""A run as the job sees it: what is written down, and that nothing ever fails."""

import os
import threading
from pathlib import Path

import pytest

from jobs.settings import Settings, load_settings
from tests.full_disk import FullSpool
from tracking.null import NullRun
from tracking.runs import SpoolRun, close_run, open_run, spool_folder
from tracking.spool import Op, Spool, parse


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"NORIA_HOME": str(tmp_path), "MLFLOW_TRACKING_URI": "http://ml:5000", "MLFLOW_UI_URL": "https://ml.example"})


@pytest.fixture
def spool(settings: Settings) -> Spool:
    return Spool(spool_folder(settings))


def written(spool: Spool, name: str = "00000001.jsonl") -> list[Op]:
    return [parse(line) for line in (spool.runs / "j1" / name).read_bytes().splitlines()]


def test_a_run_writes_down_what_happened_and_when(spool: Spool, settings: Settings) -> None:
    # when
    run = open_run(spool, settings, job_id="j1", fence=1, kind="k", tags={"company": "c1"}, started_at_ms=5)
    run.param("horizon", 3)
    run.metric("loss", 0.5, 7, at_ms=8)
    run.tag("nit", "900")
    run.artifact("plots/a.png", key="jobs/j1/fence-1/plots/a.png")
    run.model("xgboost_900", flavor="xgboost", key="blobs/a", file="m.ubj", noria_version=2, promote=True)
    run.end("FINISHED", at_ms=9)
    # then
    begin, param, metric, tag, artifact, model, end = written(spool)
    assert (begin.op, begin.at, begin.data) == ("begin", 5, {
        "uri": "http://ml:5000", "ui": "https://ml.example", "experiment": {"name": "tnsfull_ml"}, "kind": "k", "fence": 1,
        "run_name": "k j1", "tags": {"company": "c1"}})
    assert (param.op, param.data) == ("param", {"name": "horizon", "value": "3"})
    assert metric == Op("metric", 8, {"name": "loss", "value": 0.5, "step": 7})
    assert (tag.op, tag.data) == ("tag", {"name": "nit", "value": "900"})
    assert (artifact.op, artifact.data) == ("artifact", {"path": "plots/a.png", "key": "jobs/j1/fence-1/plots/a.png"})
    assert (model.op, model.data["folder"], model.data["version"]) == ("model", "models/xgboost_900", 2)
    assert end == Op("end", 9, {"status": "FINISHED"})


def test_an_exact_experiment_is_asked_for_by_its_id(spool: Spool, settings: Settings) -> None:
    open_run(spool, settings, job_id="j1", fence=1, kind="k", experiment_id="401576597529460193").close()
    assert written(spool)[0].data["experiment"] == {"id": "401576597529460193"}


def test_the_first_value_of_a_param_stands_and_secrets_are_masked(spool: Spool, settings: Settings) -> None:
    # when
    run = open_run(spool, settings, job_id="j1", fence=1, kind="k")
    run.param("horizon", 3)
    run.param("horizon", 4)
    run.param("api_key", "hunter2")
    run.close()
    # then
    assert [op.data["value"] for op in written(spool)[1:]] == ["3", "***"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_metric_that_is_not_finite_is_not_written(spool: Spool, settings: Settings, value: float) -> None:
    # when
    run = open_run(spool, settings, job_id="j1", fence=1, kind="k")
    run.metric("loss", value)
    run.close()
    # then
    assert [op.op for op in written(spool)] == ["begin"]


def test_tracking_that_is_off_gives_a_run_that_goes_nowhere(tmp_path: Path) -> None:
    # given
    off = load_settings({"NORIA_HOME": str(tmp_path), "MLFLOW_TRACKING_URI": "off"})
    spool = Spool(spool_folder(off))
    # then
    assert isinstance(open_run(spool, off, job_id="j1", fence=1, kind="k"), NullRun)
    close_run(spool, off, job_id="j1", fence=1, status="FAILED", at_ms=1)
    assert not spool.folder.exists()


def test_a_spool_that_cannot_be_written_costs_a_warning_and_no_job(tmp_path: Path, settings: Settings) -> None:
    # given a file where the spool's folder should be
    (tmp_path / "blocked").write_text("")
    # when
    run = open_run(Spool(tmp_path / "blocked"), settings, job_id="j1", fence=1, kind="k")
    run.metric("loss", 1.0)
    run.end("FINISHED")
    # then nothing was raised
    assert isinstance(run, SpoolRun)


def test_what_a_full_disk_does_not_take_waits_and_is_written_once_there_is_room(tmp_path: Path, settings: Settings) -> None:
    # given
    spool = FullSpool(spool_folder(settings))
    run = SpoolRun(spool.open_segment("j1", 1))
    # when it goes on to its end, and room is there again later
    run.metric("loss", 1.0)
    run.end("FINISHED")
    spool.flush()
    assert written(spool, "00000001.jsonl") == []
    spool.make_room()
    spool.flush()
    # then nothing was raised, all of it is there, and the file is closed
    assert [op.op for op in written(spool, "00000001.jsonl")] == ["metric", "end"]
    assert not spool.open_segments


def test_a_run_settles_once_the_disk_has_taken_all_of_it(settings: Settings) -> None:
    # given
    spool = FullSpool(spool_folder(settings))
    run = SpoolRun(spool.open_segment("j1", 1))
    run.end("FINISHED")
    assert not run.settle(0.2)
    # when
    threading.Timer(0.3, spool.make_room).start()
    # then
    assert run.settle(20)
    assert [op.op for op in written(spool, "00000001.jsonl")] == ["end"]


def test_an_end_for_a_gone_worker_says_that_the_disk_is_full_and_can_be_asked_for_again(settings: Settings) -> None:
    # given
    spool = FullSpool(spool_folder(settings))
    # when
    kept = [close_run(spool, settings, job_id="j1", fence=1, status="FAILED", at_ms=1) for _ in range(2)]
    spool.make_room()
    kept.append(close_run(spool, settings, job_id="j1", fence=1, status="FAILED", at_ms=1))
    # then
    assert kept == [False, False, True]
    assert [op.op for op in written(spool, "00000001-end.jsonl")] == ["end"]


def test_a_file_that_cannot_be_written_costs_a_warning_and_no_job(spool: Spool) -> None:
    # given a run whose file can only be read
    segment = spool.open_segment("j1", 1)
    assert segment._fd is not None
    wrong = os.open("/dev/null", os.O_RDONLY)
    os.dup2(wrong, segment._fd)
    os.close(wrong)
    run = SpoolRun(segment)
    # when
    run.metric("loss", 1.0)
    run.end("FINISHED")
    # then nothing was raised, and the segment is given up
    assert not spool.open_segments


def test_the_end_that_the_reaper_writes_stands_behind_the_attempts_own_lines(spool: Spool, settings: Settings) -> None:
    # given
    open_run(spool, settings, job_id="j1", fence=1, kind="k").close()
    # when
    close_run(spool, settings, job_id="j1", fence=1, status="FAILED", at_ms=7,
              tracking={"experiment_id": "1", "run_id": "r", "ui_url": "x", "pending": True})
    # then
    [end] = written(spool, "00000001-end.jsonl")
    assert (end.op, end.at, end.data["status"], end.data["run_id"]) == ("end", 7, "FAILED", "r")
    with spool.lock("j1") as folder:
        assert folder
        assert [path.name for path in folder.segments()] == ["00000001.jsonl", "00000001-end.jsonl"]
