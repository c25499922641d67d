"""Real answers about models and corrections against the schemas that the OpenAPI document gives them."""

from tests.api.conftest import Api
from tests.api.models import ended_job, image_id, put_version
from tests.api.test_correction_routes import CAT, correct
from tests.api.test_schemas import require


def test_models_and_their_history_fit_their_schemas(api: Api) -> None:
    put_version(api.objects, api.jobs, "other", job_id=ended_job(api.jobs, "test.model", {}).id)
    last = [correct(api, n).json for n in range(5)][4]
    api.end(last["retrain_job"], "failed", error={"code": "x", "message": "m", "retryable": False, "step": None})
    put_version(api.objects, api.jobs, decision="rejected", reason="No better.", promote=False)

    require(api, "ModelList", api.client.get("/v1/models").json)
    for name in ("m", "other"):
        require(api, "ModelDocument", api.client.get(f"/v1/models/{name}").json)
        require(api, "VersionDetail", api.client.get(f"/v1/models/{name}/versions/1").json)
        require(api, "ModelHistory", api.client.get(f"/v1/models/{name}/history").json)


def test_corrections_in_every_state_fit_their_schemas(api: Api) -> None:
    boxes = [{**CAT, "label": "dog", "confidence": 0.5}, {**CAT, "x1": 70, "x2": 90, "confidence": 0.4}]
    job = ended_job(api.jobs, "vision.predict", {"model": "m", "version": 1, "predictions": [{"image": image_id(0), "boxes": boxes}]})
    require(api, "CorrectionReceipt", correct(api, prediction=job.id).json)
    retrain = [correct(api, n).json for n in range(1, 5)][3]["retrain_job"]

    require(api, "CorrectionList", api.client.get("/v1/corrections").json)
    api.end(retrain)
    for correction in api.client.get("/v1/corrections").json["corrections"]:
        require(api, "CorrectionDocument", correction)
