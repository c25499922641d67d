"""Deleting what nothing needs any more, and only that."""

import pytest

from storage import names
from storage.job_store import NewJob
from storage.models import Models, Version
from tests.api.conftest import Api
from tests.api.models import image_id, put_images, put_version
from tests.api.test_correction_routes import correct
from tests.api.test_references import SALES, train, uploaded

COMPANY = {"nit": "900123456", "name": "Acme", "country": "CO", "currency": "COP"}


def audit_trail(api: Api) -> list[dict[str, str]]:
    return [api.objects.read_json(name) for name in api.objects.names("audit/")]


def test_a_data_set_that_nothing_needs_is_gone_and_it_stays_known_who_took_it(api: Api) -> None:
    dataset = uploaded(api, SALES, "sales")
    answer = api.client.delete(f"/v1/datasets/{dataset}", headers={"X-Request-Id": "r-1"})
    assert (answer.status_code, answer.data) == (204, b"")
    assert api.client.get(f"/v1/datasets/{dataset}").status_code == 404
    assert api.client.delete(f"/v1/datasets/{dataset}").status_code == 404
    assert [(e["what"], e["id"], e["request_id"]) for e in audit_trail(api)] == [("data set", dataset, "r-1")]


def test_a_data_set_that_a_waiting_job_needs_stays(api: Api) -> None:
    dataset = uploaded(api, SALES, "sales")
    job = train(api, dataset=dataset).json
    answer = api.client.delete(f"/v1/datasets/{dataset}")
    assert (answer.status_code, answer.json["code"]) == (409, "conflict")
    assert job["id"] in answer.json["detail"]
    api.client.post(f"/v1/jobs/{job['id']}/cancel")
    assert api.client.delete(f"/v1/datasets/{dataset}").status_code == 204


def test_a_data_set_that_a_champion_was_made_from_stays(api: Api) -> None:
    dataset = uploaded(api, SALES, "sales")
    models = Models(api.objects, api.jobs)
    models.allocate("demand", domain="forecasting", job_id="j")
    models.publish(Version("demand", 1, "forecasting", "j", 1, {"data": {"dataset": dataset}}), promote=True)
    answer = api.client.delete(f"/v1/datasets/{dataset}")
    assert answer.status_code == 409
    assert "champion of model demand" in answer.json["detail"]


def test_a_company_is_forgotten_and_its_tax_number_free_again(api: Api) -> None:
    api.client.put("/v1/companies/acme", json=COMPANY)
    assert api.client.delete("/v1/companies/acme").status_code == 204
    assert api.client.get("/v1/companies/acme").status_code == 404
    assert api.client.put("/v1/companies/other", json=COMPANY).status_code == 200


def test_a_company_that_a_waiting_job_needs_stays(api: Api) -> None:
    api.client.put("/v1/companies/acme", json=COMPANY)
    assert train(api, company="acme").status_code == 202
    assert api.client.delete("/v1/companies/acme").status_code == 409


def test_an_image_that_nothing_needs_is_gone_with_its_bytes_and_it_stays_known_who_took_it(api: Api) -> None:
    put_images(api.objects, 1)
    api.objects.put(names.image(f"{0:064x}"), b"pixels")
    assert api.client.delete(f"/v1/images/{image_id(0)}").status_code == 204
    assert [api.client.open(f"/v1/images/{image_id(0)}", method=m).status_code for m in ("GET", "DELETE")] == [404, 404]
    assert not api.objects.exists(names.image(f"{0:064x}"))
    assert [(e["what"], e["id"], e["by"]) for e in audit_trail(api)] == [("image", image_id(0), "local")]


def test_the_bytes_of_an_image_that_a_data_set_has_stay(api: Api) -> None:
    put_images(api.objects, 1)
    api.objects.put(names.image(f"{0:064x}"), b"pixels")
    api.objects.put(names.dataset("d" * 24, "records.jsonl"), b'{"image_sha256":"%b","split":"train"}\n' % f"{0:064x}".encode())
    assert api.client.delete(f"/v1/images/{image_id(0)}").status_code == 204
    assert api.objects.exists(names.image(f"{0:064x}"))


def test_an_image_that_a_waiting_prediction_or_a_correction_needs_stays(api: Api) -> None:
    answer = correct(api)
    assert answer.status_code == 201
    refused = api.client.delete(f"/v1/images/{image_id(0)}")
    assert (refused.status_code, answer.json["id"] in refused.json["detail"]) == (409, True)
    job = NewJob("a" * 24, "vision.predict", "gpu.fast", {"model": "m", "images": [image_id(1)]}, 3, {})
    api.jobs.submit(job, idempotency_s=0, queue_limit=10)
    refused = api.client.delete(f"/v1/images/{image_id(1)}")
    assert (refused.status_code, job.id in refused.json["detail"]) == (409, True)
    # and once the correction is deleted, so can be its image
    api.client.delete(f"/v1/corrections/{answer.json['id']}")
    assert api.client.delete(f"/v1/images/{image_id(0)}").status_code == 204


def test_a_model_is_forgotten_with_its_versions_and_its_name_is_free_again(api: Api) -> None:
    put_version(api.objects, api.jobs, "m", domain="vision")
    assert api.client.delete("/v1/models/m").status_code == 204
    assert api.client.get("/v1/models/m").status_code == 404
    assert api.client.get("/v1/models").json["models"] == []
    assert list(api.objects.names("models/")) == []
    assert put_version(api.objects, api.jobs, "m", domain="forecasting").version == 1


@pytest.mark.parametrize("name", ["no", "..", "a%20b"])
def test_a_model_that_is_not_there_cannot_be_deleted(api: Api, name: str) -> None:
    assert api.client.delete(f"/v1/models/{name}").status_code == 404


def test_a_model_with_pending_corrections_or_a_waiting_job_stays(api: Api) -> None:
    pending = correct(api).json["id"]
    refused = api.client.delete("/v1/models/m")
    assert (refused.status_code, "wait for a retrain: 1" in refused.json["detail"]) == (409, True)
    api.client.delete(f"/v1/corrections/{pending}")
    api.jobs.submit(NewJob("b" * 24, "vision.predict", "gpu.fast", {"model": "m", "images": []}, 3, {}), idempotency_s=0, queue_limit=10)
    assert api.client.delete("/v1/models/m").status_code == 409
