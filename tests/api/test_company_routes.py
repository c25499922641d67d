"""Companies over HTTP."""

from tests.api.conftest import Api

ACME = {"nit": "900123456", "name": "Acme", "country": "CO", "currency": "COP", "timezone": None, "dataset": None}


def test_a_company_is_made_changed_and_shown_with_its_time_zone(api: Api) -> None:
    made = api.client.put("/v1/companies/acme", json=ACME)
    changed = api.client.put("/v1/companies/acme", json=ACME | {"name": "Acme SAS"})

    assert (made.status_code, changed.status_code) == (200, 200)
    assert (made.json["id"], made.json["timezone"]) == ("acme", "America/Bogota")
    assert api.client.get("/v1/companies/acme").json["name"] == "Acme SAS"


def test_a_tax_number_belongs_to_one_company_only(api: Api) -> None:
    api.client.put("/v1/companies/acme", json=ACME)

    answer = api.client.put("/v1/companies/other", json=ACME)

    assert (answer.status_code, answer.json["code"], answer.json["errors"][0]["field"]) == (409, "conflict", "nit")


def test_companies_are_listed_in_pages_newest_first(api: Api) -> None:
    for n in range(3):
        api.client.put(f"/v1/companies/c{n}", json=ACME | {"nit": f"90012345{n}"})

    first = api.client.get("/v1/companies?limit=2").json
    second = api.client.get("/v1/companies", query_string={"limit": 2, "cursor": first["next_cursor"]}).json

    assert sorted(c["id"] for c in first["companies"] + second["companies"]) == ["c0", "c1", "c2"]
    assert second["next_cursor"] is None
