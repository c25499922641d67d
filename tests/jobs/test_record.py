import re

from jobs.record import Attempt, Job, JobIds, job_document, new_job_id, rfc3339

CONTRACT = {
    "id", "kind", "state", "queue", "progress", "params", "labels", "result", "error", "attempt", "max_attempts", "queue_position",
    "cancel_requested", "request_id", "attempts", "created_at", "started_at", "finished_at", "tracking", "links",
}


def test_ids_are_url_safe_and_sort_by_time() -> None:
    ids = JobIds()
    made = [ids.next(now_ms) for now_ms in (1_795_330_800_000, 1_795_330_800_001, 1_795_330_800_900)]
    assert made == sorted(set(made))
    assert [int(one[:12], 16) for one in made] == [1_795_330_800_000, 1_795_330_800_001, 1_795_330_800_900]
    assert re.fullmatch(r"[0-9a-f]{24}", new_job_id())


def test_ids_sort_as_they_were_made_within_a_millisecond_and_while_the_clock_goes_back() -> None:
    ids = JobIds()
    made = [*(ids.next(1_795_330_800_000) for _ in range(2000)), ids.next(1_795_330_799_000)]
    assert made == sorted(set(made))


def test_ids_of_two_makers_differ_by_chance() -> None:
    assert JobIds().next(5) != JobIds().next(5)


def test_times_are_rfc_3339_in_utc() -> None:
    assert rfc3339(1_795_330_800_123) == "2026-11-22T07:00:00.123Z"
    assert rfc3339(None) is None


def test_a_document_has_exactly_the_fields_of_the_contract() -> None:
    job = Job("a", "test.noop", "cpu", {"x": 1}, 0, 3, attempts=(Attempt(1, 1, "w", 5, 6, "lost"),), state="running", attempt=1)
    document = job_document(job)
    assert set(document) == CONTRACT
    assert document["links"] == {
        "self": "/v1/jobs/a", "events": "/v1/jobs/a/events", "cancel": "/v1/jobs/a/cancel", "artifacts": "/v1/jobs/a/artifacts"}
    assert set(document["attempts"][0]) >= {"attempt", "worker", "started_at", "ended_at", "outcome"}
    assert document["progress"] == {"fraction": 0.0, "stage": None, "message": None}
