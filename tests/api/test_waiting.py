"""Long polls and event streams, on the in-memory store."""

import json
import threading
import time
from collections.abc import Iterator

import pytest

from api import waiting
from storage.job_store import End
from tests.api.conftest import Api

SSE = {"Accept": "text/event-stream"}


def frames(text: str) -> list[dict]:
    """The events of a stream: id, event and parsed data."""
    blocks = (block for block in text.split("\n\n") if "id: " in block)
    parsed = [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks]
    return [{**p, "data": json.loads(p["data"])} for p in parsed]


def later(seconds: float, do) -> threading.Thread:
    thread = threading.Timer(seconds, do)
    thread.start()
    return thread


def test_a_long_poll_without_an_etag_answers_when_the_job_ends(api: Api) -> None:
    job = api.submit()
    fence = api.start(job["id"]).fence
    later(0.1, lambda: api.jobs.publish(job["id"], fence, [("progress", {"fraction": 0.5, "stage": "s", "message": ""})]))
    later(0.3, lambda: api.jobs.move(job["id"], fence, End("succeeded", result={})))
    start = time.monotonic()

    answer = api.client.get(f"/v1/jobs/{job['id']}?wait=20")

    assert answer.json["state"] == "succeeded"
    assert 0.2 < time.monotonic() - start < 5


def test_a_long_poll_with_an_etag_answers_at_the_next_change(api: Api) -> None:
    job = api.submit()
    fence = api.start(job["id"]).fence
    etag = api.client.get(f"/v1/jobs/{job['id']}").headers["ETag"]
    later(0.1, lambda: api.jobs.publish(job["id"], fence, [("progress", {"fraction": 0.5, "stage": "s", "message": ""})]))

    answer = api.client.get(f"/v1/jobs/{job['id']}?wait=20", headers={"If-None-Match": etag})

    assert (answer.status_code, answer.json["state"], answer.json["progress"]["fraction"]) == (200, "running", 0.5)


def test_a_long_poll_answers_at_once_what_has_changed_already(api: Api) -> None:
    job = api.submit()
    etag = api.client.get(f"/v1/jobs/{job['id']}").headers["ETag"]
    api.end(job["id"])
    start = time.monotonic()

    assert api.client.get(f"/v1/jobs/{job['id']}?wait=20", headers={"If-None-Match": etag}).json["state"] == "succeeded"
    assert api.client.get(f"/v1/jobs/{job['id']}?wait=20").json["state"] == "succeeded"
    assert time.monotonic() - start < 10


def test_a_long_poll_that_sees_no_change_answers_304_when_time_is_over(api: Api) -> None:
    job = api.submit()
    etag = api.client.get(f"/v1/jobs/{job['id']}").headers["ETag"]

    answer = api.client.get(f"/v1/jobs/{job['id']}?wait=0.3", headers={"If-None-Match": etag})

    assert answer.status_code == 304
    assert api.client.get(f"/v1/jobs/{job['id']}?wait=0.1").json["state"] == "queued"


def test_a_stream_tells_everything_and_ends_with_the_end(api: Api) -> None:
    job = api.submit()
    fence = api.start(job["id"]).fence
    api.jobs.publish(job["id"], fence, [("progress", {"fraction": 0.5, "stage": "s", "message": "m"}),
                                        ("metric", {"name": "mae", "value": 1.5, "step": 2}), ("log", {"level": "info", "message": "hi"})])
    api.jobs.annotate(job["id"], {"experiment_id": "1", "run_id": "r", "ui_url": None, "pending": True})
    later(0.2, lambda: api.jobs.move(job["id"], fence, End("succeeded", result={})))

    answer = api.client.get(f"/v1/jobs/{job['id']}/events", headers=SSE)
    told = frames(answer.text)

    assert answer.mimetype == "text/event-stream"
    assert "no-transform" in answer.headers["Cache-Control"]
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert answer.text.startswith("retry: 2000\n\n")
    assert [f["event"] for f in told] == ["state", "state", "progress", "metric", "log", "tracking", "state"]
    assert told[3]["data"] == {"attempt": 1, "at": told[3]["data"]["at"], "name": "mae", "value": 1.5, "step": 2}
    assert told[-1]["data"]["state"] == "succeeded"


def test_resuming_at_any_event_loses_and_repeats_nothing(api: Api) -> None:
    job = api.submit()
    fence = api.start(job["id"]).fence
    for n in range(10):
        api.jobs.publish(job["id"], fence, [("metric", {"name": "mae", "value": float(n), "step": n})])
    api.jobs.move(job["id"], fence, End("succeeded", result={}))
    whole = frames(api.client.get(f"/v1/jobs/{job['id']}/events", headers=SSE).text)

    for cut in range(len(whole)):
        rest = api.client.get(f"/v1/jobs/{job['id']}/events", headers={**SSE, "Last-Event-ID": whole[cut]["id"]})
        assert frames(rest.text) == whole[cut + 1:]


