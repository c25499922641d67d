"""From a job's end to a real receiver, which checks what it gets as docs/callbacks.md tells it to."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from jobs.catalog import find_kind
from jobs.record import Job, job_document, new_job_id
from jobs.settings import Settings, load_settings
from storage.job_store import End, NewJob
from storage.memory_jobs import MemoryJobStore
from tests.architecture.tree import ROOT
from tests.services import wait_until
from tests.workers.conftest import Plant
from tests.workers.receiver import Receiver
from workers import callbacks
from workers.callbacks import AT_ONCE, DELAYS_S, LEASE_S, Callbacks
from workers.services import Services, make_services

SECRET = "whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cyBvZiBjYWxsYmFja3M="


def documented_verify() -> Callable[[str, dict[str, str], bytes], bool]:
    """The function that the docs give to receivers; it shares no code with the sender."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "callbacks.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    names: dict = {}
    exec(compile(code, "docs/callbacks.md", "exec"), names)
    return names["verify"]


verify = documented_verify()


class Office:
    """A sender on the store in memory, and the receiver that it writes to."""

    def __init__(self, home: Path, receiver: Receiver) -> None:
        self.environ = {"NORIA_HOME": str(home), "CALLBACK_SECRET": SECRET, "CALLBACK_PRIVATE": "1", "MLFLOW_TRACKING_URI": "off",
                        "CALLBACK_HOSTS": f"http://127.0.0.1:{receiver.port}, http://hooks.example.test:{receiver.port}"}
        self.receiver, self.jobs = receiver, MemoryJobStore()
        self.services: Services = make_services(self.settings(), self.jobs)
        self.resolved = ["127.0.0.1"]
        self.sender = Callbacks(self.services, self.settings, lambda _host, _port: self.resolved)

    def settings(self) -> Settings:
        return load_settings(self.environ)

    def end(self, *, url: str | None = None, state: str = "succeeded") -> Job:
        """A job that has ended just now."""
        new = NewJob(new_job_id(), "test.noop", "cpu", {"value": 1}, 3, {"team": "north"}, callback_url=url or self.receiver.url())
        self.jobs.submit(new, idempotency_s=1, queue_limit=1000)
        running = self.jobs.acquire(new.id, worker="w", lease_s=30)
        assert running is not None
        return self.jobs.move(new.id, running.fence, End(state, result={"value": 1, "note": "año"}))

    def said(self, job: Job) -> list[str]:
        return [e.data["message"] for e in self.jobs.events(job.id) if e.type == "log"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver().start()
    yield made
    made.stop()


@pytest.fixture
def office(tmp_path: Path, receiver: Receiver) -> Office:
    return Office(tmp_path, receiver)


def test_the_receiver_gets_the_document_and_can_verify_it(office: Office) -> None:
    job = office.end()

    assert office.sender.round() == 1

    (got,) = office.receiver.received
    assert verify(SECRET, got.headers, got.body)
    assert not verify(SECRET, got.headers, got.body + b" ")
    assert not verify(SECRET, got.headers | {"webhook-id": "other"}, got.body)
    assert not verify("whsec_" + "A" * 32, got.headers, got.body)
    assert json.loads(got.body) == job_document(job)
    assert office.said(job) == ["Callback delivered: the receiver answered 204."]
    assert office.jobs.callbacks_owed() == office.sender.round() == 0


def test_neither_the_secret_nor_the_url_is_told_to_anybody(office: Office) -> None:
    job = office.end(url=office.receiver.url(path="/hook-s3cr3t"))
    office.receiver.answers = [500]
    office.sender.round()
    told = json.dumps([e.data for e in office.jobs.events(job.id)]) + office.receiver.received[0].body.decode()
    assert "s3cr3t" not in told
    assert SECRET.removeprefix("whsec_") not in told
    assert str(office.receiver.port) not in told


def test_a_receiver_that_fails_first_is_told_again_under_the_same_id(office: Office) -> None:
    office.receiver.answers = [500, 200]
    job = office.end()
    office.sender.round()
    assert office.sender.round() == 0
    office.jobs.advance(DELAYS_S[0])

    office.sender.round()

    first, second = office.receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert all(verify(SECRET, r.headers, r.body) for r in (first, second))
    assert office.said(job) == ["Callback not delivered: the receiver answered 500. Next try in 5 s.",
                                "Callback delivered: the receiver answered 200."]


def test_nine_tries_in_about_a_day_then_the_job_says_that_it_was_given_up(office: Office) -> None:
    office.receiver.answers = [503]
    job = office.end()
    for delay in (*DELAYS_S, 10 * 86_400):
        assert office.sender.round() == 1
        office.jobs.advance(delay - 1)
        assert delay > 86_400 or office.sender.round() == 0
        office.jobs.advance(1)
    assert office.sender.round() == office.jobs.callbacks_owed() == 0
    assert len({r.headers["webhook-id"] for r in office.receiver.received}) == 1
    assert len(office.receiver.received) == 9
    assert 20 * 3600 < sum(DELAYS_S) < 28 * 3600
    assert office.said(job)[-1] == "Callback given up: the receiver answered 503."
    assert office.jobs.events(job.id)[-1].data["level"] == "error"


def test_a_receiver_that_is_gone_is_not_told_again(office: Office) -> None:
    office.receiver.answers = [410]
    job = office.end()
    office.sender.round()
    assert office.jobs.callbacks_owed() == 0
    assert office.said(job) == ["Callback given up: the receiver answered 410."]


def test_a_retried_job_tells_of_its_second_end_under_another_id(office: Office) -> None:
    job = office.end(state="failed")
    office.sender.round()
    office.jobs.retry(job.id)
    running = office.jobs.acquire(job.id, worker="w", lease_s=30)
    assert running is not None
    office.jobs.move(job.id, running.fence, End("succeeded", result={}))

    office.sender.round()

    first, second = office.receiver.received
    assert first.headers["webhook-id"] != second.headers["webhook-id"]
    assert [json.loads(r.body)["state"] for r in (first, second)] == ["failed", "succeeded"]


def test_a_name_that_leads_elsewhere_at_a_later_try_is_not_followed(office: Office) -> None:
    # given a name that was harmless at the first try
    office.receiver.answers = [500, 204]
    job = office.end(url=office.receiver.url("hooks.example.test"))
    office.sender.round()

    # when it means another address at the second, one that leads to this machine by another way
    office.resolved = ["127.0.0.1", "0.0.0.0"]
    office.jobs.advance(DELAYS_S[0])
    office.sender.round()

    assert len(office.receiver.received) == 1
    assert "may not be called" in office.said(job)[1]


def test_private_addresses_are_not_called_unless_the_settings_say_so(office: Office) -> None:
    office.environ["CALLBACK_PRIVATE"] = "0"
    named, plain = office.end(url=office.receiver.url("hooks.example.test")), office.end()
    office.sender.round()
    assert office.receiver.received == []
    assert "may not be called" in office.said(named)[0]
    assert "CALLBACK_PRIVATE" in office.said(plain)[0]


def test_a_host_that_is_no_longer_allowed_is_not_called(office: Office) -> None:
    job = office.end()
    office.environ["CALLBACK_HOSTS"] = "hooks.example.com"
    office.sender.round()
    assert office.receiver.received == []
    assert "CALLBACK_HOSTS" in office.said(job)[0]


@pytest.mark.parametrize("setting", ["CALLBACK_HOSTS", "CALLBACK_SECRET"])
def test_a_worker_without_the_settings_leaves_callbacks_to_others(office: Office, setting: str) -> None:
    office.end()
    office.environ[setting] = ""
    assert office.sender.round() == 0
    assert office.jobs.take_callbacks(1, lease_s=1)[0].tries == 1


def test_a_slow_receiver_holds_up_the_few_beside_it_and_no_others(office: Office) -> None:
    slow = Receiver(answers=[lambda h: slow.stopping.wait(1) and None]).start()
    office.environ["CALLBACK_HOSTS"] += f", http://127.0.0.1:{slow.port}"
    office.end(url=slow.url())
    for _ in range(AT_ONCE):
        office.end()

    assert office.sender.round() == AT_ONCE

    assert (len(slow.received), len(office.receiver.received)) == (1, AT_ONCE - 1)
    assert office.sender.round() == 1
    slow.stop()


def test_a_try_that_was_never_noted_is_made_again_when_the_lease_is_over(office: Office) -> None:
    job = office.end()
    (taken,) = office.jobs.take_callbacks(1, lease_s=LEASE_S)
    assert office.sender.round() == 0
    office.jobs.advance(LEASE_S)
    office.sender.round()
    assert office.receiver.received[0].headers["webhook-id"] == taken.id
    assert office.jobs.events(job.id)[-1].data["callback"] == {"id": taken.id, "try": 2}


def test_a_lease_is_longer_than_a_try_with_every_time_limit_used_up() -> None:
    assert callbacks.LEASE_S > 3 * 15


@pytest.mark.slow
def test_a_worker_killed_between_its_post_and_its_note_has_the_callback_sent_again(plant: Plant, receiver: Receiver) -> None:
    # given a worker that is killed by the very receiver that it calls, before that answers
    environ = {"CALLBACK_HOSTS": f"http://127.0.0.1:{receiver.port}", "CALLBACK_SECRET": SECRET, "CALLBACK_PRIVATE": "1"}
    worker = plant.start_worker(app="tests.workers.short_callbacks", **environ)
    receiver.answers = [lambda _: worker.kill(), 204]
    found = find_kind("test.noop")
    new = NewJob(new_job_id(), found.name, found.queue, {"value": 7}, found.max_attempts, {}, callback_url=receiver.url())
    plant.jobs.submit(new, idempotency_s=1, queue_limit=10)
    wait_until(lambda: worker.process.poll() is not None, timeout_s=30, what="the kill")
    assert not psutil.pid_exists(worker.process.pid)
    assert (plant.jobs.get(new.id).state, plant.jobs.callbacks_owed()) == ("succeeded", 1)

    # when another worker comes
    plant.start_worker(app="tests.workers.short_callbacks", **environ)
    wait_until(lambda: plant.jobs.callbacks_owed() == 0, timeout_s=30, what="the delivery")

    # then the receiver has the same message twice, and knows it by its id
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert verify(SECRET, second.headers, second.body)
    assert json.loads(second.body)["result"] == {"value": 7, "attempt": 1}
    said = [e.data["message"] for e in plant.jobs.events(new.id) if e.type == "log"]
    assert said == ["Callback delivered: the receiver answered 204."]
