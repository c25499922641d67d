"""Real workers on a real broker, and what happens to jobs when either is killed, frozen or told to stop."""

import json
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from jobs.record import Job
from storage.job_queue import make_app
from tests.services import wait_until
from tests.workers.conftest import LEASE_S, Plant

BUSY_S = 2.0  # how late a process may be on a machine that others use too: little beside a real lease, much beside these


def outcomes(job: Job) -> list[tuple[int, str | None]]:
    return [(a.attempt, a.outcome) for a in job.attempts]


def effects(ledger: Path) -> Counter[str]:
    return Counter(line.split()[0] for line in ledger.read_text().splitlines()) if ledger.exists() else Counter()


def test_a_submitted_job_runs_and_its_result_is_there(plant: Plant) -> None:
    plant.start_worker()
    job = plant.wait_for_end(plant.submit("test.noop", value=7))
    assert (job.state, job.result, job.attempt) == ("succeeded", {"value": 7, "attempt": 1}, 1)
    wait_until(lambda: plant.valkey.client.hlen("unacked") == 0, what="the acknowledgement")


@pytest.mark.slow
def test_a_killed_worker_costs_its_job_one_attempt_and_nothing_else(plant: Plant, tmp_path: Path) -> None:
    plant.start_worker(queues="gpu")  # any worker's reaper will do
    first = plant.start_worker()
    job_id = plant.submit(seconds=3, ledger=str(tmp_path / "ledger"))
    plant.wait_for_progress(job_id)
    first.kill()
    killed_at = time.monotonic()
    wait_until(lambda: plant.jobs.get(job_id).state == "queued", timeout_s=10, what="the reaper finding the job")
    assert time.monotonic() - killed_at < 2 * LEASE_S + BUSY_S
    plant.start_worker()
    job = plant.wait_for_end(job_id)
    assert (job.state, job.attempt, outcomes(job)) == ("succeeded", 2, [(1, "lost"), (2, "succeeded")])
    assert effects(tmp_path / "ledger") == {job_id: 1}
    assert [a.name for a in job.artifacts] == ["note.txt"]
    assert plant.services.objects.read(job.artifacts[0].key) == b"attempt 2"


@pytest.mark.slow
def test_a_killed_pool_process_costs_one_attempt_too(plant: Plant, tmp_path: Path) -> None:
    worker = plant.start_worker()
    job_id = plant.submit(seconds=2, ledger=str(tmp_path / "ledger"))
    worker.child_running(plant.wait_for_progress(job_id)).kill()
    job = plant.wait_for_end(job_id)
    assert (job.state, outcomes(job)) == ("succeeded", [(1, "lost"), (2, "succeeded")])
    assert effects(tmp_path / "ledger") == {job_id: 1}


@pytest.mark.slow
def test_a_stopping_worker_hands_its_job_back_and_the_attempt_stays(plant: Plant, tmp_path: Path) -> None:
    worker = plant.start_worker()
    job_id = plant.submit(seconds=3, ledger=str(tmp_path / "ledger"))
    fence = plant.wait_for_progress(job_id).fence
    worker.signal(signal.SIGTERM)
    job = plant.wait_for(job_id, "queued", timeout_s=5)
    assert outcomes(job) == [(1, "handed_back")]
    plant.start_worker()
    job = plant.wait_for_end(job_id)
    assert (job.state, job.attempt, job.fence) == ("succeeded", 1, fence + 1)
    assert effects(tmp_path / "ledger") == {job_id: 1}
    worker.process.wait(40)


@pytest.mark.slow
def test_a_stopping_worker_ends_a_job_that_reaches_no_safe_point(plant: Plant) -> None:
    worker = plant.start_worker()
    job_id = plant.submit(seconds=60, misbehave="ignore_cancel")
    plant.wait_for(job_id, "running")
    time.sleep(0.5)
    worker.signal(signal.SIGTERM)
    worker.process.wait(40)
    job = plant.wait_for(job_id, "queued", timeout_s=5)
    assert outcomes(job) == [(1, "handed_back")]


@pytest.mark.slow
def test_a_running_job_outlives_its_broker(plant: Plant, tmp_path: Path) -> None:
    plant.start_worker()
    job_id = plant.submit(seconds=6, ledger=str(tmp_path / "ledger"))
    waiting = [plant.submit(seconds=0, ledger=str(tmp_path / "ledger")) for _ in range(5)]
    plant.wait_for_progress(job_id)
    plant.valkey.kill()
    time.sleep(1.0)
    plant.valkey.start()
    job = plant.wait_for_end(job_id)
    assert (job.state, job.attempt, outcomes(job)) == ("succeeded", 1, [(1, "succeeded")])
    assert all(plant.wait_for_end(i, timeout_s=60).state == "succeeded" for i in waiting)
    assert effects(tmp_path / "ledger") == dict.fromkeys([job_id, *waiting], 1)


