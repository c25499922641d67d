from pathlib import Path
from typing import Any

from jobs.record import new_job_id
from jobs.settings import load_settings
from storage import names
from storage.job_store import NewJob
from storage.memory_jobs import MemoryJobStore
from storage.retrain_queue import CorrectionRef, RetrainPlan
from tracking.null import NullRun
from workers.publication import publish_models
from workers.services import make_services


class RecordingRun(NullRun):
    """A run that goes nowhere but remembers which models it was told of."""

    def __init__(self) -> None:
        self.models: list[tuple[str, dict[str, Any]]] = []

    def model(self, registered_name: str, **details: Any) -> None:
        self.models.append((registered_name, details))


def test_publishing_makes_versions_exist_and_tells_mlflow_of_them(tmp_path: Path) -> None:
    services = make_services(load_settings({"NORIA_HOME": str(tmp_path)}), MemoryJobStore())
    new = NewJob(new_job_id(), "test.model", "cpu", {}, 3, {})
    services.jobs.submit(new, idempotency_s=1, queue_limit=10)
    job = services.jobs.acquire(new.id, worker="w", lease_s=30)
    assert job is not None
    version = {"model": "m", "version": 1, "domain": "test", "job_id": job.id, "created_at": 1, "metadata": {}, "files": {"a.ubj": "key"}}
    registration = {"registered_name": "xgboost_m", "flavor": "xgboost", "file": "a.ubj"}
    staged = {"version": version, "promote": True, "registrations": [registration]}
    committed = services.jobs.commit(job.id, job.fence, result={}, artifacts=[], models=[staged])
    run = RecordingRun()
    publish_models(services, committed, run)
    publish_models(services, committed, run)
    assert [v.version for v in services.models.versions("m")] == [1]
    assert len(services.models.history("m")) == 1
    assert run.models[0] == ("xgboost_m", {"flavor": "xgboost", "key": "key", "file": "a.ubj", "noria_version": 1, "promote": True})


def test_publishing_a_retrain_remembers_the_corrections_that_it_learned_from(tmp_path: Path) -> None:
    services = make_services(load_settings({"NORIA_HOME": str(tmp_path)}), MemoryJobStore())
    correction = CorrectionRef(new_job_id(), "m", "image", 1)
    added = services.jobs.add_correction(correction, RetrainPlan("test.retrain", "cpu", {}, 2, 1), retrain_id=new_job_id())
    job = services.jobs.acquire(added.retrain_job or "", worker="w", lease_s=30)
    assert job is not None
    committed = services.jobs.commit(job.id, job.fence, result={}, artifacts=[], models=[])

    publish_models(services, committed, RecordingRun())
    publish_models(services, committed, RecordingRun())

    assert services.objects.read_json(names.correction(correction.id, "used.json"))["job"] == job.id
