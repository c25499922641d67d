"""Real answers against the schemas that the OpenAPI document gives them."""

import io
from typing import Any

import jsonschema

from storage.job_store import End
from tests.api.conftest import Api


def require(api: Api, name: str, answer: Any) -> None:
    """Hold an answer against a component of the OpenAPI document; what it has beyond the schema is a fault here too."""
    components = api.client.get("/openapi.json").json["components"]
    schema = components["schemas"][name]
    jsonschema.Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": components}).validate(answer)
    assert set(answer) >= set(schema["required"])


def test_jobs_in_every_state_fit_their_schema(api: Api) -> None:
    queued, running, failed = (api.submit(labels={"a": "b"})["id"] for _ in range(3))
    api.end(failed, "failed", error={"code": "x", "message": "m", "retryable": False, "step": None})
    fence = api.jobs.acquire(running, worker="w", lease_s=30).fence
    api.jobs.publish(running, fence, [("progress", {"fraction": 0.5, "stage": "s", "message": "m"})])
    api.jobs.annotate(running, {"experiment_id": "1", "run_id": "r", "ui_url": "http://x", "pending": True})

    for job_id in (queued, running, failed):
        require(api, "JobDocument", api.client.get(f"/v1/jobs/{job_id}").json)
        require(api, "EventList", api.client.get(f"/v1/jobs/{job_id}/events").json)
    api.jobs.move(running, fence, End("succeeded", result={"value": 1}))
    require(api, "JobList", api.client.get("/v1/jobs").json)
    require(api, "ArtifactList", api.client.get(f"/v1/jobs/{running}/artifacts").json)


def test_everything_else_fits_its_schema_too(api: Api) -> None:
    company = {"nit": "900123456", "name": "Acme", "country": "CO", "currency": "COP"}
    csv = b"date,item,quantity\n" + b"".join(b"2024-%02d-01,A,1\n" % m for m in range(1, 13))

    require(api, "CompanyDocument", api.client.put("/v1/companies/acme", json=company).json)
    require(api, "CompanyList", api.client.get("/v1/companies").json)
    upload = {"type": "sales", "file": (io.BytesIO(csv), "x.csv"), "company": "acme"}
    require(api, "DatasetDocument", api.client.post("/v1/datasets", data=upload).json)
    require(api, "DatasetList", api.client.get("/v1/datasets").json)
    require(api, "KindList", api.client.get("/v1/kinds").json)
    require(api, "Liveness", api.client.get("/healthz").json)
    require(api, "Readiness", api.client.get("/readyz").json)
    require(api, "Problem", api.client.get("/nowhere").json)
    require(api, "Problem", api.client.post("/v1/jobs", json={"kind": "x"}).json)
