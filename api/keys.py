"""API keys: what the object store keeps of them, in memory, as it stands: a change is told to every process at once."""

import hmac
import threading
import time
from collections.abc import Callable
from typing import cast

from flask import request
from pydantic import SecretStr

from jobs.errors import StorageUnavailable
from storage.api_keys import ApiKey, KeyStore, hash_key
from storage.gate import Gate
from storage.object_store import ObjectStore

FRESH_S = 10.0  # where nothing tells of changes, because the broker is away
FIRST_READ_S = 5.0


class ApiKeys:
    """The keys of an installation; `seeds` (API_KEYS) are added to those kept. Open until the first key was ever made."""

    def __init__(self, objects: ObjectStore, seeds: tuple[SecretStr, ...] = ()) -> None:
        self._store = KeyStore(objects)
        self._seeds = frozenset(hash_key(seed.get_secret_value()) for seed in seeds)
        self._known: tuple[ApiKey, ...] | None = None
        self._read_at = 0.0
        self._lock = threading.Lock()

    def known(self) -> tuple[ApiKey, ...]:
        """All keys, revoked ones too, at most ten seconds old; older ones where the storage fails or is slow.

        Raises StorageUnavailable if they were never read.
        """
        known = self._known
        if known is not None and time.monotonic() - self._read_at < FRESH_S:
            return known
        # One reads anew while the others go on with what is known; only where nothing is known they wait, and not for long.
        if not self._lock.acquire(timeout=FIRST_READ_S if known is None else 0):
            if known is None:
                raise StorageUnavailable("The API keys could not be read yet; the storage does not answer.", retry_after_s=5)
            return known
        try:
            if self._known is None or time.monotonic() - self._read_at >= FRESH_S:
                self._read()
            assert self._known is not None
            return self._known
        finally:
            self._lock.release()

    def refresh(self) -> None:
        """Read the keys now, whatever is known."""
        with self._lock:
            self._read()

    def follow(self, gate: Gate, stop: threading.Event) -> None:
        """Read the keys anew at each announcement, from a thread of its own, until `stop` is set."""
        listen: Callable[[Callable[[], None], threading.Event], None] = gate.listen_for_keys
        threading.Thread(target=listen, args=(self._refresh_if_possible, stop), name="keys", daemon=True).start()

    def exist(self) -> bool:
        """Whether there is or ever was a key. Revoking the last one closes the API to all; it does not open it."""
        return bool(self.known())

    def find(self, key: str | None) -> ApiKey | None:
        """The valid key that `key` is the secret of."""
        given = hash_key(key or "")
        # Every hash is compared, each in constant time: the answer's time says nothing about a key.
        found = [one for one in self.known() if hmac.compare_digest(given, one.sha256)]
        return next((one for one in found if one.revoked_at is None), None)

    def named(self, name: str | None) -> ApiKey | None:
        """The valid key of that name."""
        return next((one for one in self.known() if one.name == name and one.revoked_at is None), None)

    def _refresh_if_possible(self) -> None:
        try:
            self.refresh()
        except StorageUnavailable:
            self._read_at = 0.0  # the next request tries again

    def _read(self) -> None:
        """Read the keys; those known so far stand where that fails. Raises StorageUnavailable if none are known."""
        try:
            stored = tuple(self._store.all())
            missing = self._seeds - {key.sha256 for key in stored}
            for fresh in missing:
                self._store.seed(fresh)
            self._known = tuple(self._store.all()) if missing else stored
        except StorageUnavailable:
            if self._known is None:
                raise
        self._read_at = time.monotonic()


def presented_key() -> str | None:
    """The key that the present request carries: `Authorization: Bearer <key>`, else `X-API-Key`."""
    sent = request.environ
    scheme, _, value = sent.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return str(value.strip())
    return cast("str | None", sent.get("HTTP_X_API_KEY"))
