"""What retention takes away, and all that it has to leave alone, on a real folder of objects and on a server that speaks S3."""

import os
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from jobs.record import new_job_id
from jobs.settings import Settings
from storage import names
from storage.archive import JobArchive
from storage.job_store import End, NewJob
from storage.memory_jobs import MemoryJobStore
from storage.models import Models, Version
from storage.object_store import ObjectStore
from storage.retention import DAY_MS, Retention

DAYS = 100


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(noria_home=tmp_path)


@pytest.fixture
def jobs() -> MemoryJobStore:
    return MemoryJobStore()


def later(objects: ObjectStore, jobs: MemoryJobStore, settings: Settings, days: float = DAYS) -> Retention:
    """Retention as it is that many days from now."""
    return Retention(objects, jobs, settings, now_ms=jobs._now() + round(days * DAY_MS))


def ended(objects: ObjectStore, jobs: MemoryJobStore, **params: str) -> str:
    """An archived job with an artifact and a checkpoint."""
    new = NewJob(new_job_id(), "test.noop", "cpu", dict(params), 3, {})
    jobs.submit(new, idempotency_s=1, queue_limit=100)
    job = jobs.acquire(new.id, worker="w", lease_s=30)
    assert job
    jobs.move(job.id, job.fence, End("failed", error={"code": "x"}))
    objects.put(names.artifact(job.id, 1, "a.txt"), b"artifact")
    objects.put(names.checkpoint(job.id, "c"), b"checkpoint")
    JobArchive(objects).save(jobs, job.id)
    return job.id


def image(objects: ObjectStore, jobs: MemoryJobStore, letter: str) -> tuple[str, str]:
    """Id and SHA-256 of an uploaded image."""
    sha256, image_id = letter * 64, letter * 24
    objects.put(names.image(sha256), b"pixels")
    objects.put_json(names.image_document(image_id), {"id": image_id, "sha256": sha256, "created_at": jobs._now()})
    return image_id, sha256


def planned(retention: Retention) -> set[str]:
    return {removal.name for removal in retention.plan()}


def test_what_an_old_job_left_goes_and_its_record_stays(objects: ObjectStore, jobs: MemoryJobStore, settings: Settings) -> None:
    job_id = ended(objects, jobs)

    assert planned(later(objects, jobs, settings, days=80)) == set()
    retention = later(objects, jobs, settings)
    plan = retention.plan()
    assert {(r.what, r.name, r.bytes) for r in plan} == {
        ("artifacts", f"jobs/{job_id}/fence-1/a.txt", 8), ("checkpoints", f"jobs/{job_id}/checkpoints/c", 10)}

    for removal in plan:
        retention.remove(removal)
    assert list(objects.names("jobs/")) == [names.job(job_id)]
    assert JobArchive(objects).load(job_id)[0].state == "failed"


def test_a_job_that_was_started_again_keeps_its_checkpoints(objects: ObjectStore, jobs: MemoryJobStore, settings: Settings) -> None:
    jobs.retry(ended(objects, jobs))

    assert planned(later(objects, jobs, settings)) == set()


def test_what_mlflow_was_not_told_yet_stays(objects: ObjectStore, jobs: MemoryJobStore, settings: Settings) -> None:
    spooled = ended(objects, jobs)
    (settings.home / "spool" / "runs" / spooled).mkdir(parents=True)
    job_id = ended(objects, jobs)
    document = orjson.loads(objects.read(names.job(job_id)))
    document["job"]["tracking"] = {"pending": True}
    objects.put(names.job(job_id), orjson.dumps(document))

    assert planned(later(objects, jobs, settings)) == set()


def test_files_of_every_published_version_stay(objects: ObjectStore, jobs: MemoryJobStore, settings: Settings) -> None:
    job_id = ended(objects, jobs)
    key = names.artifact(job_id, 1, "model/shop/weights")
    objects.put(key, b"weights")
    version = Version("shop", 1, "test", job_id, 1, files={"weights": key})
    models = Models(objects, jobs)
    models.publish(version, promote=True)
    models.publish(replace(version, version=2, job_id="other", files={}), promote=True)

    assert key not in planned(later(objects, jobs, settings))
    assert models.champion("shop") == 2


