"""The form of a kind, sent."""

import re

import pytest

from api.console import new_pages
from tests.api.conftest import Api
from tests.api.console.conftest import OWN, PAGE

COMPANY = {"nit": "900123456", "name": "Acme", "country": "CO", "currency": "COP", "timezone": None, "dataset": None}


def test_a_form_that_is_sent_twice_starts_one_job(api: Api) -> None:
    data = {"params.value": "3", "key": "one-form"}

    first, second = (api.client.post("/new/test.noop", data=data, headers=OWN) for _ in range(2))

    assert first.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert len(api.jobs.page().jobs) == 1


def test_faults_are_those_of_the_contract_and_stand_at_their_fields(api: Api) -> None:
    told = api.client.post("/v1/jobs", json={"kind": "test.work", "params": {"seconds": -1}}).json["errors"]

    page = api.client.post("/new/test.work", data={"params.seconds": "-1", "params.ledger": "<kept>"}, headers=OWN)

    assert page.status_code == 422
    assert f'id="field-seconds-fault" class="fault">{told[0]["message"]}<' in page.text
    assert 'value="&lt;kept&gt;"' in page.text


def test_a_fault_of_no_single_field_stands_above_them(api: Api) -> None:
    page = api.client.post("/new/forecasting.train", headers=OWN)

    assert page.status_code == 422
    assert "exactly one of the two" in page.text


def test_what_a_field_refers_to_is_offered(api: Api) -> None:
    assert api.client.put("/v1/companies/c-1", json=COMPANY).status_code == 200

    page = api.client.get("/new/forecasting.train", headers=PAGE).text
    wrong = api.client.post("/new/forecasting.train", data={"params.company": "tienda"}, headers=OWN).text

    assert '<option value="c-1">Acme (c-1)</option>' in page
    assert re.search(r'<select id="field-company"', page)
    assert "<option selected>tienda</option>" in wrong
    assert re.search(r'<li><a href="#field-company">company</a>: .*tienda', wrong)


def test_of_too_many_to_choose_from_some_are_offered_while_one_types(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_pages, "SUGGESTED", 1)
    assert api.client.put("/v1/companies/c-1", json=COMPANY).status_code == 200

    page = api.client.get("/new/forecasting.train", headers=PAGE).text

    assert '<option value="c-1">Acme</option></datalist>' in page


def test_an_unknown_kind_is_not_found(api: Api) -> None:
    assert api.client.get("/new/no.such", headers=PAGE).status_code == 404


def test_the_key_of_a_form_is_bound_as_that_of_the_contract(api: Api) -> None:
    answer = api.client.post("/new/test.noop", data={"key": "k" * 256}, headers=OWN)

    assert answer.status_code == 422
    assert "must have 1 to 255 printable characters" in answer.text
