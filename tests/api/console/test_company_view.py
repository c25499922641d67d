"""What is gathered of a company: its champion, how good that is, and which file its forecasts stand in."""

from typing import Any

import orjson
import pytest

from api.console.company_view import Champion, champion_of, fans_of, jobs_of
from api.services import Services
from jobs.context import Company
from jobs.record import Artifact, Job
from storage.job_store import End
from storage.models import Models, Version
from tests.api.conftest import Api

SHOP = Company("shop", "900123456", "Shop", "CO", "COP", "America/Bogota", None)
MODEL = "empresa_900123456"


def scores(rmse: float) -> dict[str, Any]:
    return {"mae": rmse / 2, "rmse": rmse, "r2": None, "wape": rmse / 10, "mase": None, "bias": 0.1, "level": "item"}


def card(chosen: str = "ensemble", **errors: float) -> dict[str, Any]:
    return {"chosen": chosen, "regressors": [], "metrics": {name: scores(rmse) for name, rmse in errors.items()}}


def version(domain: str = "forecasting", number: int = 1, job_id: str = "0" * 24, **metadata: Any) -> Version:
    return Version(MODEL, number, domain, job_id, 1, metadata)


@pytest.fixture
def services(api: Api) -> Services:
    return api.app.extensions["noria"]


def ended(api: Api, kind: str, params: dict[str, Any], *, mean: list[float] | None = None, result: Any = None) -> Job:
    """A job of that kind that succeeded, with fans if `mean` is given."""
    job_id = api.submit(kind, params=params)["id"]
    job = api.start(job_id)
    files = []
    if mean is not None:
        head = {"frequency": "month", "starts": ["2024-01-01"], "items": 0, "groups": [], "events": []}
        total = {"kind": "total", "code": "", "name": None, "group": None, "sold": [1.0], "mean": mean, "bands": {}}
        api.objects.put(f"fans/{job_id}", orjson.dumps(head) + b"\n" + orjson.dumps(total) + b"\n")
        files = [Artifact("fans.jsonl", f"fans/{job_id}", 1, "", "application/x-ndjson")]
    api.jobs.commit(job_id, job.fence, result=result or {}, artifacts=files, models=[])
    return api.jobs.move(job_id, job.fence, End("succeeded", result=result or {}))


def put_shop(api: Api, company_id: str = "shop", nit: str = "900123456") -> None:
    body = {"nit": nit, "name": "Shop", "country": "CO", "currency": "COP"}
    assert api.client.put(f"/v1/companies/{company_id}", json=body).status_code == 200


def test_methods_stand_in_the_order_used_yardsticks_others(services: Services) -> None:
    errors = {"xgboost": 2.0, "prophet": 1.0, "theta": 4.0, "seasonal_naive": 3.0, "ensemble": 1.5}
    champion = Champion(version(**card(**errors)), None)
    assert [(m.name, m.role) for m in champion.methods] == [
        ("ensemble", "used"), ("seasonal_naive", "yardstick"), ("theta", "yardstick"), ("prophet", "other"), ("xgboost", "other")]
    assert champion.used.scores["wape"] == 0.15
    assert champion.yardstick
    assert champion.yardstick.name == "seasonal_naive"


def test_a_simple_method_in_use_is_no_yardstick_of_itself(services: Services) -> None:
    champion = Champion(version(**card("theta", theta=1.0, ensemble=2.0)), None)
    assert (champion.used.name, champion.yardstick) == ("theta", None)


def test_the_champion_is_that_of_the_companys_tax_number(api: Api, services: Services) -> None:
    assert champion_of(services, SHOP) is None
    put_shop(api)
    job = ended(api, "forecasting.train", {"company": "shop"})
    Models(api.objects, api.jobs).publish(version(job_id=job.id, **card(theta=1.0)), promote=True)
    champion = champion_of(services, SHOP)
    assert champion
    assert (champion.version.model, champion.job and champion.job.id) == (MODEL, job.id)


def test_a_model_of_another_domain_or_a_forgotten_job_does_no_harm(api: Api, services: Services) -> None:
    models = Models(api.objects, api.jobs)
    models.publish(version("vision"), promote=True)
    assert champion_of(services, SHOP) is None
    models.publish(version(number=2, job_id="1" * 24, **card(theta=1.0)), promote=True)
    champion = champion_of(services, SHOP)
    assert champion
    assert champion.job is None
    assert fans_of(services, SHOP, champion) == (None, None)


def test_a_companys_jobs_are_those_that_name_it_or_its_model_newest_first(api: Api, services: Services) -> None:
    put_shop(api)
    put_shop(api, "other", "1")
    assert jobs_of(services, SHOP, "forecasting.ask") == []
    first = api.submit("forecasting.ask", params={"company": "shop", "question": "?"})["id"]
    second = api.submit("forecasting.ask", params={"model": MODEL, "question": "?"})["id"]
    api.submit("forecasting.ask", params={"company": "other", "question": "?"})
    assert [job.id for job in jobs_of(services, SHOP, "forecasting.ask")] == [second, first]


def test_forecasts_come_from_the_training_that_knows_the_future(api: Api, services: Services) -> None:
    put_shop(api)
    job = ended(api, "forecasting.train", {"company": "shop"}, mean=[2.0])
    ended(api, "forecasting.predict", {"model": MODEL}, mean=[9.0], result={"version": 1})
    assert fans_of(services, SHOP, Champion(version(), job)) == (job.artifacts[0], None)


def test_else_they_come_from_the_last_prediction_of_that_version(api: Api, services: Services) -> None:
    put_shop(api)
    job = ended(api, "forecasting.train", {"company": "shop"}, mean=[])
    champion = Champion(version(number=2), job)
    assert fans_of(services, SHOP, champion) == (job.artifacts[0], None)
    ended(api, "forecasting.predict", {"model": MODEL}, mean=[9.0], result={"version": 1})
    ended(api, "forecasting.predict", {"model": "another"}, mean=[9.0], result={"version": 2})
    assert fans_of(services, SHOP, champion)[0] == job.artifacts[0]
    prediction = ended(api, "forecasting.predict", {"model": MODEL}, mean=[9.0], result={"version": 2})
    waiting = api.submit("forecasting.predict", params={"model": MODEL})["id"]
    artifact, newest = fans_of(services, SHOP, champion)
    assert artifact == prediction.artifacts[0]
    assert newest
    assert newest.id == waiting
