"""API keys at the old addresses, where front ends cannot send the headers of /v1: also as Basic password or cookie."""

from flask import request

from api.keys import presented_key
from api.services import Services
from jobs.address import is_loopback
from jobs.settings import Settings

COOKIE = "noria_key"
MESSAGE = ("Send a valid key as `Authorization: Bearer <key>`, as `X-API-Key: <key>`, as the password of HTTP Basic, or as the "
           f"cookie {COOKIE}.")


def old_presented_key() -> str | None:
    """The key that the present request carries: in a header, else as the password of HTTP Basic, else as a cookie."""
    return presented_key() or _sent_by_browser()


def admit_old(services: Services) -> None:
    """Let the present request in as `Door.admit` does; COMPAT_OPEN lets it in without a key.

    What a browser sends along by itself does not count for a page of another site, which could act in its user's name.
    """
    foreign = request.headers.get("Sec-Fetch-Site") == "cross-site"
    services.door.admit(presented_key() if foreign else old_presented_key(),
                        without_key=is_open(services.settings) and not foreign, how=MESSAGE)


def is_open(settings: Settings) -> bool:
    """Whether the old addresses need no key: COMPAT_OPEN, which holds on loopback only."""
    return settings.compat_open and is_loopback(settings.api_host)


def _sent_by_browser() -> str | None:
    basic = request.authorization
    if basic is not None and basic.type == "basic" and basic.password:
        return basic.password
    return request.cookies.get(COOKIE)
