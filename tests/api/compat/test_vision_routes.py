"""The old detection system's addresses, as a client would use them that knows nothing but the old shapes."""

import base64
import io
import json
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from api.compat import old_jobs
from jobs.record import Job
from storage import names
from storage.job_store import End
from storage.models import Models
from storage.objects import open_store
from storage.redis_jobs import RedisJobStore
from tests.api.compat.acting import RUN, failed, report, succeeded, worker
from tests.api.conftest import Api
from tests.api.models import image_id, put_images, put_version
from tests.api.server import ApiServer
from tests.services import Valkey
from tests.storage.pictures import picture

FORM = "multipart/form-data; boundary=b"
BBOX = {"x1": 5, "y1": 6, "x2": 30, "y2": 40}
FOUND = {"label": "dog", "confidence": 0.91, "x1": 5.0, "y1": 6.5, "x2": 30.0, "y2": 40.0}
SCORES = {"mAP50": 0.5, "mAP50-95": 0.3, "precision": 0.6, "recall": 0.7, "boxes": 9, "per_class": {}}
BETTER = {**SCORES, "mAP50": 0.8, "precision": 0.9, "recall": 0.85}
RETRAINED = {
    "model": "digits", "version": 2, "previous": 1, "decision": "promoted", "reason": "It is better.", "experiment_id": "401576597529460193",
    "metrics": {"before": {"all": SCORES, "old": SCORES, "new": None}, "after": {"all": BETTER, "old": BETTER, "new": None}}}


@pytest.fixture
def api(make_api: Callable[..., Api]) -> Api:
    """An installation with one detector, `digits`, that knows cats and dogs."""
    api = make_api()
    train(api, "digits")
    return api


def train(api: Api, model: str, **metadata: Any) -> int:
    """A published version with weights of 3 MiB."""
    api.objects.put(names.artifact("j", 1, f"{model}.pt"), b"\0" * (3 << 20))
    return put_version(api.objects, api.jobs, model, domain="vision", files={"best.pt": names.artifact("j", 1, f"{model}.pt")}, **metadata).version


def upload(api: Api, path: str, content: bytes = picture(), filename: str = "a.jpg", **fields: Any) -> TestResponse:
    return api.client.post(path, data={"image": (io.BytesIO(content), filename), **fields}, content_type="multipart/form-data")


def form(content: bytes, bbox: dict[str, float]) -> bytes:
    """A correction's form as bytes; see FORM."""
    parts = {"bbox": json.dumps(bbox).encode(), "tag": b"cat", 'image"; filename="a': content}
    written = (b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value) for name, value in parts.items())
    return b"".join(written) + b"--b--\r\n"


def correct(api: Api, n: int = 0, **changes: Any) -> TestResponse:
    return upload(api, "/api/corrections/add", picture(n), **{"bbox": json.dumps(BBOX), "tag": "cat", **changes})


def wait_in_line(api: Api, corrections: int) -> None:
    """So many pending corrections, of images that were never parsed."""
    put_images(api.objects, corrections)
    for n in range(corrections):
        body = {"image": image_id(n), "model": "digits", "boxes": []}
        assert api.client.post("/v1/corrections", json=body).status_code == 201


def detected(job: Job) -> End:
    image, = job.params["images"]
    return succeeded({"model": job.params["model"], "version": 1, "runtime": "torch cpu",
                      "predictions": [{"image": image, "width": 64, "height": 48, "boxes": [FOUND]}]})


def test_a_prediction_gives_the_boxes_and_the_image_with_them_drawn_in(api: Api) -> None:
    with worker(api, {"vision.predict": detected}):
        answer = upload(api, "/predict")

    document = answer.json
    with Image.open(io.BytesIO(base64.b64decode(document.pop("image_with_detections"), validate=True))) as image:
        assert (image.format, image.size) == ("JPEG", (64, 48))
    assert document == {
        "success": True, "num_detections": 1, "image_size": {"width": 64, "height": 48},
        "detections": [{"class": "dog", "class_id": 1, "confidence": 0.91, "bbox": {"x1": 5.0, "y1": 6.5, "x2": 30.0, "y2": 40.0}}]}
    assert answer.status_code == 200


def test_a_prediction_does_not_wait_for_a_run_that_it_does_not_show(api: Api) -> None:
    report(api)
    with worker(api, {"vision.predict": detected}):
        started = time.monotonic()
        upload(api, "/predict")

    assert time.monotonic() - started < old_jobs.RUN_WAIT_S


