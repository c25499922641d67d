"""The pages of models: which there are, what each version is worth and why it is used or not, and what to do about it."""

from collections.abc import Callable

import orjson
from flask import Response, request
from werkzeug import Response as BaseResponse

from api import model_routes, queries
from api.console.job_pages import outside_links
from api.console.language import marked
from api.console.model_facts import ModelFacts, model_facts, version_facts
from api.console.page import Entry, go, page_blueprint, show
from api.services import services
from jobs.errors import InputError, NotFound
from storage.models import Version

PAGE = 50

routes = page_blueprint("models", __name__)
NAV = Entry("console_models.models", marked("Models"))


@routes.get("/models")
def models() -> Response:
    """Models of every domain, the last trained first; with `cursor`, a later part of them."""
    s = services()
    names, following = s.models.page(limit=PAGE, cursor=queries.name_cursor())
    found = ((name, s.models.versions(name)) for name in names)
    facts = [model_facts(s, name, versions) for name, versions in found if versions]
    return show("models.html", models=facts, next_cursor=following)


@routes.get("/models/<name>")
def model(name: str) -> Response:
    """A model with one version in full: the one of `?version=`, else the newest. Raises NotFound."""
    return _page(name, request.args.get("version", type=int))


@routes.post("/models/<name>/promote")
def promote(name: str) -> BaseResponse:
    """Make a version the champion, as `/v1/models/{name}/promote` does."""
    version = request.form.get("version", type=int)
    document = {"version": version, "reason": _reason()}
    return _decided(name, "promote", version, lambda: model_routes.make_champion(name, orjson.dumps(document)))


@routes.post("/models/<name>/rollback")
def rollback(name: str) -> BaseResponse:
    """Go back to the champion before, as `/v1/models/{name}/rollback` does."""
    document = {"reason": _reason()}
    return _decided(name, "rollback", None, lambda: model_routes.go_back(name, orjson.dumps(document)))


def _decided(name: str, action: str, version: int | None, decide: Callable[[], None]) -> BaseResponse:
    """The answer to a form that decides: the page again where something of it cannot be used, 422."""
    try:
        decide()
    except InputError as e:
        return _page(name, version, {action: e.message})
    return go("console_models.model", name=name)


def _reason() -> str:
    return request.form.get("reason", "").strip()


def _page(name: str, number: int | None, faults: dict[str, str] | None = None) -> Response:
    s = services()
    facts = model_facts(s, name, model_routes.require_model(name))
    chosen = version_facts(s, facts, _chosen(facts, number), start=max(0, request.args.get("corrections", 0, type=int)))
    return show("model.html", 422 if faults else 200, model=facts, chosen=chosen, faults=faults or {},
                links=outside_links(chosen.job) if chosen.job else {})


def _chosen(facts: ModelFacts, number: int | None) -> Version:
    found = next((version for version in facts.versions if number in (None, version.version)), None)
    if found is None:
        raise NotFound(f"There is no version {number} of model {facts.name!r}.")
    return found
