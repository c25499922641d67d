"""What every page is made with: a blueprint whose errors are pages too, `show` for a template, `go` after a change.

A page has one address. Whatever changes on it is fetched again from that address, and the element of the same id is morphed.
"""

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug import Response as BaseResponse
from werkzeug.exceptions import HTTPException

from api import problems
from api.console.language import gettext
from api.console.sentences import said
from api.console.session import PREFIX, is_lost
from api.headers import PAGE_POLICY
from jobs.errors import NoriaError, NotFound, Unauthorized, Unavailable

TEMPLATES = Path(__file__).with_name("templates")
PACK_FROM_BYTES = 1000
# `same-origin`: with `no-referrer` browsers send `Origin: null` with a form, which says nothing about where it came from.
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "Content-Security-Policy": PAGE_POLICY,
           "Vary": "Accept-Encoding, Accept-Language, Cookie"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A page's entry in the top bar; `label` is marked for translation."""

    endpoint: str
    label: str


def page_blueprint(name: str, module: str) -> Blueprint:
    """The blueprint `console_{name}` of some pages. What goes wrong there is a page too, or a line on the present one."""
    blueprint = Blueprint(PREFIX + name, module, template_folder=str(TEMPLATES))
    blueprint.register_error_handler(NoriaError, error_page)
    return blueprint


def show(template: str, status: int = 200, **values: Any) -> Response:
    """The page that a template makes of `values`."""
    return _packed(Response(render_template(template, **values), status, HEADERS, mimetype="text/html"))


def go(endpoint: str, **values: Any) -> BaseResponse:
    """The answer to a form that changed something: `303 See Other`, or `204` to htmx, whose page is fetched again then."""
    if is_partial():
        return Response(status=204)
    return redirect(url_for(endpoint, **values), 303)


def lead(address: str) -> BaseResponse:
    """The answer to a form that leads to another page: `303 See Other`, or what makes htmx load it."""
    return Response(status=204, headers={"HX-Redirect": address}) if is_partial() else redirect(address, 303)


def is_partial() -> bool:
    """Whether htmx asks, which takes a part of the answer or a line to say what went wrong."""
    return request.headers.get("HX-Request") == "true"


def error_page(error: NoriaError) -> BaseResponse:
    """A page that says what is wrong and what to do; to htmx a problem document; without a key the way to the sign-in page."""
    if isinstance(error, Unauthorized) and _wants_page():
        target = url_for("console_door.sign_in", next=request.full_path if request.method == "GET" else None)
        if is_partial():
            return Response(status=401, headers={"HX-Redirect": url_for("console_door.sign_in")})
        return redirect(target, 303)
    answer = problems.from_error(error, said)
    if is_partial() or not _wants_page() or answer.status_code == 500:
        return answer
    page = show("error.html", answer.status_code, title=gettext(error.title), detail=error.message,
                recovers=isinstance(error, Unavailable), again=not isinstance(error, NotFound))
    page.headers.update({name: value for name, value in answer.headers.items() if name == "Retry-After"})
    return page


def error_at_no_address(error: HTTPException | NoriaError) -> BaseResponse:
    """What no page's own `error_page` answers: a page too for a person who mistyped an address, a problem document for others."""
    if isinstance(error, NoriaError):
        return error_page(error) if is_lost() else problems.from_error(error)
    if is_lost():
        nothing = gettext("There is nothing at this address. Look whether it is typed right; the bar leads to every page.")
        return error_page(NotFound(nothing))
    return problems.from_http(error)


def _wants_page() -> bool:
    """Whether a person navigates or htmx asks; an event stream and a script's own calls take a problem document."""
    return is_partial() or request.accept_mimetypes.best_match(["text/html", "application/json"]) == "text/html"


def _packed(response: Response) -> Response:
    """The response, compressed for who takes that; a page holds no secret that its length could give away."""
    content = response.get_data()
    if len(content) >= PACK_FROM_BYTES and request.accept_encodings.quality("gzip"):
        response.set_data(gzip.compress(content, 5))
        response.headers["Content-Encoding"] = "gzip"
    return response