def test_a_prediction_is_an_ordinary_job_with_the_image_kept(api: Api) -> None:
    with worker(api, {"vision.predict": detected}) as seen:
        upload(api, "/predict", filename="../../etc/passwd\x00<script>.jpg")

    job = api.client.get(f"/v1/jobs/{seen[0].id}").json
    assert (job["kind"], job["params"]["model"], job["params"]["version"]) == ("vision.predict", "digits", None)
    assert api.client.get(f"/v1/images/{job['params']['images'][0]}").data == picture()


@pytest.mark.parametrize(("content", "status"), [(b"not an image", 400), (b"", 400), (picture()[:200], 400)])
def test_what_is_no_image_is_refused_in_the_old_shape(api: Api, content: bytes, status: int) -> None:
    answer = upload(api, "/predict", content)

    assert (answer.status_code, answer.json.keys(), answer.json["success"]) == (status, {"success", "error"}, False)
    assert answer.json["error"].startswith("image")
    assert answer.mimetype == "application/json"


def test_an_image_of_too_many_pixels_is_413(make_api: Callable[..., Api]) -> None:
    api = make_api(MAX_IMAGE_MP="0.001")
    train(api, "digits")

    answer = upload(api, "/predict")

    assert (answer.status_code, answer.json["success"]) == (413, False)


def test_without_the_image_or_the_form_the_answer_says_so(api: Api) -> None:
    none = api.client.post("/predict", data={"other": "x"}, content_type="multipart/form-data")
    two = api.client.post("/predict", data={"image": [(io.BytesIO(b"a"), "a"), (io.BytesIO(b"b"), "b")]})
    text = api.client.post("/predict", data={"image": "a"}, content_type="multipart/form-data")
    as_json = api.client.post("/predict", json={"image": "a"})

    assert [a.status_code for a in (none, two, text, as_json)] == [400, 400, 400, 415]
    assert all(a.json["success"] is False for a in (none, two, text, as_json))


def test_without_any_vision_model_the_answers_are_empty_or_409(make_api: Callable[..., Api]) -> None:
    api = make_api()
    put_version(api.objects, api.jobs, "demand", domain="forecasting")

    assert [upload(api, "/predict").status_code, correct(api).status_code, api.client.post("/api/model/retrain").status_code] == [409] * 3
    assert api.client.get("/model-info").json == {
        "model": None, "classes": [], "num_classes": 0, "model_loaded": False, "model_path": None, "device": None,
        "cuda_available": False, "gpu_name": None}
    assert api.client.get("/api/models/list").json == {"success": True, "models": [], "device": None}
    assert api.client.get("/api/corrections/stats").json == {"success": True, "total": 0, "ready_for_retrain": False, "min_required": 5}


def test_model_info_describes_the_champion_and_what_the_workers_run_on(api: Api) -> None:
    report(api, gpus=["NVIDIA T4"])

    assert api.client.get("/model-info").json == {
        "model": "digits", "classes": ["cat", "dog"], "num_classes": 2, "model_loaded": True, "model_path": "digits/v1",
        "device": "cuda:0", "cuda_available": True, "gpu_name": "NVIDIA T4"}


def test_the_list_names_every_version_of_every_vision_model(api: Api) -> None:
    train(api, "digits", promote=False, decision="rejected", reason="worse", metrics={"mAP50": 0.1})
    put_version(api.objects, api.jobs, "demand", domain="forecasting")
    report(api)

    answer = api.client.get("/api/models/list").json

    assert (answer["success"], answer["device"]) == (True, "cpu")
    assert answer["models"] == [
        {"name": "digits", "path": "digits/v2", "type": "retrained", "version": 2, "is_current": False, "metrics": {"mAP50": 0.1}, "size_mb": 3.0},
        {"name": "digits", "path": "digits/v1", "type": "trained", "version": 1, "is_current": True, "metrics": {"mAP50": 0.5}, "size_mb": 3.0}]


def test_a_switch_promotes_the_version_with_a_reason_and_it_answers_from_then_on(api: Api) -> None:
    train(api, "digits")
    train(api, "blood")

    answer = api.client.post("/api/models/switch", json={"model_path": "digits/v1"})

    assert (answer.status_code, answer.json["success"]) == (200, True)
    assert answer.json["model"] == {"name": "digits", "path": "digits/v1", "type": "trained", "version": 1, "is_current": True,
                                    "metrics": {"mAP50": 0.5}, "size_mb": 3.0}
    assert api.client.get("/model-info").json["model_path"] == "digits/v1"
    newest = api.client.get("/v1/models/digits/history").json["history"][0]
    assert (newest["action"], newest["version"], newest["by"], "/api/models/switch" in newest["reason"]) == ("promoted", 1, "local", True)
    assert [m["path"] for m in api.client.get("/api/models/list").json["models"] if m["is_current"]] == ["digits/v1"]


