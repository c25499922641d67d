"""The checks by themselves; tests/api/test_cli_doctor.py sees each of them unwell."""

from pathlib import Path

from api.doctor import diagnose
from jobs.check import Check
from jobs.kind import QUEUES
from jobs.settings import load_settings
from storage.memory_jobs import MemoryJobStore

API = Check("API", True, "here")


def checks(tmp_path: Path, jobs: MemoryJobStore, storage: str | None) -> dict[str, Check]:
    settings = load_settings({"NORIA_HOME": str(tmp_path), "MLFLOW_TRACKING_URI": "off", "MLFLOW_PORT": "", "FLOWER_PORT": ""})
    return {check.name: check for check in diagnose(settings, jobs, API, storage)}


def test_every_part_is_named_in_the_order_in_which_a_job_meets_it(tmp_path: Path) -> None:
    found = checks(tmp_path, MemoryJobStore(), "ok")

    assert list(found) == ["API", "broker", "storage", *(f"queue {queue}" for queue in QUEUES), "MLflow", "Flower", "disk", "clocks"]
    assert found["storage"].ok


def test_a_storage_that_nobody_could_ask_is_not_called_well(tmp_path: Path) -> None:
    found = checks(tmp_path, MemoryJobStore(), None)["storage"]

    assert not found.ok
    assert found.todo == "see the API first"
