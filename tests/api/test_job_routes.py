"""Jobs over HTTP: submit, look, wait, list, cancel, retry, artifacts."""

import threading
import time

import pytest

from jobs.record import Artifact
from storage.archive import JobArchive
from storage.job_store import End
from tests.api.conftest import Api


def test_a_submit_answers_202_with_the_whole_document_and_where_it_is(api: Api) -> None:
    answer = api.client.post("/v1/jobs", json={"kind": "test.noop", "params": {"value": 3}, "labels": {"team": "north"},
                                               "callback_url": None}, headers={"X-Request-Id": "mine-1"})

    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/v1/jobs/{answer.json['id']}"
    assert answer.headers["X-Request-Id"] == answer.json["request_id"] == "mine-1"
    assert (answer.json["params"], answer.json["labels"], answer.json["state"]) == ({"value": 3}, {"team": "north"}, "queued")
    again = api.client.get(answer.headers["Location"])
    assert again.json == answer.json
    assert again.headers["ETag"] == answer.headers["ETag"]


def test_params_are_kept_with_their_defaults_filled_in(api: Api) -> None:
    assert api.submit("test.noop")["params"] == {"value": 0}


def test_the_same_key_with_the_same_body_answers_the_first_job(api: Api) -> None:
    first = api.client.post("/v1/jobs", data='{"kind":"test.noop","params":{"value":1}}', content_type="application/json",
                            headers={"Idempotency-Key": "k"})
    second = api.client.post("/v1/jobs", data='{ "params": {"value": 1},  "kind": "test.noop" }', content_type="application/json",
                             headers={"Idempotency-Key": "k"})

    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.json["id"] == first.json["id"]
    assert len(api.client.get("/v1/jobs").json["jobs"]) == 1


def test_the_same_key_with_another_body_is_refused_by_its_code(api: Api) -> None:
    for value in (1, 2):
        answer = api.client.post("/v1/jobs", json={"kind": "test.noop", "params": {"value": value}}, headers={"Idempotency-Key": "k"})

    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")


def test_a_full_queue_answers_429_with_retry_after(make_api) -> None:
    api = make_api(QUEUE_LIMIT="1")
    api.submit()

    answer = api.client.post("/v1/jobs", json={"kind": "test.noop"})

    assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (429, "too_many_requests", "10")


def test_prefer_wait_answers_200_when_the_job_ends_in_that_time(api: Api) -> None:
    # given a worker that ends the job a moment after it came
    def work() -> None:
        while not api.jobs.page().jobs:
            time.sleep(0.01)
        api.end(api.jobs.page().jobs[0].id, result={"value": 1})
    worker = threading.Thread(target=work)
    worker.start()

    # when
    answer = api.client.post("/v1/jobs", json={"kind": "test.noop"}, headers={"Prefer": "respond-async, wait=20"})

    # then
    worker.join()
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (200, "wait=20")
    assert (answer.json["state"], answer.json["result"]) == ("succeeded", {"value": 1})


def test_prefer_wait_answers_202_when_time_is_over(api: Api) -> None:
    start = time.monotonic()

    answer = api.client.post("/v1/jobs", json={"kind": "test.noop"}, headers={"Prefer": "wait=1"})

    assert (answer.status_code, answer.json["state"]) == (202, "queued")
    assert "Preference-Applied" not in answer.headers
    assert 1 <= time.monotonic() - start < 10


@pytest.mark.parametrize("prefer", ["wait=61", "wait=-1", "wait=soon", "wait", "wait=1.5", "handling=lenient"])
def test_a_preference_that_is_not_understood_is_ignored_at_once(api: Api, prefer: str) -> None:
    start = time.monotonic()

    answer = api.client.post("/v1/jobs", json={"kind": "test.noop"}, headers={"Prefer": prefer})

    assert answer.status_code == 202
    assert time.monotonic() - start < 0.9


def test_a_submit_is_answered_even_where_no_place_to_wait_is_left(make_api) -> None:
    api = make_api(API_THREADS="8")
    waiters = [api.app.extensions["noria"].hub.join("x") for _ in range(4)]

    answer = api.client.post("/v1/jobs", json={"kind": "test.noop"}, headers={"Prefer": "wait=5"})

    assert answer.status_code == 202
    assert len(waiters) == 4


