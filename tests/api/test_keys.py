"""API keys: who gets in, what is kept of them, what happens when the storage fails."""

import threading
import time

import pytest
from pydantic import SecretStr

from api.keys import ApiKeys
from jobs.errors import StorageUnavailable
from storage import names
from storage.api_keys import KeyStore, hash_key
from storage.memory_jobs import MemoryJobStore
from storage.objects import open_store
from tests.api.conftest import KEY
from tests.services import wait_until

HEADERS = [{"Authorization": f"Bearer {KEY}"}, {"Authorization": f"bearer  {KEY} "}, {"X-API-Key": KEY}]


def test_without_any_key_the_api_is_open(api) -> None:
    assert api.client.get("/v1/jobs").status_code == 200


@pytest.mark.parametrize("headers", HEADERS, ids=str)
def test_a_valid_key_opens_every_address(make_api, headers: dict[str, str]) -> None:
    api = make_api(API_KEYS=f"another-key,{KEY}")

    assert api.client.get("/v1/jobs", headers=headers).status_code == 200
    assert api.client.get("/metrics", headers=headers).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": KEY[:-1]}, {"X-API-Key": ""}, {"Authorization": f"Basic {KEY}"},
                                     {"Authorization": "Bearer"}, {"X-API-Key": "é\x80"}], ids=str)
@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/kinds", "/metrics", "/no/such/address"])
def test_without_a_valid_key_the_answer_is_401(make_api, headers: dict[str, str], path: str) -> None:
    answer = make_api(API_KEYS=KEY).client.get(path, headers=headers)

    assert (answer.status_code, answer.json["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/docs", "/docs/start.js", "/openapi.json"])
def test_some_addresses_are_open_even_where_keys_exist(make_api, path: str) -> None:
    assert make_api(API_KEYS=KEY).client.get(path).status_code == 200


def test_a_refused_submit_leaves_nothing_behind(make_api) -> None:
    api = make_api(API_KEYS=KEY)

    assert api.client.post("/v1/jobs", json={"kind": "test.noop"}).status_code == 401
    assert api.jobs.page().jobs == ()


def test_only_the_hash_of_a_key_is_kept(make_api) -> None:
    api = make_api(API_KEYS=KEY)
    api.client.get("/v1/jobs")

    name, = api.objects.names("keys/")

    assert name == names.key(f"seed-{hash_key(KEY)[:8]}")
    assert KEY.encode() not in api.objects.read(name)


def test_a_key_outlives_the_setting_that_seeded_it(tmp_path) -> None:
    objects = open_store(str(tmp_path))
    ApiKeys(objects, (SecretStr(KEY),)).known()

    later = ApiKeys(objects)

    assert later.find(KEY)
    assert not later.find("other")
    assert not later.find(None)


class FailingStore:
    """Stands before a store that may be switched off."""

    def __init__(self, store) -> None:
        self.store, self.off = store, False

    def __getattr__(self, name: str):
        if self.off:
            raise StorageUnavailable("The storage does not answer.")
        return getattr(self.store, name)


def test_where_the_storage_fails_the_keys_known_so_far_still_hold(tmp_path) -> None:
    objects = FailingStore(open_store(str(tmp_path)))
    keys = ApiKeys(objects, (SecretStr(KEY),))
    assert keys.find(KEY)

    objects.off = True
    keys._read_at = -1e9

    assert keys.find(KEY)
    assert not keys.find("other")


def test_where_the_keys_were_never_read_nobody_is_let_in(tmp_path) -> None:
    objects = FailingStore(open_store(str(tmp_path)))
    objects.off = True

    with pytest.raises(StorageUnavailable):
        ApiKeys(objects).find(KEY)


def test_keys_of_the_storage_come_beside_the_seeds(tmp_path) -> None:
    objects = open_store(str(tmp_path))
    _, secret = KeyStore(objects).create("reader", "read")

    keys = ApiKeys(objects, (SecretStr(KEY),))

    assert [(key.name, key.role) for key in (keys.find(secret), keys.find(KEY)) if key] == [
        ("reader", "read"), (f"seed-{hash_key(KEY)[:8]}", "admin")]


def test_a_revoked_key_opens_nothing_though_the_settings_still_name_it(tmp_path) -> None:
    objects = open_store(str(tmp_path))
    first = ApiKeys(objects, (SecretStr(KEY),))
    name = first.known()[0].name

    KeyStore(objects).revoke(name)

    assert ApiKeys(objects, (SecretStr(KEY),)).find(KEY) is None


def test_revoking_the_last_key_closes_the_api_and_does_not_open_it(make_api) -> None:
    api = make_api(API_KEYS=KEY)
    KeyStore(api.objects).revoke(ApiKeys(api.objects, (SecretStr(KEY),)).known()[0].name)

    assert make_api().client.get("/v1/jobs").status_code == 401


def test_who_follows_knows_of_a_change_at_once(tmp_path) -> None:
    objects, gate, stop = open_store(str(tmp_path)), MemoryJobStore(), threading.Event()
    keys = ApiKeys(objects)
    keys.follow(gate, stop)
    wait_until(lambda: keys._known == (), what="the first look")

    made, secret = KeyStore(objects).create("a", "read")
    gate.announce_keys()
    created = keys.find(secret)
    KeyStore(objects).revoke("a")
    gate.announce_keys()
    revoked = keys.find(secret)
    stop.set()

    assert (created, revoked) == (made, None)


class FrozenStore:
    """Stands before a store whose lists do not come back before `thaw` is set."""

    def __init__(self, store) -> None:
        self.store, self.thaw, self.asked = store, threading.Event(), threading.Event()
        self.thaw.set()

    def __getattr__(self, name: str):
        return getattr(self.store, name)

    def names(self, prefix: str):
        self.asked.set()
        self.thaw.wait(20)
        return self.store.names(prefix)


def test_while_one_reads_the_keys_from_a_frozen_storage_the_others_go_on(tmp_path) -> None:
    # given keys that were read once, and a thread that is stuck in reading them anew
    objects = FrozenStore(open_store(str(tmp_path)))
    keys = ApiKeys(objects, (SecretStr(KEY),))
    assert keys.find(KEY)
    objects.thaw.clear()
    objects.asked.clear()
    keys._read_at = -1e9
    stuck = threading.Thread(target=keys.known)
    stuck.start()
    objects.asked.wait(5)

    # when another one asks
    started = time.monotonic()
    allowed = (keys.find(KEY), keys.find("other"))
    took = time.monotonic() - started
    objects.thaw.set()
    stuck.join()

    # then it is answered at once by what is known
    assert [key is not None for key in allowed] == [True, False]
    assert took < 5  # the other one waits for 20


def test_keys_that_a_frozen_storage_never_gave_are_not_waited_for_long(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("api.keys.FIRST_READ_S", 0.2)
    objects = FrozenStore(open_store(str(tmp_path)))
    objects.thaw.clear()
    keys = ApiKeys(objects)
    stuck = threading.Thread(target=keys.known)
    stuck.start()
    objects.asked.wait(5)

    with pytest.raises(StorageUnavailable, match="not be read yet"):
        keys.known()
    objects.thaw.set()
    stuck.join()
