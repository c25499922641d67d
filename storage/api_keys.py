"""The API keys of an installation, as the object store keeps them: by name, hashed, with a role.

A revoked key stays as a document, so that no other one gets its name: a history names whoever acted by it.
"""

import hashlib
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from jobs.errors import Conflict, FieldError, InputError, NotFound
from jobs.record import rfc3339
from storage import names
from storage.object_store import ObjectStore

Role = Literal["read", "submit", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)  # each covers those before it
PREFIX = "noria_"  # by which tools that look for secrets in files know one


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key: what it is called, what it may do, the SHA-256 of it, and since when it does not count any more."""

    name: str
    role: Role
    sha256: str
    created_at: str
    revoked_at: str | None = None


class KeyStore:
    """The keys in the object store. Raises StorageUnavailable."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def create(self, name: str, role: Role) -> tuple[ApiKey, str]:
        """A new key, and its secret, which is kept nowhere. Raises InputError (name) and Conflict (taken)."""
        if not names.NAME.fullmatch(name):
            raise InputError("A key's name has 1 to 64 of A-Z a-z 0-9 . _ -", fields=(FieldError("name", "is not a name"),))
        secret = PREFIX + secrets.token_urlsafe(32)
        made = ApiKey(name, role, hash_key(secret), _now())
        if not self._create(made):
            raise Conflict(f"There is or was a key {name!r}. Histories name keys, so a name is used once; take another.")
        return made, secret

    def seed(self, sha256: str) -> None:
        """Keep an admin key of the settings by its hash, if it is not kept already."""
        self._create(ApiKey(f"seed-{sha256[:8]}", "admin", sha256, _now()))

    def all(self) -> Iterator[ApiKey]:
        """Every key, revoked ones too, by name."""
        for name in self._objects.names("keys/"):
            try:
                found = self._objects.read_json(name)
            except NotFound:
                continue  # taken away meanwhile
            # A document without a name is from when every key could do everything, and was called by its hash.
            yield ApiKey(found.get("name", found["sha256"][:16]), found.get("role", "admin"), found["sha256"],
                         found["created_at"], found.get("revoked_at"))

    def revoke(self, name: str) -> ApiKey:
        """Have a key not count any more, for good; again does nothing. Raises NotFound."""
        known = next((key for key in self.all() if key.name == name), None)
        if known is None:
            raise NotFound(f"There is no key {name!r}.")
        revoked = ApiKey(known.name, known.role, known.sha256, known.created_at, known.revoked_at or _now())
        self._objects.put_json(names.key(name), _document(revoked))
        return revoked

    def _create(self, key: ApiKey) -> bool:
        return self._objects.create_json(names.key(key.name), _document(key))


def hash_key(key: str) -> str:
    """SHA-256 of a key, in hexadecimal. Keys are long and random, so a slow hash would only slow the API."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def _document(key: ApiKey) -> dict[str, str | None]:
    return {"name": key.name, "role": key.role, "sha256": key.sha256, "created_at": key.created_at, "revoked_at": key.revoked_at}


def _now() -> str:
    return str(rfc3339(time.time_ns() // 1_000_000))
