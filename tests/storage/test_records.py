import orjson

from jobs.record import Artifact, Attempt, Event, Job
from storage.records import archive_document, event_from_line, event_line, from_archive, job_from_fields, job_to_fields

JOB = Job(
    id="a" * 24, kind="test.noop", queue="cpu", params={"x": [1, None, "ñ"]}, created_at=1, max_attempts=3, labels={"a": "b"},
    request_id="r", state="succeeded", revision=9, attempt=2, fence=3, progress={"fraction": 1.0, "stage": "done", "message": None},
    attempts=(Attempt(1, 1, "w", 2, 3, "lost"), Attempt(2, 3, "w2", 4, 5, "succeeded")), result={"value": 1},
    tracking={"run_id": "z", "pending": False}, artifacts=(Artifact("a", "k", 1, "h", "text/plain"),), models=({"version": 1},),
    committed=True, started_at=2, finished_at=5, callback_url="https://a.example/x")


def test_a_job_survives_the_trip_through_redis_fields() -> None:
    fields = {k: v.decode() if isinstance(v, bytes) else str(v) for k, v in job_to_fields(JOB).items()}
    assert job_from_fields(fields) == JOB


def test_a_job_survives_the_trip_through_its_archive() -> None:
    events = (Event("1", "log", 1, 7, {"message": "a b {\"c\"}"}),)
    assert from_archive(orjson.loads(orjson.dumps(archive_document(JOB, events)))) == (JOB, events)


def test_an_event_survives_the_trip_through_its_line() -> None:
    event = Event("12", "log", 3, 1_795_000_000_000, {"message": "two words\nand a line"})
    assert event_from_line("12", event_line(event).decode()) == event