def test_a_stream_longer_than_one_read_is_told_whole(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    job = api.submit()
    fence = api.start(job["id"]).fence
    steps = waiting.BATCH * 2 + 100
    api.jobs.publish(job["id"], fence, [("metric", {"name": "mae", "value": 0.0, "step": n}) for n in range(steps)])
    api.jobs.move(job["id"], fence, End("succeeded", result={}))

    told = frames(api.client.get(f"/v1/jobs/{job['id']}/events", headers=SSE).text)

    assert [f["data"]["step"] for f in told if f["event"] == "metric"] == list(range(steps))
    assert told[-1]["data"]["state"] == "succeeded"


@pytest.mark.parametrize("metrics", [0, waiting.BATCH - 3, waiting.BATCH - 2, waiting.BATCH, 2 * waiting.BATCH])
def test_an_end_from_before_a_retry_does_not_end_the_stream(api: Api, metrics: int) -> None:
    # given a job that failed, was retried, and then succeeded; the first end may stand at the edge of a read
    job = api.submit()
    fence = api.start(job["id"]).fence
    api.jobs.publish(job["id"], fence, [("metric", {"name": "mae", "value": 0.0, "step": n}) for n in range(metrics)])
    api.jobs.move(job["id"], fence, End("failed", error={"code": "x", "message": "m", "retryable": False, "step": None}))
    api.jobs.annotate(job["id"], {"experiment_id": "1", "run_id": "r", "ui_url": None, "pending": False})
    api.jobs.retry(job["id"])
    api.end(job["id"], "succeeded", result={})

    told = frames(api.client.get(f"/v1/jobs/{job['id']}/events", headers=SSE).text)

    assert [f["data"]["state"] for f in told if f["event"] == "state"] == ["queued", "running", "failed", "queued", "running", "succeeded"]


def test_what_comes_after_the_end_stands_in_the_json_form_alone(api: Api) -> None:
    job = api.submit()
    api.end(job["id"], "succeeded", result={})
    api.jobs.annotate(job["id"], {"experiment_id": "1", "run_id": "r", "ui_url": None, "pending": False})

    told = frames(api.client.get(f"/v1/jobs/{job['id']}/events", headers=SSE).text)
    resumed = api.client.get(f"/v1/jobs/{job['id']}/events", headers={**SSE, "Last-Event-ID": told[-1]["id"]})
    listed = api.client.get(f"/v1/jobs/{job['id']}/events").json["events"]

    assert told[-1]["event"] == "state"
    assert (resumed.status_code, frames(resumed.text)) == (200, [])
    assert listed[-1]["type"] == "tracking"


def test_what_became_of_a_callback_does_not_keep_a_stream_open(make_api) -> None:
    api = make_api(CALLBACK_HOSTS="hooks.example.com", CALLBACK_SECRET="whsec_" + "A" * 32)
    job = api.submit(callback_url="https://hooks.example.com/")
    api.end(job["id"], "succeeded", result={})
    api.jobs.settle_callback(api.jobs.take_callbacks(1, lease_s=1)[0], {"message": "Callback delivered."}, again_s=None)

    told = frames(api.client.get(f"/v1/jobs/{job['id']}/events", headers=SSE).text)
    resumed = api.client.get(f"/v1/jobs/{job['id']}/events", headers={**SSE, "Last-Event-ID": told[-1]["id"]})
    listed = api.client.get(f"/v1/jobs/{job['id']}/events").json["events"]

    assert (told[-1]["event"], frames(resumed.text)) == ("state", [])
    assert listed[-1]["data"] == {"message": "Callback delivered."}


def test_head_of_a_stream_answers_at_once_and_keeps_no_place(api: Api) -> None:
    job = api.submit()

    answer = api.client.head(f"/v1/jobs/{job['id']}/events", headers=SSE)

    assert (answer.status_code, answer.mimetype, answer.data) == (200, "text/event-stream", b"")
    assert api.app.extensions["noria"].hub.waiting == 0


def test_every_way_a_wait_ends_gives_its_place_back(api: Api) -> None:
    hub, job = api.app.extensions["noria"].hub, api.submit()

    api.client.get("/v1/jobs/000000000000000000000000/events", headers=SSE)
    api.client.get("/v1/jobs/000000000000000000000000?wait=1")
    api.client.get(f"/v1/jobs/{job['id']}?wait=0.1")
    open_stream = api.client.get(f"/v1/jobs/{job['id']}/events", headers=SSE, buffered=False)
    pieces: Iterator[bytes] = iter(open_stream.response)
    next(pieces)
    during = hub.waiting
    open_stream.close()

    assert (during, hub.waiting) == (1, 0)


def test_where_all_places_are_taken_waiting_is_refused_and_asking_is_not(make_api) -> None:
    api = make_api(API_THREADS="8")
    job = api.submit()
    places = [api.app.extensions["noria"].hub.join("x") for _ in range(4)]

    poll = api.client.get(f"/v1/jobs/{job['id']}?wait=5")
    stream = api.client.get(f"/v1/jobs/{job['id']}/events", headers=SSE)
    plain = api.client.get(f"/v1/jobs/{job['id']}")

    assert (poll.status_code, stream.status_code, plain.status_code) == (503, 503, 200)
    assert poll.headers["Retry-After"] == stream.headers["Retry-After"] == "5"
    assert len(places) == 4


def test_when_the_process_stops_polls_and_streams_end_in_order(api: Api) -> None:
    job = api.submit()
    later(0.3, api.app.extensions["noria"].hub.stop)
    start = time.monotonic()

    stream = api.client.get(f"/v1/jobs/{job['id']}/events", headers=SSE)

    assert [f["data"]["state"] for f in frames(stream.text)] == ["queued"]
    assert time.monotonic() - start < 10