@pytest.mark.parametrize("path", [
    "../../../etc/passwd", "/etc/passwd", "digits/v1/../../../etc/passwd", "..%2f..%2fetc", "digits/v9", "digits/v01", "digits", "../v1", "./v1",
    "digits/v1\n", "demand/v1", "", "best.pt", "\x00", "a" * 10_000])
def test_a_switch_takes_nothing_but_what_the_list_named(api: Api, path: str) -> None:
    put_version(api.objects, api.jobs, "demand", domain="forecasting")

    answer = api.client.post("/api/models/switch", json={"model_path": path})

    assert (answer.status_code, answer.json.keys(), answer.json["success"]) == (404, {"success", "error"}, False)
    assert len(answer.text) < 300
    assert not api.objects.exists(names.compat_model())


@pytest.mark.parametrize("body", [{}, {"model_path": 1}, {"model_path": None}, {"model_path": ["digits/v1"]}, [], "digits/v1"])
def test_a_switch_without_a_name_is_400(api: Api, body: Any) -> None:
    assert api.client.post("/api/models/switch", json=body).status_code == 400


def test_a_correction_is_counted_and_the_stats_agree(api: Api) -> None:
    answer = correct(api)

    assert answer.status_code == 200
    assert {k: answer.json[k] for k in ("success", "total", "ready_for_retrain", "min_required", "retrain_job")} == {
        "success": True, "total": 1, "ready_for_retrain": False, "min_required": 5, "retrain_job": None}
    assert api.client.get("/api/corrections/stats").json == {"success": True, "total": 1, "ready_for_retrain": False, "min_required": 5}


def test_several_boxes_of_an_image_are_one_correction_with_all_of_them(api: Api) -> None:
    correct(api)
    correct(api, bbox=json.dumps({"x1": 10.5, "y1": 6, "x2": 30, "y2": 40}), tag="dog")
    answer = correct(api)

    assert (answer.json["total"], answer.json["success"]) == (1, True)
    kept, = api.client.get("/v1/corrections?state=pending").json["corrections"]
    assert [(b["label"], b["x1"]) for b in kept["boxes"]] == [("cat", 5), ("dog", 10.5)]
    assert kept["model"] == "digits"


@pytest.mark.parametrize("tag", ["never seen", "../../x", "a: b", "<script>alert(1)</script>", "ñandú"])
def test_any_tag_is_taken_as_it_is(api: Api, tag: str) -> None:
    assert correct(api, tag=tag).status_code == 200
    kept, = api.client.get("/v1/corrections").json["corrections"]
    assert kept["boxes"][0]["label"] == tag


def test_the_fifth_image_starts_the_retrain_and_everything_is_ready(api: Api) -> None:
    answers = [correct(api, n).json for n in range(5)]

    assert [a["retrain_job"] is not None for a in answers] == [False] * 4 + [True]
    assert (answers[4]["ready_for_retrain"], answers[4]["total"]) == (True, 5)
    assert api.client.get("/api/corrections/stats").json["ready_for_retrain"] is True
    api.start(answers[4]["retrain_job"])
    assert api.client.get("/api/corrections/stats").json == {"success": True, "total": 0, "ready_for_retrain": True, "min_required": 5}


@pytest.mark.parametrize("path", ["/predict", "/api/corrections/add"])
def test_an_image_may_be_as_large_as_any_upload_and_no_larger(make_api: Callable[..., Api], path: str) -> None:
    api = make_api(MAX_UPLOAD_MB="10", COMPAT_WAIT_S="0")
    train(api, "digits")
    sizes = ((2000, 1500), (2000, 1900))  # 8.6 and 10.9 MiB

    answers = [api.client.post(path, data=form(picture(size=size, format_="BMP"), BBOX), content_type=FORM) for size in sizes]

    assert [a.status_code for a in answers] == [202 if path == "/predict" else 200, 413]
    assert answers[1].json["success"] is False


def test_a_correction_that_is_no_form_is_415(api: Api) -> None:
    answer = api.client.post("/api/corrections/add", json={"bbox": BBOX, "tag": "cat"})

    assert (answer.status_code, answer.json["success"]) == (415, False)


