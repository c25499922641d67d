"""API keys: only their hashes are kept, in the object store, and a copy of those in memory for a few seconds."""

import hashlib
import hmac
import threading
import time

from flask import request
from pydantic import SecretStr

from jobs.errors import NotFound, StorageUnavailable, Unauthorized
from jobs.record import rfc3339
from storage import names
from storage.object_store import ObjectStore

FRESH_S = 10.0
FIRST_READ_S = 5.0


class ApiKeys:
    """The keys of an installation; `seeds` (API_KEYS) are added to those kept. Without any key the API is open."""

    def __init__(self, objects: ObjectStore, seeds: tuple[SecretStr, ...] = ()) -> None:
        self._objects = objects
        self._seeds = frozenset(hash_key(seed.get_secret_value()) for seed in seeds)
        self._hashes: frozenset[str] | None = None
        self._read_at = 0.0
        self._lock = threading.Lock()

    def hashes(self) -> frozenset[str]:
        """The hashes of all keys, at most ten seconds old; older ones where the storage fails or is slow.

        Raises StorageUnavailable if they were never read.
        """
        known = self._hashes
        if known is not None and time.monotonic() - self._read_at < FRESH_S:
            return known
        # One reads anew while the others go on with what is known; only where nothing is known they wait, and not for long.
        if not self._lock.acquire(timeout=FIRST_READ_S if known is None else 0):
            if known is None:
                raise StorageUnavailable("The API keys could not be read yet; the storage does not answer.", retry_after_s=5)
            return known
        try:
            if self._hashes is None or time.monotonic() - self._read_at >= FRESH_S:
                try:
                    self._hashes = self._read()
                except StorageUnavailable:
                    if self._hashes is None:
                        raise
                self._read_at = time.monotonic()
            return self._hashes
        finally:
            self._lock.release()

    def allows(self, key: str | None) -> bool:
        """Whether `key` opens the API; anything does while there are no keys."""
        known = self.hashes()
        if not known:
            return True
        given = hash_key(key or "")
        # Every hash is compared, each in constant time: the answer's time says nothing about a key.
        return sum(hmac.compare_digest(given, one) for one in known) > 0

    def _read(self) -> frozenset[str]:
        stored = set()
        for name in self._objects.names("keys/"):
            try:
                stored.add(str(self._objects.read_json(name)["sha256"]))
            except NotFound:
                continue  # taken away meanwhile
        for fresh in self._seeds - stored:
            self._objects.create_json(names.key(fresh), {"sha256": fresh, "created_at": rfc3339(time.time_ns() // 1_000_000)})
        return frozenset(stored | self._seeds)


def hash_key(key: str) -> str:
    """SHA-256 of a key, in hexadecimal. Keys are long and random, so a slow hash would only slow the API."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def presented_key() -> str | None:
    """The key that the present request carries: `Authorization: Bearer <key>`, else `X-API-Key`."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    return request.headers.get("X-API-Key")


def caller(keys: ApiKeys) -> str:
    """Who makes the present request: the id of its key (see `key_id`), or `local` where there are no keys."""
    return key_id(presented_key() or "") if keys.hashes() else "local"


def key_id(key: str) -> str:
    """What a key is called in histories: the first 16 digits of its hash."""
    return hash_key(key)[:16]


def require_key(keys: ApiKeys) -> None:
    """Raise Unauthorized unless the present request carries a valid key, or there is none to have."""
    if not keys.allows(presented_key()):
        raise Unauthorized("Send a valid key as `Authorization: Bearer <key>` or `X-API-Key: <key>`.")
