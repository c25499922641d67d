"""Long sequences of calls that Hypothesis chooses, on the job store in memory and on a real Valkey, against one small model.

The model knows what a job's state, attempts and fence have to be after each call, and shares no code with the stores. Time passes
by moving the stored times back, so that no lease is waited for.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test

from jobs.errors import Conflict, IdempotencyKeyReused, LeaseLost
from jobs.record import new_job_id
from storage.job_store import End, JobStore, NewJob
from storage.memory_jobs import MemoryJobStore
from storage.redis_jobs import RedisJobStore
from tests.services import Valkey

SHORT, LONG = 60, 2000  # sequences
LEASE_S = 1000.0  # so long that the clock on the wall never matters
ERROR = {"code": "data_error", "message": "No data.", "retryable": False, "step": None}


@dataclass
class Bench:
    """An empty store, a way to let its time pass, the messages that Celery would get, and a way to lose them."""

    store: JobStore
    wait: Callable[[float], None]
    messages: Callable[[], list[str]]
    lose_messages: Callable[[], None]


def in_memory() -> Bench:
    store = MemoryJobStore()
    return Bench(store, store.advance, lambda: list(store.messages["cpu"]), store.messages["cpu"].clear)


def on_valkey(server: Valkey) -> Bench:
    client = server.client
    client.flushall()

    def wait(seconds: float) -> None:
        for name in ("noria:leases", "noria:delayed"):
            for member, score in client.zrange(name, 0, -1, withscores=True):
                client.zadd(name, {member: score - seconds * 1000})
        for job_id in client.zrange("noria:waiting:cpu", 0, -1):
            name = b"noria:job:" + job_id
            client.hset(name, "enqueued_at", int(int(client.hget(name, "enqueued_at")) - seconds * 1000))

    def messages() -> list[str]:
        return [m.decode().split('"correlation_id":"')[1].split('"')[0] for m in client.lrange("cpu", 0, -1)]

    return Bench(RedisJobStore(server.url, timeout_s=10), wait, messages, lambda: client.delete("cpu"))


@dataclass
class Expected:
    """What has to be true of a job."""

    max_attempts: int
    state: str = "queued"
    attempt: int = 0
    fence: int = 0
    committed: bool = False
    cancel: bool = False
    handed_back: bool = False
    delayed: bool = False
    live: bool = False  # its lease
    due: bool = False  # it has waited for longer than a lease, and for longer than its delay
    moved: tuple[int, str] | None = None
    gave_back: int = 0  # the fence that was handed back last
    outcomes: list[str | None] = field(default_factory=list)

    def close(self, outcome: str) -> None:
        if self.outcomes and self.outcomes[-1] is None:
            self.outcomes[-1] = outcome

    def requeue(self, outcome: str, *, delayed: bool = False) -> None:
        self.close(outcome)
        self.state, self.delayed, self.due = ("canceled", False, False) if self.cancel else ("queued", delayed, False)


class Machine(RuleBasedStateMachine):
    """Clients, workers and a reaper, who call in any order and with any fence that there ever was."""

    jobs = Bundle("jobs")

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self.bench, self.store = bench, bench.store
        self.expected: dict[str, Expected] = {}
        self.keys: dict[str, tuple[str, str]] = {}

    def teardown(self) -> None:
        if isinstance(self.store, RedisJobStore):
            self.store.close()

    @rule(target=jobs, max_attempts=st.integers(1, 3), key=st.sampled_from([None, "a", "b"]), body=st.sampled_from(["x", "x", "y"]))
    def submit(self, max_attempts: int, key: str | None, body: str) -> Any:
        new = NewJob(new_job_id(), "test.noop", "cpu", {}, max_attempts, {}, idempotency_key=key, body_hash=body)
        known = self.keys.get(key or "")
        if known and known[1] != body:
            with pytest.raises(IdempotencyKeyReused):
                self.store.submit(new, idempotency_s=1e6, queue_limit=1000)
            return multiple()
        given = self.store.submit(new, idempotency_s=1e6, queue_limit=1000)
        assert (given.job.id, given.replayed) == ((known[0], True) if known else (new.id, False))
        if known:
            return multiple()
        if key:
            self.keys[key] = (new.id, body)
        self.expected[new.id] = Expected(max_attempts)
        return new.id

    @rule(job=jobs)
    def acquire(self, job: str) -> None:
        e = self.expected[job]
        given = self.store.acquire(job, worker="w", lease_s=LEASE_S)
        if e.state != "queued" or e.delayed:
            assert given is None
            return
        attempt = e.attempt + (0 if e.handed_back else 1)
        if attempt > e.max_attempts:
            assert given is None
            e.state = "failed"
            return
        assert given
        e.state, e.attempt, e.fence, e.handed_back, e.live = "running", attempt, e.fence + 1, False, True
        e.outcomes.append(None)

    def _writes(self, job: str, behind: int, write: Callable[[int], Any], *, allowed: bool = True, repeats: bool = False) -> bool:
        """Do a write with the present fence or an older one; says if it had to be taken, having seen that it was or was not."""
        e = self.expected[job]
        fence = e.fence - behind
        if repeats and fence == e.fence and e.state != "running":
            write(fence)
            return False
        if e.state == "running" and not behind and allowed:
            write(fence)
            return True
        with pytest.raises(LeaseLost):
            write(fence)
        return False

    @rule(job=jobs, behind=st.sampled_from([0, 0, 0, 1]))
    def publish(self, job: str, behind: int) -> None:
        self._writes(job, behind, lambda fence: self.store.publish(job, fence, [("log", {"message": "x"})]))

    @rule(job=jobs, behind=st.sampled_from([0, 0, 0, 1]))
    def renew(self, job: str, behind: int) -> None:
        e = self.expected[job]
        said = self.store.renew(job, e.fence - behind, lease_s=LEASE_S)
        if e.state != "running" or behind:
            assert said == "lease_lost"
        else:
            assert said == ("canceled" if e.cancel and not e.committed else None)
            e.live = True

    @rule(job=jobs, behind=st.sampled_from([0, 0, 0, 1]))
    def commit(self, job: str, behind: int) -> None:
        if self._writes(job, behind, lambda fence: self.store.commit(job, fence, result={"v": 1}, artifacts=[], models=[])):
            self.expected[job].committed = True

    @rule(job=jobs, behind=st.sampled_from([0, 0, 0, 1]), state=st.sampled_from(["succeeded", "failed", "canceled", "queued"]))
    def move(self, job: str, behind: int, state: Any) -> None:
        e = self.expected[job]
        end = End(state, result={"v": 1} if state == "succeeded" else None, error=ERROR if state in {"failed", "queued"} else None, delay_s=10)
        allowed = state == "succeeded" or not e.committed
        fence = e.fence - behind
        if not self._writes(job, behind, lambda f: self.store.move(job, f, end), allowed=allowed, repeats=e.moved == (fence, state)):
            return
        e.moved = (fence, state)
        if state == "queued" and e.attempt < e.max_attempts:
            e.requeue("retried", delayed=True)
        else:
            e.state = "failed" if state == "queued" else state
            e.close(e.state)

    @rule(job=jobs, behind=st.sampled_from([0, 0, 0, 1]))
    def hand_back(self, job: str, behind: int) -> None:
        e = self.expected[job]
        repeats = e.handed_back and e.gave_back == e.fence - behind
        if self._writes(job, behind, lambda fence: self.store.hand_back(job, fence), allowed=not e.committed, repeats=repeats):
            e.handed_back, e.gave_back = True, e.fence
            e.requeue("handed_back")

    @rule(job=jobs)
    def cancel(self, job: str) -> None:
        e = self.expected[job]
        if e.state not in {"queued", "running"}:
            with pytest.raises(Conflict):
                self.store.request_cancel(job)
            return
        self.store.request_cancel(job)
        e.cancel = True
        if e.state == "queued":
            e.state, e.delayed = "canceled", False

    @rule(job=jobs)
    def retry(self, job: str) -> None:
        e = self.expected[job]
        if e.state not in {"failed", "canceled"}:
            with pytest.raises(Conflict):
                self.store.retry(job)
            return
        self.store.retry(job)
        self.expected[job] = Expected(e.max_attempts, fence=e.fence, outcomes=e.outcomes)

    @rule(job=jobs)
    def take_over(self, job: str) -> None:
        e = self.expected[job]
        given = self.store.take_over(job, worker="r", lease_s=LEASE_S)
        if e.state == "running" and e.committed and not e.live:
            assert given
            e.fence, e.live = e.fence + 1, True
        else:
            assert given is None

    @rule()
    def lose_messages(self) -> None:
        self.bench.lose_messages()

    @rule()
    def time_passes(self) -> None:
        self.bench.wait(2 * LEASE_S)
        for e in self.expected.values():
            e.live, e.due = False, e.state == "queued"

    @rule(spare=st.booleans())
    def reap(self, spare: bool) -> None:
        waited = {i for i, e in self.expected.items() if e.state == "queued" and e.due}
        reaped = self.store.reap(lease_s=LEASE_S, spare_leases=spare)
        lost = {i for i, e in self.expected.items() if e.state == "running" and not e.live and not spare}
        assert set(reaped.to_finish) == {i for i in lost if self.expected[i].committed}
        for job in lost - set(reaped.to_finish):
            e = self.expected[job]
            if e.attempt < e.max_attempts or e.cancel:
                assert job in reaped.requeued
                e.requeue("lost")
            else:
                assert job in reaped.failed
                e.close("lost")
                e.state = "failed"
        assert set(reaped.started_delayed) == {i for i in waited if self.expected[i].delayed}
        assert waited <= set(self.bench.messages())  # nothing waits without being told of
        for job in waited:
            self.expected[job].delayed = self.expected[job].due = False

    @invariant()
    def every_job_is_what_it_has_to_be(self) -> None:
        for job_id, e in self.expected.items():
            job = self.store.get(job_id)
            assert (job.state, job.attempt, job.fence, job.committed, job.cancel_requested) == (e.state, e.attempt, e.fence, e.committed, e.cancel)
            assert [a.outcome for a in job.attempts] == e.outcomes
            assert (job.error is None) or job.state in {"failed", "queued", "canceled"}
            assert (job.finished_at is not None) == (job.state in {"succeeded", "failed", "canceled"})

    @invariant()
    def the_indexes_agree(self) -> None:
        for state in ("queued", "running", "succeeded", "failed", "canceled"):
            assert {j.id for j in self.store.page(state=state, limit=200).jobs} == {i for i, e in self.expected.items() if e.state == state}
        assert self.store.queues()["cpu"].waiting == sum(e.state == "queued" and not e.delayed for e in self.expected.values())
        ended = {i for i, e in self.expected.items() if e.state in {"succeeded", "failed", "canceled"}}
        assert set(self.store.unarchived()) == ended


@pytest.mark.parametrize("kind", ["memory", "valkey"])
def test_no_sequence_of_calls_brings_a_job_where_the_model_does_not_have_it(kind: str, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue("valkey_server") if kind == "valkey" else None
    examples = LONG if os.environ.get("HYPOTHESIS_PROFILE") == "chaos" else SHORT
    chosen = settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))

    run_state_machine_as_test(lambda: Machine(on_valkey(server) if server else in_memory()), settings=chosen)
