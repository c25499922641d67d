from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from jobs.errors import Conflict, NotFound
from storage import names
from storage.memory_jobs import MemoryJobStore
from storage.models import TRAINED, Mark, Models, Version
from storage.object_store import ObjectStore
from storage.objects import open_store


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    return open_store((tmp_path / "objects").as_uri())


@pytest.fixture
def models(objects: ObjectStore) -> Models:
    return Models(objects, MemoryJobStore())


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


def test_a_promotion_makes_an_older_version_the_champion_and_says_who_and_why(models: Models) -> None:
    made(models, "a")
    made(models, "b")

    models.promote("demand", 1, reason="The new one forgot February.", by="key1", now_ms=9_000)

    assert models.champion("demand") == 1
    last = models.history("demand")[0]
    assert (last.action, last.version, last.reason, last.by, last.at) == ("promoted", 1, "The new one forgot February.", "key1", 9_000)


def test_a_version_that_does_not_exist_cannot_be_promoted(models: Models) -> None:
    made(models, "a")
    for name, number in (("demand", 2), ("other", 1)):
        with pytest.raises(NotFound):
            models.promote(name, number, reason="x", by="local")
    assert len(models.history("demand")) == 1


def test_each_rollback_goes_back_one_champion_until_there_is_none(models: Models) -> None:
    for job_id in "abc":
        made(models, job_id)

    assert models.rollback("demand", reason="x", by="local").version == 2
    assert models.rollback("demand", reason="x", by="local").version == 1
    with pytest.raises(Conflict):
        models.rollback("demand", reason="x", by="local")
    assert models.champion("demand") == 1
    assert [e.action for e in models.history("demand")][:2] == ["rolled_back", "rolled_back"]


def test_promoting_the_champion_again_leaves_the_earlier_one_to_go_back_to(models: Models) -> None:
    made(models, "a")
    made(models, "b")
    models.promote("demand", 2, reason="x", by="local")

    assert models.rollback("demand", reason="x", by="local").version == 1


def test_an_unknown_model_cannot_be_rolled_back(models: Models) -> None:
    with pytest.raises(NotFound):
        models.rollback("other", reason="x", by="local")


def test_decisions_made_at_once_are_all_in_the_history(models: Models) -> None:
    for job_id in "ab":
        made(models, job_id)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: models.promote("demand", n % 2 + 1, reason=str(n), by="local"), range(16)))

    assert {e.reason for e in models.history("demand")} == {*map(str, range(16)), TRAINED}
    assert len(models.history("demand")) == 18


def test_two_rollbacks_at_once_never_go_back_to_the_same_champion_twice(models: Models) -> None:
    for n in range(4):
        made(models, f"j{n}")
    with ThreadPoolExecutor(3) as pool:
        went = list(pool.map(lambda _: models.rollback("demand", reason="x", by="local").version, range(3)))

    assert sorted(went) == [1, 2, 3]


def test_a_rejected_version_stands_in_the_history_and_is_no_champion(models: Models) -> None:
    made(models, "a")
    number = models.allocate("demand", domain="forecasting", job_id="b")
    metadata = {"decision": "rejected", "reason": "It lost a class."}
    rejected = Version("demand", number, "forecasting", "b", 5, metadata)
    models.publish(rejected, promote=False)
    models.publish(rejected, promote=False)

    history = models.history("demand")
    assert [(e.action, e.version, e.reason) for e in history] == [("rejected", 2, "It lost a class."), ("promoted", 1, TRAINED)]
    assert models.champion("demand") == 1
    assert [models.decision(v, history) for v in models.versions("demand")] == ["promoted", "rejected"]
    models.promote("demand", 2, reason="Wanted all the same.", by="local")
    assert models.rollback("demand", reason="x", by="local").version == 1


def test_models_are_listed_and_listed_again_after_a_flush(objects: ObjectStore, models: Models) -> None:
    made(models, "a")
    models.allocate("unpublished", domain="forecasting", job_id="b")
    other = Models(objects, MemoryJobStore())

    assert models.page() == (("demand",), None)
    assert other.page() == ((), None)
    assert other.reindex() == 1
    assert other.page() == (("demand",), None)


def test_the_newest_version_is_the_one_with_the_highest_number(models: Models) -> None:
    made(models, "a")
    made(models, "b", promote=False)

    assert models.newest("demand").version == 2
    with pytest.raises(NotFound):
        models.newest("other")


def recalled(models: Models, job_id: str, *, ended: str, what: str = "list") -> bytes | None:
    """What a job recalls where the jobs that `ended` names, a letter each, have succeeded."""
    return models.recall("demand", what, job_id=job_id, succeeded=set(ended).__contains__)


def keep(models: Models, content: bytes, job_id: str, *, ended: str) -> None:
    models.remember("demand", "list", content, job_id=job_id, succeeded=set(ended).__contains__)


def test_a_job_recalls_what_the_job_before_it_kept_however_often_it_is_tried(models: Models) -> None:
    made(models, "training")
    assert recalled(models, "a", ended="") is None
    keep(models, b"1", "a", ended="")
    keep(models, b"2", "b", ended="a")
    # when b is tried again after it had kept something
    assert recalled(models, "b", ended="a") == b"1"
    keep(models, b"2 again", "b", ended="a")
    # then it sees what a kept, and the next job what b kept last
    assert recalled(models, "b", ended="a") == b"1"
    assert recalled(models, "c", ended="ab") == b"2 again"
    assert recalled(models, "c", ended="ab", what="other") is None
    assert [v.version for v in models.versions("demand")] == [1]
    assert models.names() == ["demand"]


def test_what_a_job_kept_that_never_succeeded_is_passed_over_however_many_follow(models: Models) -> None:
    # given a that succeeded, and b and c that died after they had kept something
    keep(models, b"1", "a", ended="")
    keep(models, b"2", "b", ended="a")
    keep(models, b"3", "c", ended="a")
    assert recalled(models, "d", ended="a") == b"1"


def test_who_kept_something_last_is_known_newest_first(models: Models) -> None:
    assert models.rememberers("demand", "list") == ()
    keep(models, b"1", "a", ended="")
    keep(models, b"2", "b", ended="a")
    assert models.rememberers("demand", "list") == ("b", "a")
    assert models.rememberers("demand", "other") == ()


def test_a_models_mark_changes_with_each_version_and_each_decision(models: Models) -> None:
    # given a model with a number and no version yet
    models.allocate("demand", domain="forecasting", job_id="a")
    assert models.marks() == {}
    # then
    made(models, "a")
    assert models.marks() == {"demand": Mark(decisions=1, newest=1)}
    made(models, "b", promote=False)
    assert models.marks() == {"demand": Mark(decisions=1, newest=2)}
    models.promote("demand", 2, reason="better", by="local")
    assert models.marks() == {"demand": Mark(decisions=2, newest=2)}
