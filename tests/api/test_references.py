"""A job that refers to what is not there is refused at the door."""

import io
from typing import Any

import pytest

from tests.api.conftest import Api

SALES = b"fecha,articulo_codigo,cantidad\n" + b"".join(b"2024-%02d-01,A,%d\n" % (month, month) for month in range(1, 13))
FUTURE = b"date,item,promo\n2025-01-01,A,1\n2025-02-01,A,0\n"


def uploaded(api: Api, content: bytes, type_: str) -> str:
    data = {"type": type_, "name": type_, "file": (io.BytesIO(content), f"{type_}.csv")}
    answer = api.client.post("/v1/datasets", data=data)
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def train(api: Api, **params: Any) -> Any:
    return api.client.post("/v1/jobs", json={"kind": "forecasting.train", "params": params})


def test_a_job_on_a_data_set_that_is_there_is_accepted(api: Api) -> None:
    assert train(api, dataset=uploaded(api, SALES, "sales")).status_code == 202


@pytest.mark.parametrize("dataset", ["0123456789abcdef01234567", "../../etc/passwd", "nothing"])
def test_a_data_set_that_is_not_there_is_named_with_its_field(api: Api, dataset: str) -> None:
    answer = train(api, dataset=dataset)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_input")
    assert [e["field"] for e in answer.json["errors"]] == ["params.dataset"]
    assert api.client.get("/v1/jobs").json["jobs"] == []


def test_a_data_set_of_another_type_is_refused_with_both_types(api: Api) -> None:
    answer = train(api, dataset=uploaded(api, FUTURE, "future"))
    assert answer.status_code == 422
    assert "`future`" in answer.json["detail"]
    assert "`sales`" in answer.json["detail"]


def test_a_company_that_is_not_there_is_named_with_its_field(api: Api) -> None:
    answer = train(api, company="nobody")
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "params.company")


def test_predicting_with_sales_in_place_of_future_data_is_refused(api: Api) -> None:
    params = {"model": "m", "future": uploaded(api, SALES, "sales")}
    answer = api.client.post("/v1/jobs", json={"kind": "forecasting.predict", "params": params})
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "params.future")


def test_a_buy_list_takes_stock_and_refuses_sales_in_its_place(api: Api) -> None:
    stock = uploaded(api, b"articulo_codigo,existencias\nA,3\n", "stock")
    for dataset, status in ((stock, 202), (uploaded(api, SALES, "sales"), 422), ("nothing", 422)):
        answer = api.client.post("/v1/jobs", json={"kind": "forecasting.recommend", "params": {"model": "m", "stock": dataset}})
        assert answer.status_code == status
    assert answer.json["errors"][0]["field"] == "params.stock"
