"""Rounds of the reaper on the store in memory and a real object store and spool."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from jobs.errors import NotFound, StorageUnavailable
from jobs.record import Job, new_job_id
from jobs.settings import load_settings
from storage import names
from storage.corrections import Correction
from storage.job_store import End, NewJob
from storage.memory_jobs import MemoryJobStore
from storage.models import Version
from storage.retrain_queue import CorrectionRef, RetrainPlan
from tests.full_disk import FullSpool
from tracking.runs import spool_folder
from tracking.spool import parse
from workers.reaper import Reaper
from workers.services import Services, make_services

LEASE_S = 10.0


class Yard:
    """A reaper with what it works on."""

    def __init__(self, home: Path) -> None:
        self.settings = load_settings({"NORIA_HOME": str(home), "LEASE_S": str(LEASE_S), "MLFLOW_TRACKING_URI": "http://127.0.0.1:9"})
        self.jobs = MemoryJobStore()
        self.services: Services = make_services(self.settings, self.jobs)
        self.reaper = Reaper(self.services, self.settings, "reaper")

    def running(self, max_attempts: int = 3) -> Job:
        new = NewJob(new_job_id(), "test.noop", "cpu", {}, max_attempts, {})
        self.jobs.submit(new, idempotency_s=1, queue_limit=10)
        job = self.jobs.acquire(new.id, worker="w", lease_s=LEASE_S)
        assert job is not None
        return job


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return Yard(tmp_path)


def test_an_ended_job_is_archived_in_the_next_round(yard: Yard) -> None:
    job = yard.running()
    yard.jobs.move(job.id, job.fence, End("succeeded", result={"value": 1}))
    yard.reaper.round()
    assert yard.services.archive.load(job.id)[0].result == {"value": 1}
    assert yard.jobs.unarchived() == ()


def test_an_old_archived_job_is_dropped_from_the_job_store_alone(yard: Yard) -> None:
    job = yard.running()
    yard.jobs.move(job.id, job.fence, End("succeeded", result={}))
    yard.reaper.round()
    yard.jobs.advance(31 * 86_400)
    Reaper(yard.services, yard.settings, "next").round()
    with pytest.raises(NotFound):
        yard.jobs.get(job.id)
    assert yard.services.archive.load(job.id)[0].id == job.id


def test_a_job_given_up_has_its_run_ended_as_failed(yard: Yard) -> None:
    job = yard.running(max_attempts=1)
    yard.jobs.advance(LEASE_S + 1)
    yard.reaper.round()
    assert yard.jobs.get(job.id).state == "failed"
    segments = list((yard.settings.home / "spool").rglob("*-end.jsonl"))
    assert [json.loads(s.read_text())["status"] for s in segments] == ["FAILED"]


def test_a_job_canceled_while_it_waited_for_its_next_attempt_has_its_run_ended(yard: Yard) -> None:
    job = yard.running()
    yard.jobs.hand_back(job.id, job.fence)
    yard.jobs.request_cancel(job.id)
    yard.reaper.round()
    yard.reaper.round()
    segments = list((yard.settings.home / "spool").rglob("*-end.jsonl"))
    assert [json.loads(s.read_text())["status"] for s in segments] == ["KILLED"]


def test_a_requeued_job_keeps_its_run_open(yard: Yard) -> None:
    job = yard.running()
    yard.jobs.advance(LEASE_S + 1)
    assert yard.reaper.round().requeued == (job.id,)
    assert list((yard.settings.home / "spool").rglob("*-end.jsonl")) == []


def test_a_committed_job_without_its_worker_is_finished_once(yard: Yard) -> None:
    job = yard.running()
    version = {"model": "m", "version": 1, "domain": "test", "job_id": job.id, "created_at": 5, "metadata": {}, "files": {}}
    staged = {"version": version, "promote": True, "registrations": []}
    yard.jobs.commit(job.id, job.fence, result={"value": 9}, artifacts=[], models=[staged])
    yard.jobs.advance(LEASE_S + 1)
    assert yard.reaper.round().to_finish == (job.id,)
    ended = yard.jobs.get(job.id)
    assert (ended.state, ended.result, yard.services.models.champion("m")) == ("succeeded", {"value": 9}, 1)
    assert yard.reaper.round().to_finish == ()


def test_only_one_reaper_archives_at_a_time(yard: Yard) -> None:
    other = Reaper(yard.services, yard.settings, "other")
    yard.reaper.round()
    job = yard.running()
    yard.jobs.move(job.id, job.fence, End("succeeded", result={}))
    other.round()
    assert yard.jobs.unarchived() == (job.id,)
    yard.reaper.round()
    assert yard.jobs.unarchived() == ()


def test_a_correction_that_was_kept_but_never_announced_is_counted(yard: Yard) -> None:
    models, correction_id = yard.services.models, new_job_id()
    models.publish(Version("m", models.allocate("m", domain="test", job_id="a"), "test", "a", 1), promote=True)
    yard.jobs.announce_correction(correction_id)
    nothing: dict[str, list[Any]] = {"added": [], "removed": [], "moved": [], "relabelled": [], "confirmed": []}
    lost = Correction(correction_id, "m", 1, "image", [], None, None, nothing, "", "local", 1)
    yard.services.objects.put_json(names.correction(correction_id, "correction.json"), asdict(lost))
    yard.jobs.advance(60)

    yard.reaper.round()

    assert yard.jobs.retrain_status("m").pending == 1


def retraining(yard: Yard) -> Job:
    """A running retrain that has one correction."""
    plan = RetrainPlan("test.retrain", "cpu", {"model": "m"}, 2, 1)
    yard.jobs.add_correction(CorrectionRef(new_job_id(), "m", "i", 1), plan, retrain_id="a" * 24)
    job = yard.jobs.acquire("a" * 24, worker="w", lease_s=LEASE_S)
    assert job
    return job


def test_a_retrain_that_goes_on_no_more_has_the_run_of_its_earlier_attempt_ended(yard: Yard) -> None:
    # given a retrain that was handed back after it had begun its run, and is canceled before it went on with it
    job = retraining(yard)
    yard.jobs.annotate(job.id, {"experiment_id": "7", "run_id": "r", "ui_url": "u", "pending": True})
    yard.jobs.hand_back(job.id, job.fence)
    again = yard.jobs.acquire(job.id, worker="w", lease_s=LEASE_S)
    assert again
    yard.jobs.move(job.id, again.fence, End("canceled"))
    # when
    yard.reaper.round()
    # then
    (segment,) = (yard.settings.home / "spool").rglob("*-end.jsonl")
    told = json.loads(segment.read_text())
    assert (told["status"], told["run_id"]) == ("KILLED", "r")


def test_a_committed_retrain_without_its_worker_begins_no_second_run(yard: Yard) -> None:
    job = retraining(yard)
    version = {"model": "m", "version": 2, "domain": "test", "job_id": job.id, "created_at": 5, "metadata": {}, "files": {}}
    staged = {"version": version, "promote": True, "registrations": []}
    yard.jobs.commit(job.id, job.fence, result={"value": 9}, artifacts=[], models=[staged])
    yard.jobs.advance(LEASE_S + 1)
    yard.reaper.round()
    assert yard.jobs.get(job.id).state == "succeeded"
    assert list((yard.settings.home / "spool").rglob("*.jsonl")) == []


def test_a_job_that_succeeded_keeps_no_checkpoint(yard: Yard) -> None:
    job = yard.running()
    yard.services.objects.put(names.checkpoint(job.id, "last.pt"), b"x")
    yard.reaper.round()
    assert yard.services.objects.exists(names.checkpoint(job.id, "last.pt"))
    version = {"model": "m", "version": 1, "domain": "test", "job_id": job.id, "created_at": 5, "metadata": {}, "files": {}}
    staged = {"version": version, "promote": True, "registrations": []}
    yard.jobs.commit(job.id, job.fence, result={}, artifacts=[], models=[staged])
    yard.jobs.move(job.id, job.fence, End("succeeded"))
    yard.reaper.round()
    assert not yard.services.objects.exists(names.checkpoint(job.id, "last.pt"))


def test_the_scratch_folders_of_runs_that_are_over_are_removed_and_those_of_running_ones_stay(yard: Yard) -> None:
    # given a job whose last attempt was killed, one that is forgotten, one whose second attempt runs, and one that runs
    lost, again, runs = yard.running(max_attempts=1), yard.running(), yard.running()
    yard.jobs.hand_back(again.id, again.fence)
    second = yard.jobs.acquire(again.id, worker="w", lease_s=LEASE_S)
    assert second
    yard.jobs.move(lost.id, lost.fence, End("failed"))
    left = [f"{lost.id}-{lost.fence}", f"{'0' * 24}-1", f"{again.id}-{again.fence}"]
    kept = [f"{again.id}-{second.fence}", f"{runs.id}-{runs.fence}"]
    for name in left + kept:
        (yard.settings.home / "scratch" / name).mkdir(parents=True)
        (yard.settings.home / "scratch" / name / "weights.pt").write_bytes(b"x")

    yard.reaper.round()

    assert sorted(f.name for f in (yard.settings.home / "scratch").iterdir()) == sorted(kept)


def test_on_a_full_disk_the_end_of_a_lost_run_waits_and_so_does_the_archive(yard: Yard) -> None:
    # given a job whose last attempt was lost
    spool = FullSpool(spool_folder(yard.settings))
    yard.services = replace(yard.services, spool=spool)
    yard.reaper = Reaper(yard.services, yard.settings, "reaper")
    job = yard.running(max_attempts=1)
    yard.jobs.advance(LEASE_S + 1)
    # when
    for _ in range(2):
        with pytest.raises(StorageUnavailable):
            yard.reaper.round()
    waited = yard.jobs.unarchived()
    spool.make_room()
    yard.reaper.round()
    # then
    assert (waited, yard.jobs.unarchived()) == ((job.id,), ())
    [end] = (spool.runs / job.id).iterdir()
    assert (end.name, parse(end.read_bytes()).data["begin"]["kind"]) == ("00000001-end.jsonl", "test.noop")


def test_on_a_full_disk_a_committed_job_is_finished_later(yard: Yard) -> None:
    # given a job whose worker died after its commit
    spool = FullSpool(spool_folder(yard.settings))
    yard.services = replace(yard.services, spool=spool)
    yard.reaper = Reaper(yard.services, yard.settings, "reaper")
    job = yard.running()
    yard.jobs.commit(job.id, job.fence, result={"value": 1}, artifacts=[], models=[])
    # when
    yard.jobs.advance(LEASE_S + 1)
    with pytest.raises(StorageUnavailable):
        yard.reaper.round()
    assert yard.jobs.get(job.id).state == "running"
    spool.make_room()
    yard.jobs.advance(LEASE_S + 1)
    yard.reaper.round()
    # then
    assert yard.jobs.get(job.id).state == "succeeded"
