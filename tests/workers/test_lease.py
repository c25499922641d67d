"""The heartbeat of a run, with the store in memory."""

import threading
import time
from collections.abc import Sequence

import pytest
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.testing import capture_logs

from jobs.errors import BrokerUnavailable, JobCanceled, LeaseLost, TimeLimitExceeded, WorkerStopping
from jobs.record import Job, new_job_id
from storage.job_store import EventDraft, NewJob
from storage.memory_jobs import MemoryJobStore
from tests.services import wait_until
from workers.lease import Heartbeat
from workers.stopping import set_stopping


class AbsentStore(MemoryJobStore):
    """A store whose server can be away."""

    away = False

    def publish(self, job_id: str, fence: int, events: Sequence[EventDraft]) -> None:
        if self.away:
            raise BrokerUnavailable("away")
        super().publish(job_id, fence, events)


def running(store: MemoryJobStore) -> Job:
    new = NewJob(new_job_id(), "test.noop", "cpu", {}, 3, {})
    store.submit(new, idempotency_s=1, queue_limit=10)
    job = store.acquire(new.id, worker="w", lease_s=0.6)
    assert job is not None
    return job


def test_a_beating_run_keeps_its_lease() -> None:
    store = MemoryJobStore()
    job = running(store)
    with Heartbeat(store, job, lease_s=0.6, time_limit_s=60) as heartbeat:
        time.sleep(1.2)
        assert store.reap(lease_s=0.6).requeued == ()
        assert heartbeat.stop_error is None


def test_events_are_carried_out_in_order_within_a_moment() -> None:
    store = MemoryJobStore()
    job = running(store)
    with Heartbeat(store, job, lease_s=30, time_limit_s=60) as heartbeat:
        for n in range(100):
            heartbeat.send(("metric", {"n": n}))
        wait_until(lambda: len(store.events(job.id)) == 102, timeout_s=2, what="the events")
    assert [e.data["n"] for e in store.events(job.id) if e.type == "metric"] == list(range(100))


def test_events_wait_for_a_broker_that_is_away() -> None:
    store = AbsentStore()
    job = running(store)
    with Heartbeat(store, job, lease_s=30, time_limit_s=60) as heartbeat:
        store.away = True
        heartbeat.send(("metric", {"n": 1}))
        time.sleep(0.5)
        heartbeat.send(("metric", {"n": 2}))
        assert heartbeat.stop_error is None
        store.away = False
        wait_until(lambda: len(store.events(job.id)) == 4, timeout_s=2, what="the events")
    assert [e.data["n"] for e in store.events(job.id) if e.type == "metric"] == [1, 2]


def test_a_cancel_reaches_the_run_within_two_seconds() -> None:
    store = MemoryJobStore()
    job = running(store)
    with Heartbeat(store, job, lease_s=30, time_limit_s=60) as heartbeat:
        store.request_cancel(job.id)
        wait_until(lambda: isinstance(heartbeat.stop_error, JobCanceled), timeout_s=2, what="the cancel")


def test_a_lost_lease_interrupts_the_run_at_once() -> None:
    store = MemoryJobStore()
    job = running(store)
    with Heartbeat(store, job, lease_s=0.6, time_limit_s=60) as heartbeat, pytest.raises(LeaseLost):
        store.hand_back(job.id, job.fence)
        for _ in range(100):
            time.sleep(0.05)
    assert heartbeat.interrupted


def test_lines_of_the_heartbeat_have_the_ids_of_the_run() -> None:
    store = MemoryJobStore()
    job = running(store)
    with capture_logs([merge_contextvars]) as lines, bound_contextvars(job_id=job.id, request_id="r1"), \
            Heartbeat(store, job, lease_s=30, time_limit_s=60) as heartbeat:
        store.request_cancel(job.id)
        wait_until(lambda: heartbeat.stop_error, timeout_s=2, what="the cancel")
        wait_until(lambda: lines, timeout_s=2, what="a line")

    assert (lines[0]["event"], lines[0]["job_id"], lines[0]["request_id"]) == ("the run has to stop", job.id, "r1")


def test_a_run_over_its_time_is_told_so() -> None:
    store = MemoryJobStore()
    with Heartbeat(store, running(store), lease_s=30, time_limit_s=0.3) as heartbeat:
        wait_until(lambda: isinstance(heartbeat.stop_error, TimeLimitExceeded), timeout_s=2, what="the limit")


def test_a_stopping_worker_asks_for_a_safe_point_and_does_not_interrupt() -> None:
    store = MemoryJobStore()
    try:
        with Heartbeat(store, running(store), lease_s=30, time_limit_s=60) as heartbeat:
            set_stopping()
            wait_until(lambda: isinstance(heartbeat.stop_error, WorkerStopping), timeout_s=2, what="the stop")
            time.sleep(0.5)
    finally:
        set_stopping(False)


def test_a_heartbeat_leaves_no_thread_behind() -> None:
    store = MemoryJobStore()
    job = running(store)
    with Heartbeat(store, job, lease_s=30, time_limit_s=60):
        assert f"heartbeat-{job.id}" in {t.name for t in threading.enumerate()}
    assert f"heartbeat-{job.id}" not in {t.name for t in threading.enumerate()}


def test_once_the_run_is_back_neither_time_nor_cancel_stops_it() -> None:
    store = MemoryJobStore()
    job = running(store)
    with Heartbeat(store, job, lease_s=0.6, time_limit_s=0.3) as heartbeat:
        heartbeat.stop_judging()
        store.request_cancel(job.id)
        time.sleep(1.0)
        assert not isinstance(heartbeat.stop_error, TimeLimitExceeded)
        assert store.reap(lease_s=0.6).requeued == ()


def test_a_beat_that_fails_is_followed_by_the_next() -> None:
    class BrokenOnce(MemoryJobStore):
        failures = 1

        def publish(self, job_id: str, fence: int, events: Sequence[EventDraft]) -> None:
            if self.failures:
                self.failures -= 1
                raise TypeError("not JSON")
            super().publish(job_id, fence, events)

    store = BrokenOnce()
    job = running(store)
    with Heartbeat(store, job, lease_s=0.6, time_limit_s=60) as heartbeat:
        heartbeat.send(("metric", {"n": 1}))
        time.sleep(0.5)
        heartbeat.send(("metric", {"n": 2}))
        wait_until(lambda: [e.data["n"] for e in store.events(job.id) if e.type == "metric"] == [2], timeout_s=2, what="the next")
        time.sleep(0.5)
        assert store.reap(lease_s=0.6).requeued == ()
