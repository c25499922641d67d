"""A nearly full disk: MIN_FREE_MB larger than any disk stands in for it."""

from collections.abc import Callable
from io import BytesIO

from jobs.record import new_job_id
from jobs.settings import load_settings
from storage.job_store import NewJob
from tests.api.conftest import Api

FULL = {"MIN_FREE_MB": str(1 << 40)}
CSV = b"date,item,quantity\n2026-01-01,a,1\n"


def test_a_job_is_refused_early_and_plainly(make_api: Callable[..., Api]) -> None:
    api = make_api(**FULL)

    answer = api.client.post("/v1/jobs", json={"kind": "test.noop"})

    assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (503, "storage_full", "60")
    assert "noria prune" in answer.json["detail"]
    assert api.jobs.page().jobs == ()


def test_an_upload_is_refused_and_nothing_of_it_stays(make_api: Callable[..., Api]) -> None:
    api = make_api(**FULL)

    answer = api.client.post("/v1/datasets", data={"file": (BytesIO(CSV), "sales.csv"), "type": "sales"})

    assert (answer.status_code, answer.json["code"]) == (503, "storage_full")
    assert list(api.objects.names("blobs/")) == []


def test_what_was_sent_before_can_still_be_read_and_canceled(make_api: Callable[..., Api]) -> None:
    api = make_api(**FULL)
    job = NewJob(new_job_id(), "test.noop", "cpu", {}, 1, {})
    api.jobs.submit(job, idempotency_s=60, queue_limit=10)

    assert api.client.get("/v1/jobs").status_code == 200
    assert api.client.post(f"/v1/jobs/{job.id}/cancel").status_code == 202


def test_there_is_room_by_default(api: Api) -> None:
    assert api.submit()["state"] == "queued"
    assert load_settings({}).min_free_mb == 512
