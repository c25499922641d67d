"""How tracking is, as one file says it to all processes of a machine."""

import os
import time
from pathlib import Path

import pytest

from jobs.settings import Settings, load_settings
from tracking.health import note_server, tracking_health
from tracking.runs import open_run, spool_folder
from tracking.spool import Spool


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"NORIA_HOME": str(tmp_path), "MLFLOW_TRACKING_URI": "http://ml:5000"})


@pytest.fixture
def spool(settings: Settings) -> Spool:
    return Spool(spool_folder(settings))


def test_what_the_shipper_noted_is_told(spool: Spool, settings: Settings) -> None:
    # when
    note_server(spool, "http://ml:5000", None)
    # then
    assert tracking_health(spool, settings) == {"state": "up", "uri": "http://ml:5000", "backlog": 0, "dead": 0, "error": None}
    note_server(spool, "http://ml:5000", "refused")
    assert tracking_health(spool, settings)["state"] == "down"
    assert tracking_health(spool, settings)["error"] == "refused"


def test_a_note_whose_writer_was_killed_does_not_stay(spool: Spool) -> None:
    # given
    spool.folder.mkdir(parents=True)
    for name, age_s in (("server-1.tmp", 3600), ("server-2.tmp", 0)):
        (spool.folder / name).touch()
        os.utime(spool.folder / name, (time.time() - age_s,) * 2)
    # when
    note_server(spool, "http://ml:5000", None)
    # then
    assert {path.name for path in spool.folder.iterdir()} == {"server.json", "server-2.tmp"}


def test_a_server_that_nobody_asked_is_not_called_up(spool: Spool, settings: Settings) -> None:
    # given
    assert tracking_health(spool, settings)["state"] == "down"
    # when another server was asked
    note_server(spool, "http://elsewhere:5000", None)
    # then
    assert tracking_health(spool, settings)["state"] == "down"


def test_runs_that_wait_are_counted(spool: Spool, settings: Settings) -> None:
    # when
    for job_id in ("a", "b"):
        open_run(spool, settings, job_id=job_id, fence=1, kind="k").end("FINISHED")
    # then
    assert tracking_health(spool, settings)["backlog"] == 2


def test_the_password_in_the_servers_address_is_not_told(spool: Spool, tmp_path: Path) -> None:
    settings = load_settings({"NORIA_HOME": str(tmp_path), "MLFLOW_TRACKING_URI": "http://me:pass-word@ml:5000"})
    note_server(spool, str(settings.tracking_uri), None)

    told = tracking_health(spool, settings)

    assert (told["state"], told["uri"]) == ("up", "http://ml:5000")
    assert "pass-word" not in (spool.folder / "server.json").read_text(encoding="utf-8")
