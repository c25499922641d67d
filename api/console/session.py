"""Who looks at a page: the key that a browser signed in with, kept as its name in a signed cookie.

The name is looked up at each request, so a revoked key is out at once, and its role is the one that it has now.
"""

from urllib.parse import urlsplit

from flask import Response, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.exceptions import NotFound

from api.compat.old_shape import is_old
from api.console.secret import session_secret
from api.roles import LOOKS
from api.services import Services
from jobs.errors import Forbidden
from jobs.settings import Settings
from storage.api_keys import ApiKey

SESSION_S = 7 * 24 * 3600
HOW = "Sign in with an API key."
PREFIX = "console_"  # of the blueprints' names
CONTRACT = "/v1/"
# Pages that need no key; a form there may be sent from this site alone, as everywhere.
OPEN = frozenset({"console_door.sign_in", "console_door.enter", "console_door.leave", "console_door.language",
                  "console_static.file"})


def is_console(endpoint: str | None) -> bool:
    """Whether an endpoint is one of the console's."""
    return endpoint is not None and endpoint.startswith(PREFIX)


def is_lost() -> bool:
    """Whether a person's browser looks for a page where there is nothing; the contract's addresses and the old ones have none."""
    if not isinstance(request.routing_exception, NotFound) or request.method not in LOOKS:
        return False
    taken = request.accept_mimetypes
    asks = "text/html" in taken.values() and taken.best_match(("text/html", "application/json")) == "text/html"
    return asks and not request.path.startswith(CONTRACT) and not is_old(request.path)


def admit_visitor(services: Services) -> None:
    """Let the present request for a page in as `Door.enter` does, by the cookie. Raises Forbidden for another site's forms."""
    require_same_origin()
    if request.endpoint not in OPEN:
        services.door.enter(signed_in_key(services), how=HOW)


def require_same_origin() -> None:
    """Raise Forbidden if what is no look was sent by a page of another origin.

    A cookie's SameSite does not tell ports of a host apart; `Sec-Fetch-Site` does, and `Origin` where a browser leaves that out.
    """
    if request.method in LOOKS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    same = site == "same-origin" if site else _host_of(request.headers.get("Origin", "")) == request.host
    if not same:
        raise Forbidden("This was sent by a page of another site, and is not carried out. Open the console itself and try again.")


def signed_in_key(services: Services) -> ApiKey | None:
    """The valid key that the present request's cookie names."""
    cookie = request.cookies.get(_cookie(services.settings))
    if not cookie:
        return None
    try:
        name = str(_signer(services.settings).loads(cookie, max_age=SESSION_S))
    except BadSignature:
        return None
    return services.keys.named(name)


def remember(response: Response, services: Services, key: ApiKey) -> None:
    """Sign the browser in that gets `response`."""
    response.set_cookie(_cookie(services.settings), str(_signer(services.settings).dumps(key.name)), max_age=SESSION_S,
                        httponly=True, samesite="Lax", secure=request.is_secure)


def forget(response: Response, services: Services) -> None:
    """Sign the browser out that gets `response`."""
    response.delete_cookie(_cookie(services.settings), httponly=True, samesite="Lax", secure=request.is_secure)


def _cookie(settings: Settings) -> str:
    """Named by the port, since browsers send a host's cookies to every port of it, and stacks may share a host."""
    return f"noria_session_{settings.api_port}"


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(session_secret(settings.home), salt="noria.console")


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
