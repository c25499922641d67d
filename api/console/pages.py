"""The console put together: its pages in the order of the top bar, and what their templates may use."""

from typing import cast

from flask import Flask, g, request

from api.admission import may
from api.console import (
    buy_pages,
    correct_pages,
    door_pages,
    forecast_pages,
    forecast_words,
    health_pages,
    image_pages,
    job_pages,
    model_pages,
    new_pages,
    static_files,
    views,
)
from api.console.desk import Lane, lane_of
from api.console.feed import Feed
from api.console.job_pages import FEED
from api.console.language import LANGUAGES, gettext, language, ngettext
from api.console.page import Entry, error_at_no_address
from api.console.preview import can_preview
from api.console.static_files import asset
from api.console.steps import steps_of
from api.health import VERSION
from api.services import EXTENSION, Services, services
from jobs.errors import NoriaError
from jobs.forecasting.kinds import SIMPLE_MEMBERS
from jobs.kind import Queue

# A page is a module with `routes` and, if the top bar names it, `NAV`; this line registers it.
PAGES = (job_pages, new_pages, forecast_pages, correct_pages, model_pages, health_pages)
BAR: tuple[Entry, ...] = tuple(module.NAV for module in PAGES)
WITHIN = {buy_pages.routes.name: forecast_pages.routes.name}  # pages that the top bar has under another's entry


def register(app: Flask) -> None:
    """Add the console to `app`, whose services are there already."""
    made = cast(Services, app.extensions[EXTENSION])
    for error in (404, NoriaError):
        app.register_error_handler(error, error_at_no_address)
    app.extensions[FEED] = Feed(made.jobs, made.hub)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]  # the extension's
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(views.FILTERS)
    app.jinja_env.globals.update(asset=asset, may=may, language=language, LANGUAGES=LANGUAGES, can_preview=can_preview,
                                 VERSION=VERSION, bar=BAR, is_here=_is_here, here=_here, caller=_caller,
                                 shown_states=_shown_states, steps_of=steps_of, lane_of=_lane_of, words=forecast_words,
                                 yardsticks=SIMPLE_MEMBERS)
    for module in (*PAGES, buy_pages, door_pages, image_pages, static_files):
        app.register_blueprint(module.routes)


def _here() -> str:
    """The present address, to come back to after a form; the first page for one that only takes forms."""
    return request.full_path.rstrip("?") if request.method == "GET" else "/"


def _is_here(entry: Entry) -> bool:
    """Whether the present page is one of this entry's of the top bar."""
    return bool(request.endpoint) and WITHIN.get(str(request.blueprint), request.blueprint) == entry.endpoint.partition(".")[0]


def _caller() -> str | None:
    """The name of the key that the visitor signed in with; None where none is needed."""
    name = g.get("caller")
    return name if name and services().keys.exist() else None


def _lane_of(queue: Queue) -> Lane:
    """The queue that a job waits in, as it stands now."""
    return lane_of(services().jobs, queue)


def _shown_states() -> dict[str, tuple[str, str]]:
    """State → what it is called and its sign, for the page's script."""
    return {state: (views.state_label(state), sign) for state, (_, sign) in views.STATES.items()}
