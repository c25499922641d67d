"""New job: which kinds there are, and the form of one, made from its schema and checked by the same function as the API's."""

import secrets
from collections.abc import Mapping
from typing import Any

from flask import Response, request, url_for
from werkzeug import Response as BaseResponse

from api import queries
from api.bodies import parse_submit
from api.console.forms import FormField, form_fields, shown_value, submit_body
from api.console.language import marked
from api.console.page import Entry, lead, page_blueprint, show
from api.job_routes import start
from api.services import services
from jobs.catalog import find_kind, kinds
from jobs.errors import InputError
from jobs.kind import JobKind

SUGGESTED = 200  # ids that a field which refers to something offers; fewer are a list to choose from

routes = page_blueprint("new", __name__)
NAV = Entry("console_new.choose", marked("New job"))


@routes.get("/new")
def choose() -> Response:
    """The kinds that there are."""
    return show("new.html", kinds=kinds())


@routes.get("/new/<kind>")
def form(kind: str) -> Response:
    """The form of a kind; `?like=` names a job whose params and labels it shows. Raises NotFound."""
    chosen, like = find_kind(kind), request.args.get("like")
    before = services().reader.get(like) if like else None
    given = before.params if before and before.kind == kind else {}
    values = {field.name: shown_value(field, given) for field in form_fields(chosen)}
    labels = "\n".join(f"{name}: {value}" for name, value in before.labels.items()) if before else ""
    return _form(chosen, values, labels)


@routes.post("/new/<kind>")
def submit(kind: str) -> BaseResponse:
    """Start the job and go on to its page; what is wrong stands at the fields of the form, 422. Raises as `start` does."""
    chosen, sent = find_kind(kind), request.form
    try:
        job = start(parse_submit(submit_body(chosen, sent)), queries.form_key()).job
    except InputError as e:
        values = {field.name: sent.get(f"params.{field.name}", "") for field in form_fields(chosen)}
        return _form(chosen, values, sent.get("labels", ""), e)
    return lead(url_for("console_jobs.job", job_id=job.id))


def _form(kind: JobKind, values: Mapping[str, str], labels: str, error: InputError | None = None) -> Response:
    """The page with the form; each fault stands at its field, those of no field above them."""
    fields = form_fields(kind)
    faults: dict[str, str] = {}
    rest = []
    for fault in error.fields if error else ():
        name = next((n for n in (*(f"params.{field.name}" for field in fields), "labels")
                     if fault.field == n or fault.field.startswith(f"{n}.")), None)
        if name:
            faults[name] = f"{faults[name]}; {fault.message}" if name in faults else fault.message
        else:
            rest.append(fault.message)
    if error and not error.fields:
        rest.append(error.message)
    # The same key for the same form: a second click starts no second job.
    return show("form.html", 422 if error else 200, kind=kind, fields=fields, values=values, labels=labels, faults=faults,
                rest=rest, key=secrets.token_urlsafe(18), suggestions=_suggestions(fields), most_offered=SUGGESTED)


def _suggestions(fields: tuple[FormField, ...]) -> dict[str, list[tuple[str, str]]]:
    """For each field that refers to something: ids of what there is, with a name."""
    return {field.name: _known(field.refers_to) for field in fields if field.refers_to}


def _known(refers_to: str) -> list[tuple[str, str]]:
    what, _, type_ = refers_to.partition(":")
    s = services()
    if what == "dataset":
        return [(d.id, d.name) for d in s.datasets.page(limit=SUGGESTED)[0] if d.type == type_]
    found: list[Any] = list(s.companies.page(limit=SUGGESTED)[0])
    return [(company.id, company.name) for company in found]
