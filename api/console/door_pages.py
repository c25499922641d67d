"""Signing in with an API key, signing out, and the choice of the language."""

from flask import request, url_for
from werkzeug import Response as BaseResponse
from werkzeug.utils import redirect

from api.console import language as languages
from api.console.language import gettext
from api.console.page import page_blueprint, show
from api.console.session import forget, remember
from api.services import services

YEAR_S = 365 * 24 * 3600

routes = page_blueprint("door", __name__)


@routes.get("/sign-in")
def sign_in() -> BaseResponse:
    """The form that asks for a key; where no keys exist there is nothing to sign in to."""
    if not services().keys.exist():
        return redirect(_target(), 303)
    return show("sign_in.html", next=request.args.get("next", ""), fault=None)


@routes.post("/sign-in")
def enter() -> BaseResponse:
    """Sign in: on to the page that was asked for, or the form again, 422. Raises TooManyRequests after many wrong keys."""
    s = services()
    key = s.door.key_of(request.form.get("key", "").strip()) if s.keys.exist() else None
    if key is None and s.keys.exist():
        return show("sign_in.html", 422, next=request.form.get("next", ""),
                    fault=gettext("This is not a valid key. Make one with `noria keys create NAME --role submit`."))
    response = redirect(_target(), 303)
    if key:
        remember(response, s, key)  # type: ignore[arg-type]  # werkzeug's response has set_cookie too
    return response


@routes.post("/sign-out")
def leave() -> BaseResponse:
    """Sign out."""
    response = redirect(url_for("console_door.sign_in"), 303)
    forget(response, services())  # type: ignore[arg-type]  # as above
    return response


@routes.post("/language")
def language() -> BaseResponse:
    """Keep the language that was chosen, for a year, and go back to the page where it was."""
    response = redirect(_target(), 303)
    chosen = request.form.get("language", "")
    if chosen in languages.LANGUAGES:
        response.set_cookie(languages.COOKIE, chosen, max_age=YEAR_S, httponly=True, samesite="Lax", secure=request.is_secure)
    return response


def _target() -> str:
    """Where to go on: the page that `next` names, if it is one of this site, else the first one."""
    given = request.values.get("next", "")
    own = given.startswith("/") and not given.startswith("//") and "\\" not in given and given.isprintable()
    return given if own else url_for("console_jobs.jobs")
