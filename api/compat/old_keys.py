"""API keys at the old addresses, where front ends cannot send the headers of /v1: also as Basic password or cookie."""

from flask import request

from api.keys import key_id, presented_key
from api.services import Services
from jobs.address import is_loopback
from jobs.errors import Unauthorized
from jobs.settings import Settings

COOKIE = "noria_key"
MESSAGE = ("Send a valid key as `Authorization: Bearer <key>`, as `X-API-Key: <key>`, as the password of HTTP Basic, or as the "
           f"cookie {COOKIE}.")


def old_presented_key() -> str | None:
    """The key that the present request carries: in a header, else as the password of HTTP Basic, else as a cookie."""
    return presented_key() or _sent_by_browser()


def require_old_key(services: Services) -> None:
    """Raise Unauthorized unless the present request carries a valid key, there is none to have, or COMPAT_OPEN says so.

    What a browser sends along by itself does not count for a page of another site, which could act in its user's name.
    """
    foreign = request.headers.get("Sec-Fetch-Site") == "cross-site"
    if is_open(services.settings) and not foreign:
        return
    if not services.keys.allows(presented_key() if foreign else old_presented_key()):
        raise Unauthorized(MESSAGE)


def old_caller(services: Services) -> str:
    """Who makes the present request: the id of its key, or `local` where none is needed and none was sent."""
    key = old_presented_key()
    return key_id(key) if key and services.keys.hashes() else "local"


def is_open(settings: Settings) -> bool:
    """Whether the old addresses need no key: COMPAT_OPEN, which holds on loopback only."""
    return settings.compat_open and is_loopback(settings.api_host)


def _sent_by_browser() -> str | None:
    basic = request.authorization
    if basic is not None and basic.type == "basic" and basic.password:
        return basic.password
    return request.cookies.get(COOKIE)