@pytest.mark.slow
def test_a_broker_frozen_for_longer_than_the_lease_costs_no_attempt(plant: Plant) -> None:
    plant.start_worker()
    job_id = plant.submit(seconds=6)
    plant.wait_for_progress(job_id)
    wait_until(lambda: plant.jobs.uptime_s() > 2 * LEASE_S, what="the broker being up for two leases")
    plant.valkey.freeze()
    time.sleep(2 * LEASE_S - 0.1)
    plant.valkey.thaw()
    assert outcomes(plant.wait_for_end(job_id)) == [(1, "succeeded")]


@pytest.mark.slow
def test_a_job_that_kills_its_worker_each_time_ends_and_holds_up_nobody(plant: Plant) -> None:
    plant.start_worker()
    poison, healthy = plant.submit(seconds=1, misbehave="kill_self"), plant.submit(seconds=0)
    job = plant.wait_for_end(poison, timeout_s=60)
    assert job.error is not None
    assert (job.state, job.error["code"], [a.outcome for a in job.attempts]) == ("failed", "worker_lost", ["lost"] * 3)
    assert plant.wait_for_end(healthy).state == "succeeded"


@pytest.mark.slow
def test_a_running_job_is_canceled_within_seconds(plant: Plant) -> None:
    plant.start_worker()
    job_id = plant.submit(seconds=60)
    plant.wait_for_progress(job_id)
    asked = time.monotonic()
    plant.jobs.request_cancel(job_id)
    job = plant.wait_for_end(job_id)
    assert (job.state, job.error) == ("canceled", None)
    assert time.monotonic() - asked < 3 + BUSY_S


@pytest.mark.slow
def test_a_job_that_ignores_its_cancel_is_interrupted_and_another_process_runs_the_next_one(plant: Plant) -> None:
    worker = plant.start_worker()
    job_id = plant.submit(seconds=60, misbehave="ignore_cancel")
    interrupted = worker.child_running(plant.wait_for(job_id, "running"))
    plant.jobs.request_cancel(job_id)
    assert plant.wait_for_end(job_id, timeout_s=20).state == "canceled"
    assert plant.wait_for_end(plant.submit("test.noop")).state == "succeeded"
    assert not interrupted.is_running()


@pytest.mark.slow
def test_a_message_delivered_twice_runs_its_job_once(plant: Plant, tmp_path: Path) -> None:
    plant.start_worker()
    job_id = plant.submit(seconds=1, ledger=str(tmp_path / "ledger"))
    plant.wait_for_progress(job_id)
    message = json.loads(next(iter(plant.valkey.client.hvals("unacked"))))[0]
    message["properties"]["delivery_tag"] = "again"
    plant.valkey.client.lpush("cpu", json.dumps(message))
    plant.wait_for_end(job_id)
    last = plant.wait_for_end(plant.submit(seconds=0))
    assert last.state == "succeeded"
    assert effects(tmp_path / "ledger") == {job_id: 1}


@pytest.mark.slow
def test_a_job_longer_than_the_visibility_timeout_runs_once(plant: Plant, tmp_path: Path) -> None:
    # given: workers whose Celery believes a message lost after one second, and sweeps twice a second
    for _ in range(2):
        plant.start_worker(app="tests.workers.short_visibility")
    job_id = plant.submit(seconds=5, ledger=str(tmp_path / "ledger"))
    job = plant.wait_for_end(job_id)
    # then: Celery did deliver it again, and it ran once all the same
    logs = "".join(w.log.read_text() for w in plant.workers)
    assert logs.count("nothing to run") >= 1
    assert outcomes(job) == [(1, "succeeded")]
    assert effects(tmp_path / "ledger") == {job_id: 1}


def test_the_visibility_timeout_is_longer_than_any_job(plant: Plant) -> None:
    options = make_app(plant.settings).conf.broker_transport_options
    assert options["visibility_timeout"] >= 30 * 86_400


