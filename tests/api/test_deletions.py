"""Deleting what nothing needs any more, and only that."""

from storage.models import Models, Version
from tests.api.conftest import Api
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
