"""The headers that keep browsers from being turned against whoever looks at an answer. There are no CORS headers, on purpose."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# A page takes scripts, styles and data from here alone, none of them inline, and stands in no frame.
PAGE_POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
               "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
# Anything else is no page: shown by itself it may load nothing and run nothing.
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
ALWAYS = (
    ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"), ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Resource-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"), ("Cache-Control", "no-cache"),
)
PAGE, DATA = ((*ALWAYS, ("Content-Security-Policy", policy)) for policy in (PAGE_POLICY, DATA_POLICY))


class Protection:
    """A WSGI application whose every answer has the headers, unless it says otherwise itself.

    Around Flask rather than in it: adding them to a response of Werkzeug's takes ten times as long.
    """

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """See WSGI."""
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            return start_response(status, protected(headers), *error)

        return self._application(environ, start)


def protected(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """An answer's headers with those that it lacks."""
    said = {name.lower(): value for name, value in headers}
    wanted = PAGE if said.get("content-type", "").startswith("text/html") else DATA
    return [*headers, *(pair for pair in wanted if pair[0].lower() not in said)]
