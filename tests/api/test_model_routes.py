"""Models over HTTP."""

from collections.abc import Callable
from pathlib import Path

import pytest

from api.app import create_app
from api.model_schemas import ModelDocument, ModelHistory, ModelList, VersionDetail
from jobs.errors import NothingToRetrain
from jobs.settings import load_settings
from storage.memory_jobs import MemoryJobStore
from storage.models import Models
from storage.objects import open_store
from tests.api.conftest import KEY, Api
from tests.api.models import ended_job, put_version
from tests.api.test_correction_routes import correct
from tests.services import Valkey


def test_models_are_listed_with_domain_and_champion_in_pages(api: Api) -> None:
    for name in ("one", "two", "three"):
        put_version(api.objects, api.jobs, name, domain="forecasting")
    put_version(api.objects, api.jobs, "one", domain="forecasting", promote=False)

    first = api.client.get("/v1/models?limit=2").json
    second = api.client.get("/v1/models", query_string={"limit": 2, "cursor": first["next_cursor"]}).json

    ModelList.model_validate(first)
    assert first["models"][0] | {"links": None} == {
        "name": "one", "domain": "forecasting", "champion": 1, "latest": 2, "updated_at": "2023-11-14T22:13:20.002Z", "links": None}
    assert {m["name"] for m in first["models"] + second["models"]} == {"one", "two", "three"}
    assert second["next_cursor"] is None


def test_a_model_shows_its_versions_newest_first_with_metrics_run_and_decision(api: Api) -> None:
    job = ended_job(api.jobs, "test.model", {})
    api.jobs.annotate(job.id, {"experiment_id": "1", "run_id": "r7", "ui_url": None, "pending": False})
    put_version(api.objects, api.jobs, job_id=job.id)
    put_version(api.objects, api.jobs, promote=False, decision="rejected", reason="It lost a class.")

    model = api.client.get("/v1/models/m").json

    ModelDocument.model_validate(model)
    assert (model["name"], model["champion"], model["retrain_blocked"]) == ("m", 1, None)
    newest, oldest = model["versions"]
    assert (newest["version"], newest["decision"], newest["run_id"]) == (2, "rejected", None)
    assert (oldest["version"], oldest["decision"], oldest["run_id"], oldest["metrics"], oldest["data"]) == (
        1, "promoted", "r7", {"mAP50": 0.5}, {"id": "d", "rows": 3})


def test_one_version_is_shown_with_all_that_its_training_kept(api: Api) -> None:
    put_version(api.objects, api.jobs, base="tiny")

    answer = api.client.get("/v1/models/m/versions/1")

    VersionDetail.model_validate(answer.json)
    assert (answer.json["model"], answer.json["champion"], answer.json["metadata"]["base"]) == ("m", True, "tiny")
    assert [api.client.get(f"/v1/models/{path}").status_code for path in ("m/versions/2", "m/versions/x", "n/versions/1")] == [404] * 3


def test_a_promotion_is_audited_and_holds_at_once(make_api: Callable[..., Api]) -> None:
    api = make_api(API_KEYS=KEY)
    for _ in range(2):
        put_version(api.objects, api.jobs)
    headers = {"X-API-Key": KEY}

    answer = api.client.post("/v1/models/m/promote", json={"version": 1, "reason": "Calmer."}, headers=headers)
    history = api.client.get("/v1/models/m/history", headers=headers).json

    ModelHistory.model_validate(history)
    assert (answer.status_code, answer.json["champion"]) == (200, 1)
    entry = history["history"][0]
    assert (entry["action"], entry["version"], entry["reason"], entry["by"]) == ("promoted", 1, "Calmer.", api.app.extensions["noria"].keys.find(KEY).name)
    assert entry["by"] not in KEY
    assert [e["version"] for e in history["history"]] == [1, 2, 1]