@pytest.mark.parametrize(("fields", "word"), [
    ({"bbox": "{"}, "bbox"), ({"bbox": "[1, 2, 3, 4]"}, "bbox"), ({"bbox": json.dumps({**BBOX, "x2": None})}, "bbox.x2"), ({"bbox": "{}"}, "bbox.x1"),
    ({"bbox": json.dumps({**BBOX, "x1": "5"})}, "bbox.x1"), ({"bbox": json.dumps({**BBOX, "y1": 1e300})}, "bbox.y1"), ({"bbox": "NaN"}, "bbox"),
    ({"bbox": json.dumps(BBOX).replace("5", "NaN", 1)}, "bbox"), ({"bbox": json.dumps({**BBOX, "x1": 30})}, "bbox"),
    ({"bbox": json.dumps({"x1": 100, "y1": 100, "x2": 200, "y2": 200})}, "bbox"), ({"bbox": ""}, "bbox"),
    ({"tag": ""}, "tag"), ({"tag": "   "}, "tag"), ({"tag": "x" * 101}, "tag"), ({"tag": "a\x00b"}, "tag")])
def test_a_faulty_correction_is_400_naming_the_field_and_not_counted(api: Api, fields: dict[str, str], word: str) -> None:
    answer = correct(api, **fields)

    assert (answer.status_code, answer.json.keys()) == (400, {"success", "error"})
    assert answer.json["error"].startswith(word), answer.json
    assert api.client.get("/api/corrections/stats").json["total"] == 0


def test_fields_of_a_correction_that_are_missing_are_named(api: Api) -> None:
    answers = [upload(api, "/api/corrections/add", tag="cat"), upload(api, "/api/corrections/add", bbox=json.dumps(BBOX)),
               api.client.post("/api/corrections/add", data={"bbox": json.dumps(BBOX), "tag": "cat"}, content_type="multipart/form-data")]

    assert [(a.status_code, a.json["error"].split(":")[0]) for a in answers] == [(400, "bbox"), (400, "tag"), (400, "image")]


def test_a_retrain_is_refused_while_too_few_corrections_wait(api: Api) -> None:
    wait_in_line(api, 2)

    answer = api.client.post("/api/model/retrain", json={})

    assert (answer.status_code, answer.json.keys()) == (400, {"success", "error", "corrections_needed"})
    assert (answer.json["success"], answer.json["corrections_needed"]) == (False, 3)


def test_a_retrain_under_way_is_waited_for_and_answered_in_the_old_shape(api: Api) -> None:
    wait_in_line(api, 5)

    with worker(api, {"vision.retrain": succeeded(RETRAINED)}, run=RUN) as seen:
        answer = api.client.post("/api/model/retrain", json={"experiment_id": "401576597529460193", "epochs": 3, "batch_size": 4})

    assert (answer.status_code, len(seen)) == (200, 1)
    document = answer.json
    metrics = document.pop("metrics")
    assert document == {
        "success": True, "new_version": 2, "model_path": "digits/v2", "mlflow_run_id": "a1b2", "experiment_id": "401576597529460193",
        "message": "Version 2 was promoted: It is better."}
    assert metrics == {"pre_mAP50": 0.5, "pre_precision": 0.6, "pre_recall": 0.7, "mAP50": 0.8, "precision": 0.9, "recall": 0.85,
                       "val_mAP50": 0.8, "val_precision": 0.9, "val_recall": 0.85}


def given_back(api: Api) -> str:
    """Five corrections that wait after their retrain failed; gives that retrain."""
    wait_in_line(api, 5)
    first, = api.jobs.retrain_status("digits").under_way
    api.end(first, "failed", error=failed("tracking_unavailable", "MLflow is away.").error)
    return first


@pytest.mark.parametrize("options", [{}, {"json": {}}, {"json": {"epochs": None}}, {"json": {"something": "else"}}, {"data": b""}])
def test_corrections_that_a_failed_retrain_gave_back_are_retrained_on_request(api: Api, options: dict[str, Any]) -> None:
    first = given_back(api)

    with worker(api, {"vision.retrain": succeeded(RETRAINED)}) as seen:
        answer = api.client.post("/api/model/retrain", **options)

    assert (answer.status_code, answer.json["mlflow_run_id"]) == (200, None)
    assert seen[0].id != first
    assert (seen[0].params["model"], seen[0].params["experiment_id"], seen[0].retrains) == ("digits", None, "digits")


