"""What is kept of an API key."""

import json
import re
from pathlib import Path

import pytest

from jobs.errors import Conflict, InputError, NotFound
from storage import names
from storage.api_keys import KeyStore, hash_key
from storage.object_store import ObjectStore
from storage.objects import open_store


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    return open_store(str(tmp_path))


def test_a_key_is_kept_as_its_hash_alone(objects: ObjectStore, tmp_path: Path) -> None:
    made, secret = KeyStore(objects).create("front-end", "submit")

    kept = json.loads(objects.read(names.key("front-end")))
    assert (kept["role"], kept["sha256"]) == ("submit", hash_key(secret))
    assert list(KeyStore(objects).all()) == [made]
    assert [path for path in tmp_path.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()] == []


def test_secrets_are_long_random_and_known_by_their_prefix(objects: ObjectStore) -> None:
    secrets = {KeyStore(objects).create(f"key-{n}", "read")[1] for n in range(20)}

    assert len(secrets) == 20
    assert all(re.fullmatch(r"noria_[A-Za-z0-9_-]{43}", secret) for secret in secrets)


def test_a_name_is_used_once_even_after_its_key_was_revoked(objects: ObjectStore) -> None:
    KeyStore(objects).create("a", "read")
    KeyStore(objects).revoke("a")

    with pytest.raises(Conflict, match="or was a key 'a'"):
        KeyStore(objects).create("a", "admin")


@pytest.mark.parametrize("name", ["", "..", "a/b", "x" * 65, "a b"])
def test_a_name_that_is_none_is_refused(objects: ObjectStore, name: str) -> None:
    with pytest.raises(InputError):
        KeyStore(objects).create(name, "read")


def test_revoking_holds_for_good_and_again_does_nothing(objects: ObjectStore) -> None:
    KeyStore(objects).create("a", "read")

    first = KeyStore(objects).revoke("a")

    assert first.revoked_at
    assert KeyStore(objects).revoke("a") == first
    with pytest.raises(NotFound):
        KeyStore(objects).revoke("b")


def test_a_revoked_seed_is_not_sown_again(objects: ObjectStore) -> None:
    store, sha256 = KeyStore(objects), hash_key("seed")
    store.seed(sha256)
    seed, = store.all()
    store.revoke(seed.name)

    store.seed(sha256)

    again, = store.all()
    assert (seed.role, again.revoked_at is not None) == ("admin", True)


def test_a_key_from_before_there_were_roles_can_do_everything(objects: ObjectStore) -> None:
    old = hash_key("old")
    objects.put_json(f"keys/{old[:16]}.json", {"sha256": old, "created_at": "2026-01-01T00:00:00Z"})

    found, = KeyStore(objects).all()

    assert (found.name, found.role) == (old[:16], "admin")
    assert KeyStore(objects).revoke(old[:16]).revoked_at
    assert len(list(KeyStore(objects).all())) == 1
