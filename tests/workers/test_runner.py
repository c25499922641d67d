"""One run, in this process and on the store in memory: every way it may end."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jobs.catalog import find_kind
from jobs.record import Job, new_job_id
from jobs.settings import load_settings
from storage.job_store import NewJob
from storage.memory_jobs import MemoryJobStore
from tests.full_disk import FullSpool
from tracking.runs import spool_folder
from tracking.spool import parse
from workers.runner import run_job
from workers.services import Services, make_services
from workers.stopping import set_stopping


class Bench:
    """A store in memory and an object store on disk, to run jobs on here."""

    def __init__(self, home: Path, tracking: str = "off") -> None:
        self.settings = load_settings({"NORIA_HOME": str(home), "MLFLOW_TRACKING_URI": tracking, "LEASE_S": "0.6"})
        self.jobs = MemoryJobStore()
        self.services: Services = make_services(self.settings, self.jobs)

    def submit(self, kind: str, **params: Any) -> str:
        found = find_kind(kind)
        new = NewJob(new_job_id(), kind, found.queue, params, found.max_attempts, {})
        return self.jobs.submit(new, idempotency_s=1, queue_limit=10).job.id

    def run(self, job_id: str) -> Job:
        run_job(job_id, worker="here", services=self.services, settings=self.settings)
        return self.jobs.get(job_id)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def stopping() -> Iterator[None]:
    set_stopping()
    yield
    set_stopping(False)


def test_a_run_publishes_its_result_artifacts_and_events(bench: Bench) -> None:
    job = bench.run(bench.submit("test.work", seconds=0.4))
    assert (job.state, job.result) == ("succeeded", {"value": 0, "attempt": 1})
    assert [(a.name, a.size, a.media_type) for a in job.artifacts] == [("note.txt", 9, "text/plain")]
    assert bench.services.objects.read(job.artifacts[0].key) == b"attempt 1"
    types = [e.type for e in bench.jobs.events(job.id)]
    assert types[:2] == ["state", "state"]
    assert {"progress", "metric"} <= set(types)
    assert types[-1] == "state"


def test_nothing_of_a_run_stays_on_the_local_disk(bench: Bench) -> None:
    bench.run(bench.submit("test.model", model="toy"))
    assert list((bench.settings.home / "scratch").iterdir()) == []


def test_a_model_exists_once_its_job_succeeded(bench: Bench) -> None:
    job = bench.run(bench.submit("test.model", model="toy"))
    assert job.result == {"value": 1, "attempt": 1}
    version = bench.services.models.version("toy")
    assert (version.version, version.job_id, version.domain) == (1, job.id, "test")
    assert bench.services.objects.read(version.files["weights.bin"]) == b"weights"


def test_a_second_delivery_runs_nothing(bench: Bench) -> None:
    job_id = bench.submit("test.noop", value=1)
    first = bench.run(job_id)
    assert bench.run(job_id) == first


def test_an_error_of_the_kind_ends_the_job_with_code_sentence_and_step(bench: Bench) -> None:
    job = bench.run(bench.submit("test.work", seconds=0.1, misbehave="fail"))
    assert job.error == {"code": "data_error", "message": "The data were made to fail.", "retryable": False, "step": "work"}
    assert job.state == "failed"


def test_an_unexpected_error_tells_people_nothing_of_the_inside(bench: Bench, tmp_path: Path) -> None:
    job = bench.run(bench.submit("test.work", seconds=0, ledger=str(tmp_path)))
    assert job.error is not None
    assert (job.state, job.error["code"]) == ("failed", "internal")
    assert str(tmp_path) not in job.error["message"]


def test_a_retryable_error_sends_the_job_back_to_wait(bench: Bench) -> None:
    job_id = bench.submit("test.work", seconds=0, misbehave="fail_retryable")
    assert bench.run(job_id).state == "queued"
    bench.jobs.advance(2.1)
    assert bench.jobs.reap(lease_s=1).started_delayed == (job_id,)
    assert bench.run(job_id).attempt == 2


def test_params_that_no_longer_fit_their_kind_fail_the_job(bench: Bench) -> None:
    job = bench.run(bench.submit("test.noop", value="seven"))
    assert job.error is not None
    assert (job.state, job.error["code"]) == ("failed", "invalid_input")


def test_a_canceled_run_stops_at_a_safe_point(bench: Bench) -> None:
    job_id = bench.submit("test.work", seconds=20)

    def cancel_when_running(changed: str | None) -> None:
        if changed == job_id and bench.jobs.get(job_id).state == "running" and not bench.jobs.get(job_id).cancel_requested:
            bench.jobs.request_cancel(job_id)

    bench.jobs._listeners.append(cancel_when_running)
    job = bench.run(job_id)
    assert (job.state, job.error, [a.outcome for a in job.attempts]) == ("canceled", None, ["canceled"])


def test_a_run_that_lost_its_lease_leaves_everything_to_the_next(bench: Bench) -> None:
    job_id = bench.submit("test.work", seconds=20)

    def steal_when_running(changed: str | None) -> None:
        job = bench.jobs.get(job_id)
        if changed == job_id and job.state == "running" and job.fence == 1:
            bench.jobs.hand_back(job_id, 1)
            bench.jobs.acquire(job_id, worker="thief", lease_s=30)

    bench.jobs._listeners.append(steal_when_running)
    job = bench.run(job_id)
    assert (job.state, job.fence, job.attempts[-1].worker, job.result) == ("running", 2, "thief", None)


@pytest.mark.parametrize(("misbehave", "sound"), [("", True), ("ignore_cancel", False)])
def test_a_run_interrupted_amid_its_code_says_that_this_process_should_run_no_other(bench: Bench, misbehave: str, sound: bool) -> None:
    job_id = bench.submit("test.work", seconds=20, misbehave=misbehave)
    bench.jobs._listeners.append(lambda _: bench.jobs.get(job_id).state == "running" and bench.jobs.hand_back(job_id, 1))
    assert run_job(job_id, worker="here", services=bench.services, settings=bench.settings) == sound


def test_a_stopping_worker_hands_its_job_back(bench: Bench, stopping: None) -> None:
    job = bench.run(bench.submit("test.work", seconds=20))
    assert (job.state, job.attempt, [a.outcome for a in job.attempts]) == ("queued", 1, ["handed_back"])


def test_a_later_attempt_finds_what_the_one_before_kept(bench: Bench) -> None:
    job_id = bench.submit("test.work", seconds=0, misbehave="fail_retryable")
    bench.run(job_id)
    assert bench.services.objects.read(f"jobs/{job_id}/checkpoints/started") == b"1"


def test_a_kind_that_exits_its_process_fails_like_any_other(bench: Bench) -> None:
    job = bench.run(bench.submit("test.work", seconds=0, misbehave="exit"))
    assert job.error is not None
    assert (job.state, job.error["code"], job.attempt) == ("failed", "internal", 1)


def test_a_log_field_that_is_not_json_stops_no_heartbeat(bench: Bench) -> None:
    job = bench.run(bench.submit("test.work", seconds=0, misbehave="odd_log"))
    assert job.state == "succeeded"
    assert [e.data["path"] for e in bench.jobs.events(job.id) if e.type == "log"] == ["x"]


def test_two_models_of_one_run_keep_their_own_bytes(bench: Bench) -> None:
    bench.run(bench.submit("test.model", model="first", second="second"))
    content = [bench.services.objects.read(bench.services.models.version(m).files["weights.bin"]) for m in ("first", "second")]
    assert content == [b"weights", b"other weights"]


def test_a_job_of_a_kind_that_is_gone_fails_and_says_so(bench: Bench) -> None:
    new = NewJob(new_job_id(), "gone.kind", "cpu", {}, 3, {})
    bench.jobs.submit(new, idempotency_s=1, queue_limit=10)
    job = bench.run(new.id)
    assert job.error is not None
    assert (job.state, job.error["code"]) == ("failed", "not_found")
    assert "gone.kind" in job.error["message"]


def test_the_waits_between_attempts_grow_though_the_error_names_a_least_one(bench: Bench) -> None:
    job_id = bench.submit("test.work", seconds=0, misbehave="fail_retryable")
    bench.run(job_id)
    bench.jobs.advance(2.1)
    bench.jobs.reap(lease_s=1)
    bench.run(job_id)
    bench.jobs.advance(2.1)
    assert bench.jobs.reap(lease_s=1).started_delayed == ()
    bench.jobs.advance(2.1)
    assert bench.jobs.reap(lease_s=1).started_delayed == (job_id,)


def test_on_a_full_disk_a_job_ends_once_its_run_would_outlive_the_process(tmp_path: Path) -> None:
    # given
    bench = Bench(tmp_path, tracking="http://127.0.0.1:9")
    spool = FullSpool(spool_folder(bench.settings))
    bench.services = replace(bench.services, spool=spool)
    job_id = bench.submit("test.model", model="toy")
    file = spool.runs / job_id / "00000001.jsonl"
    seen: list[tuple[str | None, set[str]]] = []

    def look(changed: str | None) -> None:
        job = bench.jobs.get(job_id)
        if changed == job_id and (job.models or job.state == "succeeded"):
            seen.append((job.state, {parse(line).op for line in file.read_bytes().splitlines()}))

    bench.jobs._listeners.append(look)
    # when
    threading.Timer(1, spool.make_room).start()
    bench.run(job_id)
    # then what a later attempt would not track again was there at the commit, and the end at the end
    assert seen[0][0] == "running"
    assert {"begin", "param"} <= seen[0][1]
    assert seen[-1][0] == "succeeded"
    assert {"begin", "param", "end"} <= seen[-1][1]
