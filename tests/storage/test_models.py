from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from jobs.errors import Conflict, NotFound
from storage import names
from storage.models import Models, Version
from storage.object_store import ObjectStore
from storage.objects import open_store


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    return open_store((tmp_path / "objects").as_uri())


@pytest.fixture
def models(objects: ObjectStore) -> Models:
    return Models(objects)


def made(models: Models, job_id: str, *, promote: bool = True, files: dict[str, str] | None = None) -> Version:
    number = models.allocate("demand", domain="forecasting", job_id=job_id)
    version = Version("demand", number, "forecasting", job_id, 1_000 + number, {"metrics": {"mae": 1.5}}, files or {})
    models.publish(version, promote=promote)
    return version


def test_a_job_keeps_its_number_over_all_its_attempts(models: Models) -> None:
    first = models.allocate("demand", domain="forecasting", job_id="a")
    other = models.allocate("demand", domain="forecasting", job_id="b")
    assert (first, other, models.allocate("demand", domain="forecasting", job_id="a")) == (1, 2, 1)


def test_jobs_at_once_get_different_numbers(models: Models) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda n: models.allocate("demand", domain="forecasting", job_id=f"j{n}"), range(16)))
    assert sorted(numbers) == list(range(1, 17))


def test_a_name_belongs_to_one_domain(models: Models) -> None:
    models.allocate("demand", domain="forecasting", job_id="a")
    with pytest.raises(Conflict):
        models.allocate("demand", domain="vision", job_id="b")


def test_an_allocated_version_does_not_exist_before_it_is_published(models: Models) -> None:
    number = models.allocate("demand", domain="forecasting", job_id="a")
    with pytest.raises(NotFound):
        models.version("demand", number)
    assert models.versions("demand") == []
    assert models.champion("demand") is None


def test_publishing_twice_changes_nothing(models: Models) -> None:
    version = made(models, "a")
    models.publish(version, promote=True)
    assert models.versions("demand") == [version]
    assert [e.version for e in models.history("demand")] == [1]


def test_the_last_promotion_names_the_champion(models: Models) -> None:
    made(models, "a")
    made(models, "b")
    made(models, "c", promote=False)
    assert models.champion("demand") == 2
    assert models.version("demand").job_id == "b"
    assert [(e.version, e.action) for e in models.history("demand")] == [(2, "promoted"), (1, "promoted")]


def test_a_replayed_publication_does_not_promote_an_older_version_again(models: Models) -> None:
    first = made(models, "a")
    made(models, "b")
    models.publish(first, promote=True)
    assert models.champion("demand") == 2


def test_files_are_fetched_to_a_local_folder(models: Models, objects: ObjectStore, tmp_path: Path) -> None:
    objects.put(names.artifact("a", 1, "model/weights.bin"), b"weights")
    version = made(models, "a", files={"weights.bin": names.artifact("a", 1, "model/weights.bin")})
    local = models.fetch(version, tmp_path / "cache")
    assert local.files["weights.bin"].read_bytes() == b"weights"
    assert local.metadata == {"metrics": {"mae": 1.5}}


@pytest.mark.parametrize("name", ["nothing", "../etc", "a/b", ""])
def test_an_unknown_or_impossible_name_is_not_found(models: Models, name: str) -> None:
    with pytest.raises(NotFound):
        models.version(name)