@pytest.mark.slow
def test_a_thousand_jobs_end_exactly_once_though_two_workers_are_killed(plant: Plant, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    victims = [plant.start_worker(), plant.start_worker()]
    ids = [plant.submit(seconds=0, ledger=str(ledger)) for _ in range(1000)]
    for number, victim in enumerate(victims):
        wait_until(lambda n=number: sum(effects(ledger).values()) > 100 * (n + 1), timeout_s=60, what="some of the jobs ending")
        victim.kill()
    plant.start_worker(slots=2)
    wait_until(lambda: plant.jobs.queues()["cpu"].waiting == 0 and all(plant.jobs.get(i).state == "succeeded" for i in ids),
               timeout_s=120, what="all thousand jobs ending")
    repeated = {job_id: n for job_id, n in effects(ledger).items() if n > 1}
    # An effect outside the store, done before the kill, may be seen again for the two jobs that were killed; a result never is.
    lost = {i for i in ids if plant.jobs.get(i).attempt > 1}
    assert set(repeated) <= lost
    assert len(lost) <= 2
    for job_id in ids:
        assert [a.outcome for a in plant.jobs.get(job_id).attempts].count("succeeded") == 1
        assert Counter(e.data["state"] for e in plant.jobs.events(job_id) if e.type == "state")["succeeded"] == 1


@pytest.mark.slow
def test_a_retryable_error_is_tried_again_until_the_attempts_are_used_up(plant: Plant) -> None:
    plant.start_worker()
    job = plant.wait_for_end(plant.submit(seconds=0, misbehave="fail_retryable"), timeout_s=30)
    assert job.error is not None
    assert (job.state, job.error["code"], job.error["retryable"]) == ("failed", "storage_unavailable", True)
    assert [a.outcome for a in job.attempts] == ["retried", "retried", "failed"]
    waits = [b.started_at - a.ended_at for a, b in zip(job.attempts, job.attempts[1:], strict=False) if a.ended_at]
    assert waits[0] >= 2000
    assert waits[1] >= 4000


@pytest.mark.slow
def test_a_job_over_its_time_limit_fails_and_says_so(plant: Plant) -> None:
    plant.start_worker()
    job = plant.wait_for_end(plant.submit("test.short_limit", seconds=30))
    assert job.error is not None
    assert (job.state, job.error["code"], job.attempt) == ("failed", "time_limit_exceeded", 1)


@pytest.mark.slow
def test_a_worker_reports_its_health_and_leaves_no_process(plant: Plant) -> None:
    worker = plant.start_worker()
    health = next(iter(plant.jobs.workers().values()))
    assert set(health["queues"]) == {"cpu", "cpu.fast"}
    assert health["disk_free_bytes"] > 0
    family = [psutil.Process(worker.process.pid), *psutil.Process(worker.process.pid).children(recursive=True)]
    worker.signal(signal.SIGTERM)
    _, alive = psutil.wait_procs(family, timeout=30)
    assert alive == []
    assert plant.jobs.workers() == {}


def test_an_idle_worker_wakes_up_for_a_job_within_moments(plant: Plant) -> None:
    plant.start_worker()
    plant.wait_for_end(plant.submit("test.noop"))
    times = []
    for _ in range(20):
        began = time.perf_counter()
        job_id = plant.submit("test.noop")
        while plant.jobs.get(job_id).state != "succeeded":
            time.sleep(0.001)
        times.append(time.perf_counter() - began)
    assert sorted(times)[10] < 0.5


def test_a_committed_job_is_finished_by_the_reaper_of_another_worker(make_plant: Callable[[], Plant]) -> None:
    plant = make_plant()
    job_id = plant.submit("test.model", model="orphan")
    job = plant.jobs.acquire(job_id, worker="gone", lease_s=0.1)
    assert job is not None
    version = {"model": "orphan", "version": 1, "domain": "test", "job_id": job_id, "created_at": 1, "metadata": {}, "files": {}}
    staged = {"version": version, "promote": True, "registrations": []}
    plant.jobs.commit(job_id, job.fence, result={"value": 1}, artifacts=[], models=[staged])
    plant.start_worker(queues="gpu")
    ended = plant.wait_for_end(job_id)
    assert (ended.state, ended.result, ended.attempt) == ("succeeded", {"value": 1}, 1)
    assert plant.services.models.champion("orphan") == 1


def test_an_ended_job_is_archived_and_comes_back_after_a_flush(plant: Plant) -> None:
    plant.start_worker()
    job_id = plant.submit("test.model", model="kept")
    ended = plant.wait_for_end(job_id)
    wait_until(lambda: plant.jobs.unarchived() == (), what="the archive")
    plant.valkey.client.flushall()
    assert plant.services.archive.restore(plant.jobs) == 1
    back = plant.jobs.get(job_id)
    assert (back.state, back.result, back.models) == ("succeeded", ended.result, ended.models)
    assert plant.services.models.version("kept").job_id == job_id




def test_a_paused_queue_starts_nothing_and_wakes_at_once_when_it_is_resumed(plant: Plant) -> None:
    plant.start_worker()
    plant.jobs.pause_queue("cpu", "a test")
    waiting = [plant.submit(seconds=0) for _ in range(5)]
    time.sleep(2 * LEASE_S)  # the reaper has looked for lost messages meanwhile
    assert {plant.jobs.get(i).state for i in waiting} == {"queued"}

    plant.jobs.resume_queue("cpu")

    for job_id in waiting:
        assert plant.wait_for_end(job_id, timeout_s=5).attempt == 1


def test_a_job_handed_back_to_a_paused_queue_runs_on_after_the_resume(plant: Plant) -> None:
    worker = plant.start_worker()
    job_id = plant.submit(seconds=4)
    plant.wait_for_progress(job_id)
    plant.jobs.pause_queue("cpu", "a test")
    worker.signal(signal.SIGTERM)
    plant.wait_for(job_id, "queued", timeout_s=20)
    plant.start_worker()
    time.sleep(LEASE_S)
    assert plant.jobs.get(job_id).state == "queued"

    plant.jobs.resume_queue("cpu")

    ended = plant.wait_for_end(job_id)
    assert (ended.state, ended.attempt) == ("succeeded", 1)