def test_an_etag_that_still_holds_answers_304_without_a_body(api: Api) -> None:
    job = api.submit()
    etag = api.client.get(f"/v1/jobs/{job['id']}").headers["ETag"]

    unchanged = api.client.get(f"/v1/jobs/{job['id']}", headers={"If-None-Match": etag})
    api.start(job["id"])
    changed = api.client.get(f"/v1/jobs/{job['id']}", headers={"If-None-Match": etag})

    assert (unchanged.status_code, unchanged.data, unchanged.headers["ETag"]) == (304, b"", etag)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


def test_moving_up_in_the_queue_changes_the_etag(api: Api) -> None:
    first, second = api.submit(), api.submit()
    before = api.client.get(f"/v1/jobs/{second['id']}")

    api.start(first["id"])
    after = api.client.get(f"/v1/jobs/{second['id']}")

    assert (before.json["queue_position"], after.json["queue_position"]) == (1, 0)
    assert before.headers["ETag"] != after.headers["ETag"]


def test_head_gives_the_headers_of_get_alone(api: Api) -> None:
    job = api.submit()

    head, get = (getattr(api.client, method)(f"/v1/jobs/{job['id']}") for method in ("head", "get"))

    assert (head.status_code, head.data) == (200, b"")
    assert (head.headers["ETag"], head.headers["Content-Length"]) == (get.headers["ETag"], get.headers["Content-Length"])