@pytest.mark.parametrize(("change", "body"), [("rollback", {}), ("promote", {"version": 1})])
def test_a_change_that_cannot_be_answered_is_not_made(tmp_path: Path, own_valkey: Valkey, change: str, body: dict[str, int]) -> None:
    # given a broker that goes away
    settings = load_settings({"NORIA_HOME": str(tmp_path), "REDIS_URL": own_valkey.url})
    objects, jobs = open_store(settings.objects_url), MemoryJobStore()
    for _ in range(2):
        put_version(objects, jobs)
    client = create_app(settings).test_client()
    own_valkey.stop()

    answer = client.post(f"/v1/models/m/{change}", json={"reason": "Worse in the shop.", **body})

    assert (answer.status_code, answer.json["code"]) == (503, "broker_unavailable")
    assert Models(objects, jobs).champion("m") == 2


def test_a_rollback_goes_back_and_is_refused_without_an_earlier_champion(api: Api) -> None:
    for _ in range(2):
        put_version(api.objects, api.jobs)

    back = api.client.post("/v1/models/m/rollback", json={"reason": "Worse in the shop."})
    again = api.client.post("/v1/models/m/rollback", json={"reason": "Once more."})

    assert (back.status_code, back.json["champion"]) == (200, 1)
    assert (again.status_code, again.json["code"]) == (409, "conflict")
    entry = api.client.get("/v1/models/m/history").json["history"][0]
    assert (entry["action"], entry["by"], entry["version"]) == ("rolled_back", "local", 1)


@pytest.mark.parametrize(("method", "path", "body"), [
    ("GET", "", None), ("GET", "/history", None), ("POST", "/promote", {"version": 1, "reason": "x"}), ("POST", "/rollback", {"reason": "x"})])
@pytest.mark.parametrize("name", ["nothing", "a%20b", "..%2fx"])
def test_an_unknown_or_impossible_name_is_404(api: Api, method: str, path: str, body: object, name: str) -> None:
    answer = api.client.open(f"/v1/models/{name}{path}", method=method, json=body)

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


@pytest.mark.parametrize(("path", "body", "field"), [
    ("promote", {"version": 1}, "reason"), ("promote", {"version": "1", "reason": "x"}, "version"),
    ("promote", {"version": 0, "reason": "x"}, "version"), ("rollback", {}, "reason"), ("rollback", {"reason": ""}, "reason"),
    ("rollback", {"reason": "x", "version": 1}, "version")])
def test_a_faulty_decision_is_422_and_changes_nothing(api: Api, path: str, body: dict[str, object], field: str) -> None:
    put_version(api.objects, api.jobs)

    answer = api.client.post(f"/v1/models/m/{path}", json=body)

    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field)
    assert len(api.client.get("/v1/models/m/history").json["history"]) == 1


def test_a_blocked_retrain_shows_its_reason_and_a_retry_claims_afresh(api: Api) -> None:
    job_id = [correct(api, n).json for n in range(5)][4]["retrain_job"]
    api.end(job_id, "failed", error={"code": "x", "message": "The experiment is gone.", "retryable": False, "step": None})

    model = api.client.get("/v1/models/m").json
    ModelDocument.model_validate(model)
    assert (model["retrain_blocked"]["reason"], model["retrain_blocked"]["job"]) == ("The experiment is gone.", job_id)
    assert model["corrections"] == {"pending": 5, "threshold": 5, "retrain_jobs": []}

    assert api.client.post(f"/v1/jobs/{job_id}/retry").status_code == 202
    api.end(job_id)
    assert api.client.get("/v1/models/m").json["retrain_blocked"] is None


def test_a_retry_of_a_retrain_without_corrections_is_409_nothing_to_retrain(api: Api) -> None:
    job_id = api.submit("test.retrain", params={"model": "m"})["id"]
    api.end(job_id, "failed")

    answer = api.client.post(f"/v1/jobs/{job_id}/retry")

    assert (answer.status_code, answer.json["code"]) == (409, NothingToRetrain.code)