def test_uploaded_bytes_without_a_data_set_go_after_a_day(objects: ObjectStore, jobs: MemoryJobStore, settings: Settings) -> None:
    objects.put(names.blob("a" * 64), b"orphan")
    objects.put(names.blob("b" * 64), b"used")
    objects.put_json(names.dataset("c" * 24, "upload.json"), {"sha256": "b" * 64})

    assert planned(later(objects, jobs, settings, days=0.5)) == set()
    assert planned(later(objects, jobs, settings, days=2)) == {names.blob("a" * 64)}


def test_images_stay_while_anything_refers_to_them(objects: ObjectStore, jobs: MemoryJobStore, settings: Settings) -> None:
    free, _ = image(objects, jobs, "a")
    waiting, _ = image(objects, jobs, "b")
    jobs.submit(NewJob(new_job_id(), "test.noop", "cpu", {"images": [waiting]}, 1, {}), idempotency_s=1, queue_limit=10)
    corrected, _ = image(objects, jobs, "c")
    objects.put_json(names.correction("k1", "correction.json"), {"image": corrected})
    withdrawn, _ = image(objects, jobs, "d")
    objects.put_json(names.correction("k2", "correction.json"), {"image": withdrawn})
    objects.put_json(names.correction("k2", "withdrawn.json"), {"reason": "wrong"})
    _, in_dataset = image(objects, jobs, "e")
    objects.put(names.dataset("f" * 24, "records.jsonl"), orjson.dumps({"image_sha256": in_dataset}) + b"\n")
    _, in_snapshot = image(objects, jobs, "f")
    key = names.artifact("j", 1, "model/m/snapshot.json")
    objects.put(key, orjson.dumps({"images": [{"sha256": in_snapshot}]}))
    Models(objects, jobs).publish(Version("m", 1, "vision", "j", 1, files={"snapshot.json": key}), promote=True)

    assert planned(later(objects, jobs, settings, days=80)) == set()
    assert planned(later(objects, jobs, settings)) == {
        names.image_document(free), names.image("a" * 64), names.image_document(withdrawn), names.image("d" * 64)}


def test_old_local_copies_and_scratch_of_no_job_go(objects: ObjectStore, jobs: MemoryJobStore, settings: Settings) -> None:
    running = NewJob(new_job_id(), "test.noop", "cpu", {}, 1, {})
    jobs.submit(running, idempotency_s=1, queue_limit=10)
    jobs.acquire(running.id, worker="w", lease_s=30)
    old, used = settings.home / "cache" / "old", settings.home / "cache" / "used"
    mine, gone = settings.home / "scratch" / f"{running.id}-1", settings.home / "scratch" / f"{'0' * 24}-1"
    for path in (old, used, mine / "file", gone / "file"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"bytes")
    now = jobs._now() / 1000 + DAYS * 86_400
    os.utime(used, (now, now - DAYS * 86_400))
    retention = later(objects, jobs, settings)

    plan = retention.plan()
    assert {removal.name for removal in plan} == {str(old), str(gone)}
    for removal in plan:
        retention.remove(removal)
    assert not old.exists()
    assert not gone.exists()
    assert (mine / "file").exists()


def test_what_was_taken_away_stands_in_the_audit_trail(objects: ObjectStore, jobs: MemoryJobStore, settings: Settings) -> None:
    ended(objects, jobs)
    retention = later(objects, jobs, settings)
    plan = retention.plan()

    retention.audit(plan, by="a test", token="t1")

    entry = objects.read_json(next(iter(objects.names("audit/"))))
    assert (entry["action"], entry["by"], entry["bytes"]) == ("pruned", "a test", 18)
    assert set(entry["removed"]) == {removal.name for removal in plan}