def test_pages_of_a_list_hold_every_job_once_newest_first(api: Api) -> None:
    made = [api.submit()["id"] for _ in range(5)]

    seen, cursor = [], None
    while True:
        page = api.client.get("/v1/jobs", query_string={"limit": 2, **({"cursor": cursor} if cursor else {})}).json
        seen += [job["id"] for job in page["jobs"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert seen == sorted(made, reverse=True)


def test_a_page_of_large_jobs_is_short_and_goes_on(api: Api) -> None:
    # given jobs with results of 300 kB, and one that alone is more than a page
    ids = sorted(api.submit()["id"] for _ in range(30))
    for n, job_id in enumerate(ids):
        api.end(job_id, result={"rows": "x" * (3_000_000 if n == 15 else 300_000)})

    # when they are listed page by page
    sizes, found, cursor = [], [], ""
    while cursor is not None:
        answer = api.client.get(f"/v1/jobs?limit=200{cursor and f'&cursor={cursor}'}")
        sizes.append(len(answer.data))
        found += [j["id"] for j in answer.json["jobs"]]
        cursor = answer.json["next_cursor"]

    # then each is there once, whole, and no page is larger than it has to be
    assert found == ids[::-1]
    assert max(sizes) < 3_100_000
    assert len([s for s in sizes if s > 2_200_000]) == 1


def test_a_page_of_many_small_jobs_is_as_long_as_asked_for(api: Api) -> None:
    ids = sorted(api.submit()["id"] for _ in range(70))

    page = api.client.get("/v1/jobs?limit=65").json

    assert [j["id"] for j in page["jobs"]] == ids[:4:-1]
    assert page["next_cursor"] == ids[5]


def test_the_largest_body_that_makes_sense_is_taken_in(api: Api) -> None:
    items = [f"{n:020d}" for n in range(100_000)]

    job = api.submit("forecasting.predict", params={"model": "m", "items": items})

    assert job["params"]["items"] == items


def test_a_list_can_be_narrowed_by_kind_state_and_label_together(api: Api) -> None:
    wanted = api.submit("test.noop", labels={"team": "north:west"})["id"]
    api.submit("test.noop", labels={"team": "south"})
    api.submit("test.work", labels={"team": "north:west"})
    api.end(api.submit("test.noop", labels={"team": "north:west"})["id"])

    found = api.client.get("/v1/jobs?kind=test.noop&state=queued&label=team:north:west").json["jobs"]

    assert [job["id"] for job in found] == [wanted]


def test_canceling_a_queued_job_ends_it_at_once(api: Api) -> None:
    job = api.submit()

    answer = api.client.post(f"/v1/jobs/{job['id']}/cancel")

    assert (answer.status_code, answer.json["state"]) == (202, "canceled")
    assert api.client.post(f"/v1/jobs/{job['id']}/cancel").status_code == 409


def test_canceling_a_running_job_asks_it_to_stop(api: Api) -> None:
    job = api.submit()
    api.start(job["id"])

    answer = api.client.post(f"/v1/jobs/{job['id']}/cancel")

    assert (answer.status_code, answer.json["state"], answer.json["cancel_requested"]) == (202, "running", True)


def test_a_failed_job_can_be_retried_under_its_id(api: Api) -> None:
    job = api.submit()
    assert api.client.post(f"/v1/jobs/{job['id']}/retry").status_code == 409
    api.end(job["id"], "failed", error={"code": "data_error", "message": "no", "retryable": False, "step": None})

    answer = api.client.post(f"/v1/jobs/{job['id']}/retry")

    assert (answer.status_code, answer.json["id"], answer.json["state"], answer.json["error"]) == (202, job["id"], "queued", None)


def test_a_job_that_the_store_has_dropped_is_found_in_the_archive(api: Api) -> None:
    # given a failed job that is archived, and dropped from the store
    job = api.submit()
    api.end(job["id"], "failed", error={"code": "x", "message": "m", "retryable": False, "step": None})
    before = api.client.get(f"/v1/jobs/{job['id']}")
    JobArchive(api.objects).save(api.jobs, job["id"])
    api.jobs.advance(10)
    assert api.jobs.drop_expired(retention_s=1) == 1

    # then it is shown as before, its events too, cannot be canceled, and can be retried
    assert api.client.get(f"/v1/jobs/{job['id']}").json == before.json
    states = [e["data"]["state"] for e in api.client.get(f"/v1/jobs/{job['id']}/events").json["events"]]
    assert states == ["queued", "running", "failed"]
    assert api.client.post(f"/v1/jobs/{job['id']}/cancel").status_code == 409
    assert api.client.post(f"/v1/jobs/{job['id']}/retry").json["state"] == "queued"


def test_events_as_json_come_in_pages_that_go_on_where_the_last_ended(api: Api) -> None:
    job = api.submit()
    fence = api.start(job["id"]).fence
    api.jobs.publish(job["id"], fence, [("metric", {"name": "mae", "value": float(n), "step": n}) for n in range(5)])

    first = api.client.get(f"/v1/jobs/{job['id']}/events?limit=4").json
    second = api.client.get(f"/v1/jobs/{job['id']}/events", query_string={"after": first["next"]}).json
    third = api.client.get(f"/v1/jobs/{job['id']}/events", query_string={"after": second["next"]}).json

    assert [e["type"] for e in first["events"]] == ["state", "state", "metric", "metric"]
    assert [e["data"]["step"] for e in second["events"]] == [2, 3, 4]
    assert (third["events"], third["next"]) == ([], second["next"])
    assert set(first["events"][0]) == {"id", "type", "attempt", "at", "data"}


def test_an_accept_header_that_nothing_fits_is_answered_406(api: Api) -> None:
    job = api.submit()

    for path in (f"/v1/jobs/{job['id']}/events", f"/v1/jobs/{job['id']}", "/v1/kinds"):
        answer = api.client.get(path, headers={"Accept": "image/png"})
        assert (answer.status_code, answer.json["code"]) == (406, "not_acceptable")
    assert api.client.get(f"/v1/jobs/{job['id']}", headers={"Accept": "text/html, */*;q=0.1"}).status_code == 200


@pytest.fixture
def with_artifacts(api: Api) -> tuple[Api, str]:
    """A job that published a table and a page."""
    job_id = api.submit()["id"]
    made = []
    for name, content, media_type in (("tables/predictions é.csv", b"item,mean\nA,1\n", "text/csv"), ("report.html", b"<b>hi</b>", "text/html"),
                                      ("gone.txt", None, "text/plain")):
        key = f"jobs/{job_id}/fence-1/{name}"
        if content is not None:
            api.objects.put(key, content)
        made.append(Artifact(name, key, len(content or b""), name[:3] * 20, media_type))
    fence = api.start(job_id).fence
    api.jobs.move(job_id, fence, End("succeeded", result={}), artifacts=made)
    return api, job_id


def test_artifacts_are_listed_and_given_byte_by_byte(with_artifacts: tuple[Api, str]) -> None:
    api, job_id = with_artifacts

    listed = api.client.get(f"/v1/jobs/{job_id}/artifacts").json["artifacts"]
    answer = api.client.get(listed[0]["links"]["self"])

    assert (listed[0]["name"], listed[0]["size"], listed[0]["media_type"]) == ("tables/predictions é.csv", 14, "text/csv")
    assert (answer.data, answer.mimetype, answer.content_length) == (b"item,mean\nA,1\n", "text/csv", 14)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert api.client.get(listed[0]["links"]["self"], headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_a_page_among_the_artifacts_is_downloaded_and_never_shown(with_artifacts: tuple[Api, str]) -> None:
    api, job_id = with_artifacts

    answer = api.client.get(f"/v1/jobs/{job_id}/artifacts/report.html")

    assert answer.headers["Content-Disposition"] == "attachment; filename=report.html"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["nope.csv", "../../job.json", "..%2f..%2fjob.json", "gone.txt"])
def test_only_artifacts_that_the_job_lists_and_that_exist_are_given(with_artifacts: tuple[Api, str], name: str) -> None:
    api, job_id = with_artifacts

    answer = api.client.get(f"/v1/jobs/{job_id}/artifacts/{name}")

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert "fence" not in answer.text


CALLBACKS = {"CALLBACK_HOSTS": "hooks.example.com, http://10.0.0.7", "CALLBACK_SECRET": "whsec_" + "A" * 32}
CALLBACK = "https://hooks.example.com/noria?for=north"


def test_a_job_keeps_its_callback_url_and_shows_it_nowhere(make_api) -> None:
    api = make_api(**CALLBACKS)
    job = api.submit(callback_url=CALLBACK)

    api.client.post(f"/v1/jobs/{job['id']}/cancel")

    assert "hooks.example.com" not in api.client.get(f"/v1/jobs/{job['id']}").text + api.client.get(f"/v1/jobs/{job['id']}/events").text
    (delivery,) = api.jobs.take_callbacks(10, lease_s=1)
    assert (delivery.job.id, delivery.job.state, delivery.job.callback_url) == (job["id"], "canceled", CALLBACK)


@pytest.mark.parametrize(("settings", "url", "fix"), [
    ({}, CALLBACK, "CALLBACK_HOSTS"), ({"CALLBACK_HOSTS": "hooks.example.com"}, CALLBACK, "CALLBACK_SECRET"),
    (CALLBACKS, "https://other.example.com/", "CALLBACK_HOSTS"), (CALLBACKS, "http://hooks.example.com/", "CALLBACK_HOSTS"),
    (CALLBACKS, "http://10.0.0.7/", "CALLBACK_PRIVATE"), (CALLBACKS, "https://me:pw@hooks.example.com/", "signature"),
    (CALLBACKS, "hooks.example.com", "https://"), (CALLBACKS, "https://hooks.example.com/ x", "ASCII"), (CALLBACKS, "", "https://")])
def test_a_callback_url_that_may_not_be_called_is_refused_with_what_to_change(make_api, settings, url: str, fix: str) -> None:
    api = make_api(**settings)

    answer = api.client.post("/v1/jobs", json={"kind": "test.noop", "callback_url": url})

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_input")
    (fault,) = answer.json["errors"]
    assert fault["field"] == "callback_url"
    assert fix in fault["message"]
    assert api.client.get("/v1/jobs").json["jobs"] == []


def test_the_same_key_with_another_callback_url_is_refused(make_api) -> None:
    api = make_api(**CALLBACKS)
    for url in (CALLBACK, CALLBACK + "1"):
        answer = api.client.post("/v1/jobs", json={"kind": "test.noop", "callback_url": url}, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")


def test_private_addresses_may_be_named_where_that_is_allowed(make_api) -> None:
    assert make_api(**CALLBACKS, CALLBACK_PRIVATE="1").submit(callback_url="http://10.0.0.7/")["state"] == "queued"


def test_ends_that_are_not_told_yet_are_counted_in_the_metrics(make_api) -> None:
    api = make_api(**CALLBACKS)
    api.end(api.submit(callback_url=CALLBACK)["id"], result={"value": 0, "attempt": 1})
    assert "noria_callbacks_owed 1.0" in api.client.get("/metrics").text
