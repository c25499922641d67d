"""Corrections over HTTP."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from api.model_schemas import CorrectionDocument, CorrectionList, CorrectionReceipt
from storage.detection import inspect_detection
from storage.detection_export import EXPORT_FORMATS, ExportFormat, read_records
from storage.images import Images
from storage.job_store import End
from storage.objects import open_store
from storage.redis_jobs import RedisJobStore
from tests.api.conftest import KEY, Api
from tests.api.models import ended_job, image_id, put_images, put_version
from tests.api.server import ApiServer
from tests.services import Valkey
from tests.storage.pictures import picture

CAT = {"label": "cat", "x1": 10.0, "y1": 10.0, "x2": 60.0, "y2": 60.0}


def body(n: int = 0, **changes: Any) -> dict[str, Any]:
    return {"image": image_id(n), "model": "m", "boxes": [CAT], "prediction": None, "author": "Ana", **changes}


def correct(api: Api, n: int = 0, **changes: Any) -> TestResponse:
    if not api.objects.exists("models/m/owner.json"):
        put_version(api.objects, api.jobs)
        put_images(api.objects, 30)
    return api.client.post("/v1/corrections", json=body(n, **changes))


def test_a_correction_is_answered_with_what_is_pending_and_shown_whole(api: Api) -> None:
    answer = correct(api)

    CorrectionReceipt.model_validate(answer.json)
    assert answer.status_code == 201
    assert {k: answer.json[k] for k in ("pending", "threshold", "retrain_job")} == {"pending": 1, "threshold": 5, "retrain_job": None}
    shown = api.client.get(answer.headers["Location"]).json
    CorrectionDocument.model_validate(shown)
    assert (shown["id"], shown["state"], shown["author"], shown["by"], shown["version"]) == (answer.json["id"], "pending", "Ana", "local", 1)
    assert (shown["changes"]["added"], shown["predicted"]) == ([CAT], None)


def test_the_fifth_correction_starts_the_retrain_and_says_so(api: Api) -> None:
    answers = [correct(api, n).json for n in range(6)]

    assert [a["retrain_job"] is not None for a in answers] == [False] * 4 + [True, False]
    job = api.client.get(f"/v1/jobs/{answers[4]['retrain_job']}").json
    assert (job["kind"], job["state"], job["params"]["model"]) == ("test.retrain", "queued", "m")


def test_the_threshold_is_a_setting(make_api: Callable[..., Api]) -> None:
    answer = correct(make_api(RETRAIN_THRESHOLD="1"))

    assert (answer.json["threshold"], answer.json["retrain_job"] is None) == (1, False)


def test_what_the_model_had_said_is_kept_with_what_changed(api: Api) -> None:
    said = {"label": "dog", "confidence": 0.9, "x1": 11, "y1": 10, "x2": 61, "y2": 60}
    predictions = [{"image": image_id(3), "boxes": []}, {"image": image_id(0), "boxes": [said]}]
    job = ended_job(api.jobs, "vision.predict", {"model": "m", "version": 1, "predictions": predictions})

    answer = correct(api, prediction=job.id)

    shown = api.client.get(answer.headers["Location"]).json
    assert (shown["prediction"], [b["label"] for b in shown["predicted"]]) == (job.id, ["dog"])
    assert [[b["label"] for b in pair] for pair in shown["changes"]["relabelled"]] == [["dog", "cat"]]


@pytest.mark.parametrize("result", [
    {"model": "other", "predictions": [{"image": image_id(0), "boxes": []}]}, {"model": "m", "predictions": []}, {"value": 1}])
def test_a_prediction_that_does_not_fit_the_correction_is_refused(api: Api, result: dict[str, Any]) -> None:
    job = ended_job(api.jobs, "vision.predict", result)

    answer = correct(api, prediction=job.id)

    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "prediction")


@pytest.mark.parametrize(("changed", "field"), [
    ({"prediction": "f" * 24}, "prediction"), ({"prediction": "../x"}, "prediction"), ({"image": "nope"}, "image"), ({"model": "no"}, "model"),
    ({"boxes": [{**CAT, "label": "fox"}]}, "boxes.0.label"), ({"boxes": [{**CAT, "x1": 60}]}, "boxes.0"), ({"boxes": None}, "boxes"),
    ({"boxes": [{**CAT, "x1": "1"}]}, "boxes.0.x1"), ({"extra": 1}, "extra"), ({"boxes": [{**CAT, "x1": 1e300}]}, "boxes.0.x1")])
def test_a_faulty_correction_is_422_by_field_and_not_counted(api: Api, changed: dict[str, Any], field: str) -> None:
    answer = correct(api, **changed)

    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field)
    assert correct(api).json["pending"] == 1


def test_an_unknown_label_is_refused_with_the_list_of_those_known(api: Api) -> None:
    fox = [{**CAT, "label": "fox"}]

    assert "cat, dog" in correct(api, boxes=fox).json["detail"]
    assert correct(api, boxes=fox, new_label=True).status_code == 201


def test_corrections_are_listed_by_model_and_state_newest_first(api: Api) -> None:
    ids = [correct(api, n).json["id"] for n in range(5)]
    (retrain,) = api.client.get("/v1/models/m").json["corrections"]["retrain_jobs"]
    api.end(retrain)
    late = correct(api, 7).json["id"]

    used = api.client.get("/v1/corrections?model=m&state=used&limit=3").json
    rest = api.client.get("/v1/corrections", query_string={"model": "m", "state": "used", "cursor": used["next_cursor"]}).json

    CorrectionList.model_validate(used)
    assert {c["id"] for c in used["corrections"] + rest["corrections"]} == set(ids)
    assert {c["retrain_job"] for c in used["corrections"]} == {retrain}
    assert [c["id"] for c in api.client.get("/v1/corrections?state=pending").json["corrections"]] == [late]
    assert len(api.client.get("/v1/corrections").json["corrections"]) == 6


@pytest.mark.parametrize("query", ["state=done", "model=a%20b", "limit=0", "cursor=x"])
def test_a_faulty_filter_is_422(api: Api, query: str) -> None:
    assert api.client.get(f"/v1/corrections?{query}").status_code == 422


@pytest.mark.parametrize("format_", EXPORT_FORMATS)
def test_corrected_images_go_out_as_a_data_set_that_can_be_uploaded_again(api: Api, tmp_path: Path, format_: ExportFormat) -> None:
    # given two corrected images, one of them corrected twice
    put_version(api.objects, api.jobs)
    images = [Images(api.objects, api.jobs, api.app.extensions["noria"].settings).receive(picture(n))[0].id for n in range(2)]
    for image, x2 in ((images[0], 20.0), (images[0], 33.0), (images[1], 44.0)):
        box = {"label": "fox", "x1": 2.0, "y1": 3.0, "x2": x2, "y2": 40.0}
        assert correct(api, image=image, boxes=[box], new_label=True).status_code == 201
    # when
    answer = api.client.get(f"/v1/corrections/export?model=m&format={format_}")
    # then
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    (tmp_path / "out.zip").write_bytes(answer.data)
    inspect_detection(tmp_path / "out.zip", tmp_path, max_bytes=1 << 26, max_pixels=10**6)
    back = {image.name.partition(".")[0]: image.boxes for image in read_records(tmp_path / "records.jsonl")}
    assert {name: [(b.label, round(b.x2)) for b in boxes] for name, boxes in back.items()} == {images[0]: [("fox", 33)], images[1]: [("fox", 44)]}


@pytest.mark.parametrize(("query", "status"), [
    ("model=m", 422), ("model=m&format=zip", 422), ("format=yolo", 422), ("model=no&format=yolo", 404), ("model=m&format=yolo", 409)])
def test_an_export_that_cannot_be_says_why(api: Api, query: str, status: int) -> None:
    put_version(api.objects, api.jobs)
    assert api.client.get(f"/v1/corrections/export?{query}").status_code == status


def test_a_pending_correction_is_deleted_and_a_claimed_one_is_not(api: Api) -> None:
    first = correct(api).json["id"]
    assert api.client.delete(f"/v1/corrections/{first}").status_code == 204
    assert [api.client.open(f"/v1/corrections/{first}", method=m).status_code for m in ("GET", "DELETE")] == [404, 404]
    ids = [correct(api, n).json for n in range(5)]
    api.start(ids[4]["retrain_job"])

    answer = api.client.delete(f"/v1/corrections/{ids[0]['id']}")

    assert (answer.status_code, answer.json["code"]) == (409, "conflict")


def test_the_key_that_corrected_is_named_by_its_id(make_api: Callable[..., Api]) -> None:
    api = make_api(API_KEYS=KEY)
    put_version(api.objects, api.jobs)
    put_images(api.objects, 1)

    made = api.client.post("/v1/corrections", json=body(), headers={"X-API-Key": KEY})

    shown = api.client.get(made.headers["Location"], headers={"X-API-Key": KEY}).json
    assert (shown["by"], shown["by"] in KEY) == (api.app.extensions["noria"].keys.find(KEY).name, False)


def test_ten_clients_at_once_over_two_processes_and_a_restart_lose_nothing_and_start_one_retrain_at_a_time(
        server: ApiServer, valkey: Valkey) -> None:
    objects, jobs = open_store((server.home / "objects").as_uri()), RedisJobStore(valkey.url, timeout_s=10)
    put_version(objects, jobs)
    put_images(objects, 25)

    def send(n: int) -> dict[str, Any]:
        """As a client does: the same again until it is answered."""
        while True:
            try:
                answer = server.call("POST", "/v1/corrections", body(n))
            except OSError:
                continue
            if answer.status == 201:
                return answer.json

    claims: list[tuple[str, ...]] = []

    def end_what_runs() -> None:
        while (status := jobs.retrain_status("m")).under_way:
            assert len(status.under_way) == 1
            running = jobs.acquire(status.under_way[0], worker="w", lease_s=30)
            assert running
            claims.append(jobs.claimed_corrections(running.id))
            jobs.move(running.id, running.fence, End("succeeded", result={}))

    with ThreadPoolExecutor(10) as pool:
        answers = [pool.submit(send, n) for n in range(25)]
        answers[6].result()
        server.stop()
        end_what_runs()
        server.start()
        started = {job for a in answers if (job := a.result()["retrain_job"])}
    end_what_runs()

    listed = server.call("GET", "/v1/corrections?limit=200").json["corrections"]
    claimed = [c for batch in claims for c in batch]
    assert {c["image"] for c in listed} == {image_id(n) for n in range(25)}
    pending = [c["image"] for c in listed if c["state"] == "pending"]
    assert len(pending) == len(set(pending)) == jobs.retrain_status("m").pending < 5
    assert len(claimed) == len(set(claimed)) == sum(c["state"] == "used" for c in listed)
    assert {c["retrain_job"] for c in listed if c["state"] == "used"} == {j.id for j in jobs.page(kind="test.retrain").jobs} >= started
    jobs.close()