def test_what_the_request_asks_of_a_new_retrain_becomes_its_params(api: Api) -> None:
    given_back(api)

    with worker(api, {"vision.retrain": succeeded(RETRAINED)}) as seen:
        api.client.post("/api/model/retrain", json={"experiment_id": "401576597529460193", "epochs": 3, "batch_size": 4})

    assert {k: seen[0].params[k] for k in ("experiment_id", "epochs", "batch")} == {"experiment_id": "401576597529460193", "epochs": 3, "batch": 4}


def test_of_retrains_that_are_asked_for_at_once_one_runs_and_answers_all(api: Api) -> None:
    given_back(api)

    def ask(_: int) -> TestResponse:
        return api.app.test_client().post("/api/model/retrain")

    with ThreadPoolExecutor(6) as pool:
        answers = pool.map(ask, range(6))
        with worker(api, {"vision.retrain": succeeded(RETRAINED)}) as seen:
            statuses = [a.status_code for a in answers]

    assert statuses.count(200) + statuses.count(400) == 6  # 400: it came when all was done
    assert statuses.count(200) >= 1
    assert [len(api.jobs.page(kind="vision.retrain", state=state).jobs) for state in ("succeeded", "failed")] == [1, 1]  # the first one failed
    assert len(seen) == 1


@pytest.mark.parametrize(("body", "field"), [
    ({"experiment_id": 401576597529460193}, "experiment_id"), ({"experiment_id": ""}, "experiment_id"), ({"experiment_id": "../1"}, "experiment_id"),
    ({"experiment_id": "x" * 99}, "experiment_id"), ({"epochs": "3"}, "epochs"), ({"epochs": 0}, "epochs"), ({"epochs": 2.5}, "epochs"),
    ({"epochs": True}, "epochs"), ({"batch_size": -1}, "batch_size"), ({"batch_size": []}, "batch_size"), ({"batch_size": 10**30}, "batch_size")])
@pytest.mark.parametrize("waiting", [0, 5])
def test_a_faulty_retrain_is_400_naming_the_old_field(api: Api, body: dict[str, Any], field: str, waiting: int) -> None:
    wait_in_line(api, waiting)

    answer = api.client.post("/api/model/retrain", json=body)

    assert (answer.status_code, answer.json.keys(), answer.json["error"].split(":")[0]) == (400, {"success", "error"}, field)


def test_a_retrain_that_fails_says_why_in_the_old_shape(api: Api) -> None:
    wait_in_line(api, 5)

    with worker(api, {"vision.retrain": failed("not_found", "There is no experiment 9.")}):
        answer = api.client.post("/api/model/retrain")

    assert (answer.status_code, answer.json) == (404, {"success": False, "error": "There is no experiment 9."})


def test_a_retrain_that_takes_longer_is_202_with_its_url(make_api: Callable[..., Api]) -> None:
    api = make_api(COMPAT_WAIT_S="0.1")
    train(api, "digits")
    wait_in_line(api, 5)

    answer = api.client.post("/api/model/retrain")

    retrain, = api.jobs.retrain_status("digits").under_way
    assert (answer.status_code, answer.json["job_url"], answer.headers["Location"]) == (202, f"/v1/jobs/{retrain}", f"/v1/jobs/{retrain}")
    assert (answer.json["success"], answer.json["state"]) == (False, "queued")
    assert api.client.get(answer.json["job_url"]).json["kind"] == "vision.retrain"


def test_corrections_and_retrains_follow_the_model_that_was_switched_to(api: Api) -> None:
    train(api, "blood")
    api.client.post("/api/models/switch", json={"model_path": "digits/v1"})

    correct(api)

    assert (api.jobs.retrain_status("digits").pending, api.jobs.retrain_status("blood").pending) == (1, 0)
    assert Models(api.objects, api.jobs).champion("blood") == 1


def test_boxes_that_many_draw_in_one_image_over_two_processes_are_all_kept(server: ApiServer, valkey: Valkey) -> None:
    objects, jobs = open_store((server.home / "objects").as_uri()), RedisJobStore(valkey.url, timeout_s=10)
    put_version(objects, jobs, "digits", domain="vision")
    content = picture()

    def draw(n: int) -> int:
        request = urllib.request.Request(f"http://127.0.0.1:{server.port}/api/corrections/add", form(content, {**BBOX, "x1": n}),
                                         {"Content-Type": FORM})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(json.load(answer)["total"])

    with ThreadPoolExecutor(6) as pool:
        totals = list(pool.map(draw, range(12)))

    kept, = server.call("GET", "/v1/corrections?state=pending").json["corrections"]
    assert (sorted(b["x1"] for b in kept["boxes"]), set(totals)) == (list(range(12)), {1})
    jobs.close()
