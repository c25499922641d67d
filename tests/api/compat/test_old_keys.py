"""Keys at the old addresses: header, Basic password, cookie, and COMPAT_OPEN."""

import base64
from collections.abc import Callable

import pytest

from storage.api_keys import hash_key
from tests.api.conftest import KEY, Api
from tests.api.models import put_version

ADDRESSES = [("GET", "/model-info"), ("GET", "/api/models/list"), ("GET", "/api/corrections/stats"), ("POST", "/predict"),
             ("POST", "/api/models/switch"), ("POST", "/api/corrections/add"), ("POST", "/api/model/retrain"),
             ("POST", "/assistant/api/ml/entrenar_modelos/"), ("POST", "/assistant/api/ml/predecir_demanda/"),
             ("POST", "/assistant/api/ml/recomendaciones_compras/"), ("POST", "/assistant/api/consulta-natural/pregunta_inteligente/"),
             ("GET", "/predict"), ("GET", "/api/no/such/address")]
BY = f"seed-{hash_key(KEY)[:8]}"
FOREIGN = {"Sec-Fetch-Site": "cross-site"}


def basic(password: str, user: str = "anybody") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


GOOD = [{"Authorization": f"Bearer {KEY}"}, {"X-API-Key": KEY}, basic(KEY), basic(KEY, ""), {"Cookie": f"noria_key={KEY}"},
        {"Cookie": f"a=b; noria_key={KEY}; c=d"}, {"X-API-Key": KEY, **basic("wrong")}, {"X-API-Key": KEY, **FOREIGN},
        {"Cookie": f"noria_key={KEY}", "Sec-Fetch-Site": "same-origin"}]
BAD = [{}, {"Authorization": "Bearer wrong"}, {"X-API-Key": ""}, basic("wrong"), basic("", KEY), {"Authorization": "Basic !!!"},
       {"Authorization": "Basic"}, {"Cookie": "noria_key=wrong"}, {"Cookie": f"other={KEY}"}, {"Authorization": "Bearer wrong", "Cookie": f"noria_key={KEY}"},
       {"Cookie": f"noria_key={KEY}", **FOREIGN}, basic(KEY) | FOREIGN]


@pytest.fixture
def make_api(make_api: Callable[..., Api]) -> Callable[..., Api]:
    """As in the folder above; its client sends the cookies that a test writes, not those of a jar."""
    def make(**environment: str) -> Api:
        api = make_api(**environment)
        api.client = api.app.test_client(use_cookies=False)
        return api
    return make


@pytest.fixture
def locked(make_api: Callable[..., Api]) -> Api:
    return make_api(API_KEYS=KEY)


@pytest.mark.parametrize("headers", GOOD, ids=str)
def test_a_key_is_taken_however_an_old_front_end_can_send_it(locked: Api, headers: dict[str, str]) -> None:
    assert locked.client.get("/api/models/list", headers=headers).status_code == 200


@pytest.mark.parametrize("headers", BAD, ids=str)
def test_without_a_valid_key_the_answer_is_401_in_the_old_shape(locked: Api, headers: dict[str, str]) -> None:
    answer = locked.client.get("/api/models/list", headers=headers)

    assert (answer.status_code, answer.json.keys(), answer.mimetype) == (401, {"success", "error"}, "application/json")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert KEY not in answer.text


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_every_old_address_needs_a_key_where_keys_exist(locked: Api, method: str, path: str) -> None:
    answer = locked.client.open(path, method=method)

    assert (answer.status_code, answer.mimetype) == (401, "application/json")
    assert answer.json["error"]
    assert ("estado" in answer.json) == path.startswith("/assistant/")


@pytest.mark.parametrize("headers", [basic(KEY), {"Cookie": f"noria_key={KEY}"}], ids=str)
def test_the_ways_of_old_front_ends_hold_at_old_addresses_only(locked: Api, headers: dict[str, str]) -> None:
    assert locked.client.get("/v1/jobs", headers=headers).status_code == 401
    assert locked.client.get("/metrics", headers=headers).status_code == 401


def test_compat_open_opens_the_old_addresses_alone(make_api: Callable[..., Api]) -> None:
    api = make_api(API_KEYS=KEY, COMPAT_OPEN="1")

    assert api.client.get("/api/models/list").status_code == 200
    assert api.client.get("/v1/jobs").status_code == 401


def test_compat_open_means_nothing_where_other_machines_can_reach_the_api(make_api: Callable[..., Api]) -> None:
    api = make_api(API_KEYS=KEY, COMPAT_OPEN="1", API_HOST="0.0.0.0")

    assert api.client.get("/api/models/list").status_code == 401


def test_compat_open_does_not_let_pages_of_other_sites_act(make_api: Callable[..., Api]) -> None:
    api = make_api(API_KEYS=KEY, COMPAT_OPEN="1")

    assert api.client.post("/api/model/retrain", headers=FOREIGN).status_code == 401


@pytest.mark.parametrize(("environment", "headers", "by"), [
    ({"API_KEYS": KEY}, basic(KEY), BY), ({"API_KEYS": KEY}, {"Cookie": f"noria_key={KEY}"}, BY), ({}, {}, "local"),
    ({"API_KEYS": KEY, "COMPAT_OPEN": "1"}, {}, "local")], ids=str)
def test_the_history_names_the_key_of_whoever_switched(make_api: Callable[..., Api], environment: dict[str, str], headers: dict[str, str],
                                                       by: str) -> None:
    api = make_api(**environment)
    for promote in (True, False):
        put_version(api.objects, api.jobs, "digits", domain="vision", promote=promote)

    api.client.post("/api/models/switch", json={"model_path": "digits/v2"}, headers=headers)

    history = api.client.get("/v1/models/digits/history", headers={"X-API-Key": KEY}).json["history"]
    assert (history[0]["version"], history[0]["by"]) == (2, by)
