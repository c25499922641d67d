"""Who reviews images in this browser: the name of the key, and a cookie, since people may share a key."""

import re
import secrets

from flask import Response, g, request

from api.admission import LOCAL, caller
from api.services import services

COOKIE_S = 30 * 24 * 3600
FORM = re.compile(r"[A-Za-z0-9_-]{22}")


def reviewer() -> str:
    """The reviewer of the present request, such as `ana:x7…`."""
    return f"{caller()}:{_browser()}"


def name_of(reviewer: str) -> str | None:
    """The name that a reviewer goes by; None where no keys are needed."""
    name = reviewer.rpartition(":")[0]
    return None if name == LOCAL else name


def remember_browser(response: Response) -> Response:
    """Have the browser say next time which one it is, if `reviewer` was asked for."""
    if "browser" in g and request.cookies.get(_cookie()) != g.browser:
        response.set_cookie(_cookie(), g.browser, max_age=COOKIE_S, httponly=True, samesite="Lax", secure=request.is_secure)
    return response


def _browser() -> str:
    if "browser" not in g:
        said = request.cookies.get(_cookie(), "")
        g.browser = said if FORM.fullmatch(said) else secrets.token_urlsafe(16)
    return str(g.browser)


def _cookie() -> str:
    """Named by the port, as the session's is."""
    return f"noria_reviewer_{services().settings.api_port}"
