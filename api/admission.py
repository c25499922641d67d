"""Who comes in: each request's key, what its role covers, and how often it comes.

Without any key the API is this machine's own: it is asked under a loopback name, and pages of other sites may not write.
"""

from collections import OrderedDict
from functools import lru_cache
from typing import cast
from urllib.parse import urlsplit

from flask import g, request

from api.keys import ApiKeys
from api.limits import RateLimiter
from api.roles import LOOKS, covers, required_role
from jobs.address import is_loopback
from jobs.errors import Forbidden, TooManyRequests, Unauthorized
from storage.api_keys import ROLES, ApiKey, Role
from storage.gate import Gate, Rate

LOCAL = "local"
ACCEPTED = 10_000  # pairs of address and key that are remembered
HOW = "Send a valid key as `Authorization: Bearer <key>` or `X-API-Key: <key>`."


class Door:
    """Lets requests in by the keys and within the limits; `failures`: wrong keys of an address, `requests`: all of a caller."""

    def __init__(self, keys: ApiKeys, requests: RateLimiter, failures: RateLimiter) -> None:
        self.keys = keys
        self._requests, self._failures = requests, failures
        self._accepted: OrderedDict[tuple[str, str], None] = OrderedDict()

    def key_of(self, secret: str | None) -> ApiKey | None:
        """The valid key behind `secret`, None without one. Raises TooManyRequests where the address sent too many wrong ones.

        A key in use from an address goes on being taken there, whatever else comes from it.
        """
        if not secret:
            return None
        found, address = self.keys.find(secret), caller_address()
        known = found is not None and (address, found.name) in self._accepted
        bucket = f"failures:{address}"
        if not known and self._failures.is_spent(bucket):
            raise TooManyRequests("Too many wrong keys came from this address; wait as Retry-After says.", retry_after_s=5)
        if found is None:
            self._failures.spend(bucket)
        elif not known:
            self._accepted[address, found.name] = None
            if len(self._accepted) > ACCEPTED:
                self._accepted.popitem(last=False)
        return found

    def admit(self, secret: str | None, *, without_key: bool = False, how: str = HOW) -> None:
        """Let the present request in by the key that it carries; see `enter`."""
        self.enter(self.key_of(secret) if self.keys.exist() else None, without_key=without_key, how=how)

    def enter(self, key: ApiKey | None, *, without_key: bool = False, how: str = HOW) -> None:
        """Let the present request in, and keep whose it is. `without_key`: the address needs none.

        Raises Unauthorized, Forbidden, TooManyRequests.
        """
        if not self.keys.exist():
            _require_own_machine()
        elif key is None and not without_key:
            raise Unauthorized(how)
        g.caller, g.role = (key.name, key.role) if key else (LOCAL, ROLES[-1])
        self._requests.spend(f"key:{key.name}" if key else f"address:{caller_address()}")
        needed = required_role(request.method, request.endpoint)
        if key and not covers(key.role, needed):
            raise Forbidden(f"This needs a key with the role {needed}; {key.name} has {key.role}.", role=needed)


def make_door(keys: ApiKeys, gate: Gate, *, per_s: float, burst: int, failures_per_minute: float) -> Door:
    """The door with its limits; 0 for one means that there is none."""
    failures = Rate(failures_per_minute / 60, max(1, round(failures_per_minute))) if failures_per_minute else None
    return Door(keys, RateLimiter(gate, Rate(per_s, burst) if per_s else None), RateLimiter(gate, failures))


def caller() -> str:
    """Who makes the present request: the name of its key, or `local` where it needed none."""
    return cast(str, g.get("caller", LOCAL))


def may(endpoint: str, method: str = "POST") -> bool:
    """Whether the caller of the present request would be let in at another endpoint."""
    return covers(cast("Role", g.get("role", ROLES[0])), required_role(method, endpoint))


def caller_address() -> str:
    """The network address that the present request comes from."""
    return request.remote_addr or "unknown"


def _require_own_machine() -> None:
    if not _is_own_name(request.host):
        raise Forbidden("There are no API keys, so this answers under a name of this machine only, such as localhost.")
    sent = request.environ
    origin = sent.get("HTTP_ORIGIN")
    foreign = sent.get("HTTP_SEC_FETCH_SITE") == "cross-site" or (origin and _netloc(origin)[1] != request.host)
    if foreign and request.method not in LOOKS:
        raise Forbidden("There are no API keys, so pages of other sites may not change anything here.")


@lru_cache(maxsize=256)
def _is_own_name(host: str) -> bool:
    """Whether a Host header names this machine in a way that only works on it."""
    return is_loopback(_netloc(f"//{host}")[0])


def _netloc(url: str) -> tuple[str, str]:
    """Host name, and host with port, of a URL; empty where it is none."""
    try:
        parts = urlsplit(url)
        return parts.hostname or "", parts.netloc
    except ValueError:
        return "", ""
