"""Backups of a living installation, brought back after all of it was destroyed: real Valkey, files, and SQLite."""

import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from jobs.errors import Conflict, InputError, NotFound
from jobs.record import new_job_id
from jobs.settings import Settings, load_settings, write_setting
from storage import names
from storage.archive import JobArchive
from storage.backup import restore_backup, write_backup
from storage.datasets import Datasets
from storage.job_store import End, NewJob
from storage.models import Models, Version
from storage.object_store import ObjectStore
from storage.objects import open_store
from storage.redis_jobs import RedisJobStore
from storage.retrain_queue import CorrectionRef, RetrainPlan
from tests.services import Valkey

PLAN = RetrainPlan("test.retrain", "gpu", {}, 3, 5)


@dataclass
class House:
    """An installation of one machine: its broker runs with its files in NORIA_HOME."""

    settings: Settings
    valkey: Valkey

    @property
    def jobs(self) -> RedisJobStore:
        return RedisJobStore(self.valkey.url)

    @property
    def objects(self) -> ObjectStore:
        return open_store(self.settings.objects_url)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    home = tmp_path / "home"
    valkey = Valkey(home / "broker").start()
    settings = load_settings({"NORIA_HOME": str(home), "REDIS_PORT": str(valkey.port)})
    yield House(settings, valkey)
    valkey.stop()


def submit(jobs: RedisJobStore) -> str:
    job = NewJob(new_job_id(), "test.noop", "cpu", {"x": 1}, 3, {"team": "north"})
    return jobs.submit(job, idempotency_s=60, queue_limit=10).job.id


def end(house: House, job_id: str) -> None:
    job = house.jobs.acquire(job_id, worker="w", lease_s=30)
    assert job
    house.jobs.move(job_id, job.fence, End("succeeded", result={"value": 7}))
    JobArchive(house.objects).save(house.jobs, job_id)


def destroy(house: House) -> None:
    house.valkey.kill()
    shutil.rmtree(house.settings.home)


def test_everything_is_there_again_after_all_was_lost(house: House, tmp_path: Path) -> None:
    ended, waiting = submit(house.jobs), submit(house.jobs)
    end(house, ended)
    (tmp_path / "sales.csv").write_text("date,item,quantity\n" + "".join(f"2026-01-{d:02d},a,{d}\n" for d in range(1, 29)))
    datasets = Datasets(house.objects, house.jobs, house.settings)
    dataset, _ = datasets.receive(tmp_path / "sales.csv", type="sales", name="sales", filename="sales.csv")
    rows = datasets.wait(dataset.id, 60).rows
    Models(house.objects, house.jobs).publish(Version("shop", 1, "test", ended, 1), promote=True)
    house.jobs.add_correction(CorrectionRef("c1", "shop", "i1", 1), PLAN, retrain_id=new_job_id())
    house.objects.put_json(names.correction("c1", "correction.json"), {"image": "i1"})
    write_setting(house.settings.home, "MAX_ROWS", "77")
    (house.settings.home / "mlflow").mkdir()
    with closing(sqlite3.connect(house.settings.home / "mlflow" / "mlflow.db")) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE runs (id TEXT)")
        database.execute("INSERT INTO runs VALUES ('r1')")
        database.commit()
        told: list[str] = []
        made = write_backup(house.settings, tmp_path / "all.tar", progress=told.append)
    destroy(house)

    restored = restore_backup(house.settings, tmp_path / "all.tar")
    house.valkey.start()

    assert (restored.files, restored.at, restored.elsewhere) == (made.files, made.at, ()) == (len(told), made.at, ())
    jobs, objects = house.jobs, house.objects
    assert (jobs.get(ended).result, jobs.get(waiting).state, jobs.get(waiting).queue_position) == ({"value": 7}, "queued", 0)
    assert house.valkey.client.llen("cpu") >= 1
    assert jobs.acquire(waiting, worker="w", lease_s=30) is not None
    assert JobArchive(objects).load(ended)[0].result == {"value": 7}
    again = Datasets(objects, jobs, house.settings)
    assert (again.get(dataset.id).rows, [d.id for d in again.page()[0]]) == (rows, [dataset.id])
    assert Models(objects, jobs).champion("shop") == 1
    assert jobs.retrain_status("shop").pending == 1
    assert load_settings({"NORIA_HOME": str(house.settings.home)}).max_rows == 77
    with closing(sqlite3.connect(house.settings.home / "mlflow" / "mlflow.db")) as database:
        assert database.execute("SELECT id FROM runs").fetchall() == [("r1",)]


def test_a_broker_that_is_down_is_backed_up_by_its_log(house: House, tmp_path: Path) -> None:
    job_id = submit(house.jobs)
    house.valkey.client.shutdown(nosave=True)
    write_backup(house.settings, tmp_path / "all.tar")
    house.valkey.process.wait()
    shutil.rmtree(house.settings.home)

    restore_backup(house.settings, tmp_path / "all.tar")
    house.valkey.start()

    assert house.jobs.get(job_id).state == "queued"


def test_what_a_restored_broker_is_told_outlives_its_death(house: House, tmp_path: Path) -> None:
    submit(house.jobs)
    write_backup(house.settings, tmp_path / "all.tar")
    destroy(house)
    restore_backup(house.settings, tmp_path / "all.tar")
    house.valkey.start()
    later = submit(house.jobs)
    house.valkey.client.shutdown(nosave=True)
    house.valkey.process.wait()
    house.valkey.start()

    assert house.jobs.get(later).state == "queued"
    assert house.jobs.queues()["cpu"].waiting == 2


def test_only_its_owner_reads_a_backup_and_none_is_overwritten(house: House, tmp_path: Path) -> None:
    file = tmp_path / "all.tar"
    write_backup(house.settings, file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(Conflict, match="there already"):
        write_backup(house.settings, file)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["all.tar", "home"]


def test_nothing_is_restored_over_data(house: House, tmp_path: Path) -> None:
    write_backup(house.settings, tmp_path / "all.tar")

    with pytest.raises(Conflict, match="holds broker already"):
        restore_backup(house.settings, tmp_path / "all.tar")


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    settings = Settings(noria_home=tmp_path / "home")
    (tmp_path / "text").write_text("no tar")

    with pytest.raises(InputError, match="not a backup"):
        restore_backup(settings, tmp_path / "text")
    with pytest.raises(NotFound):
        restore_backup(settings, tmp_path / "nothing")


def test_parts_that_are_kept_elsewhere_are_named(tmp_path: Path) -> None:
    settings = Settings(noria_home=tmp_path / "home", redis_url="redis://far:6379/0", storage_url="s3://bucket/x")

    made = write_backup(settings, tmp_path / "all.tar")

    assert made.elsewhere == ("the broker (REDIS_URL)", "the object store (STORAGE_URL)")
