"""A company's buy list, with what-if and edits, and the box that answers its questions."""

import math
import secrets
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Response, redirect, request, url_for
from werkzeug import Response as BaseResponse
from werkzeug.utils import secure_filename

from api import queries
from api.bodies import parse_json
from api.console import buy_jobs, buy_list, order_files
from api.console.answers import answer_parts, shown, with_item
from api.console.buy_jobs import ASK, RECOMMEND, Terms
from api.console.buy_list import MOST_UNITS, View, plain
from api.console.language import gettext, language
from api.console.order_files import FORMATS, LINES, ORDER, as_file
from api.console.page import page_blueprint, show
from api.responses import json_response
from api.services import services
from jobs.context import Company
from jobs.errors import InputError
from jobs.forecasting.ask_kinds import QUESTION_MAX
from jobs.forecasting.kinds import model_of
from jobs.lifecycle import is_terminal
from jobs.record import Job

PAGE = 100
SUPPLIERS = 100  # that have an order on the page
SCALE = 1.25  # of the money that a list needs: where the slider of the budget ends
YEAR = "private, max-age=31536000, immutable"

routes = page_blueprint("buy", __name__)


@routes.get("/forecasts/<company>/buy")
def buy(company: str) -> Response:
    """The list, or what the address asks of it; `?job=` names another than the last, or one that is being made."""
    found = services().companies.get(company)
    asked = buy_jobs.own_job(found, request.args["job"], RECOMMEND) if request.args.get("job") else None
    last = buy_jobs.last_list(found)
    shown = asked if asked and asked.state == "succeeded" else last
    pending = asked if asked and not is_terminal(asked.state) else None
    failed = asked if asked and asked.state in ("failed", "canceled") else None
    view = buy_list.make_view(request.args)
    rows = buy_list.list_rows(services().objects, shown) if shown else ()
    matching = buy_list.filtered(rows, view)
    return show("buy.html", company=found, job=shown, last=last, asked=asked, pending=pending, failed=failed, view=view,
                rows=matching[view.start:view.start + PAGE],
                matching=len(matching), following=view.start + PAGE if len(matching) > view.start + PAGE else None,
                counts=buy_list.counts(rows), terms=buy_jobs.terms_of(asked or shown), scale=_scale(asked or shown),
                champion=services().models.champion(model_of(found)), link=partial(_link, found, asked, view),
                basis=_basis(found, shown), plain=plain, most_units=MOST_UNITS, key=secrets.token_urlsafe(18),
                parts_of=order_files.supplier_parts(rows), most_suppliers=SUPPLIERS,
                days=buy_jobs.days_of(found, shown) if shown else None, stock=None if shown else buy_jobs.stock_in_use(found),
                before=buy_jobs.list_before(shown) if shown else None, terms_of=buy_jobs.terms_of)


@routes.post("/forecasts/<company>/buy")
def recommend(company: str) -> BaseResponse:
    """Make a list by the terms of the form, and go to it, done or not. Raises as `start` does."""
    found, form = services().companies.get(company), request.form
    like = buy_jobs.own_job(found, form["like"], RECOMMEND) if form.get("like") else None
    terms = Terms(**{name: form.get(name, "").strip() for name in Terms.__slots__})
    job = buy_jobs.start_list(found, terms, like, language(), _key())
    return redirect(_link(found, job, buy_list.make_view(form)), 303)


@routes.get("/forecasts/<company>/buy/figures")
def figures(company: str) -> Response:
    """Item → advised quantity, unit cost and supplier, of all of a list, for totals with edited quantities."""
    response = json_response(buy_list.figures(_rows(services().companies.get(company), request.args.get("job", ""))))
    response.headers["Cache-Control"] = YEAR
    return response


@routes.post("/forecasts/<company>/buy/export")
def export(company: str) -> Response:
    """What is to be ordered, by the quantities of the form's `edits` (JSON: item → units). Raises InputError.

    `?supplier=` leaves that of one supplier, an empty one of none; `?rows=all` has every row. `?format=` is csv or xlsx.
    """
    found, given = services().companies.get(company), request.args
    rows = buy_list.edited(_rows(found, request.form.get("job", "")), _edits(request.form.get("edits") or "{}"))
    if given.get("rows") != "all":
        rows = [row for row in rows if row["quantity"] > 0]
    name, columns = f"buy-list-{found.id}", LINES
    if "supplier" in given:
        supplier = given["supplier"] or None
        rows, columns = order_files.order_of(rows, supplier), ORDER
        name = f"order-{found.id}-{secure_filename(supplier or 'no supplier')[:40]}"
    format_: order_files.Format = "xlsx" if given.get("format") == "xlsx" else "csv"
    response = Response(as_file(rows, columns, language(), format_), mimetype=FORMATS[format_])
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.{format_}")
    return response


@routes.get("/forecasts/<company>/ask")
def ask(company: str) -> Response:
    """The box, the questions asked before, and the answer that `?job=` names."""
    found = services().companies.get(company)
    asked = buy_jobs.own_job(found, request.args["job"], ASK) if request.args.get("job") else None
    pending = asked if asked and not is_terminal(asked.state) else None
    answered = answer_parts(asked.result) if asked and asked.result else None
    return show("ask.html", company=found, asked=asked, pending=pending, answer=answered, with_item=with_item,
                history=buy_jobs.asked_before(found), most=QUESTION_MAX, key=secrets.token_urlsafe(18), shown=shown,
                champion=services().models.champion(model_of(found)),
                dataset=services().companies.effective_dataset(found))


@routes.post("/forecasts/<company>/ask")
def question(company: str) -> BaseResponse:
    """Ask, and go to the answer, there or not. Raises as `start` does."""
    found = services().companies.get(company)
    text = request.form.get("question", "").strip()
    if not text:
        raise queries.fault("question", gettext("is empty: write what you want to know"))
    job = buy_jobs.start_question(found, text, _key())
    return redirect(url_for("console_buy.ask", company=found.id, job=job.id), 303)


def _key() -> str | None:
    """What a form sent twice has in common: the page's key, and the job that the page showed."""
    key = queries.form_key()
    return f"{key}:{request.form.get('after')}" if key else None


def _rows(company: Company, job_id: str) -> tuple[buy_list.Row, ...]:
    return buy_list.list_rows(services().objects, buy_jobs.own_job(company, job_id, RECOMMEND))


def _edits(text: str) -> dict[str, Any]:
    edits = parse_json(text.encode())
    if not isinstance(edits, dict):
        raise InputError("`edits` has to be a JSON object: item → units.")
    return edits


def _link(company: Company, job: Job | None, view: View, **changes: Any) -> str:
    """The address of the list as it is shown, but for `changes` of the view."""
    wanted = replace(view, **{"start": 0, **changes})
    said: dict[str, Any] = {"job": job.id if job else None, **wanted.query(), "start": wanted.start or None}
    return url_for("console_buy.buy", company=company.id, **said)


def _basis(company: Company, job: Job | None) -> str:
    """What quantities that were edited hold for: lists of the same sales and stock."""
    made = job.result if job and job.result else {}
    return f"{company.id}:{made.get('version')}:{made.get('stock')}:{made.get('starts')}"


def _scale(job: Job | None) -> int:
    """Where the slider of the budget ends: a round number above what the list needs."""
    made = job.result if job and job.result else {}
    money: float = SCALE * max(made.get("investment_total", 0.0), (job.params.get("budget") if job else None) or 0.0, 1.0)
    step = int(10 ** max(0, math.floor(math.log10(money)) - 1))
    return math.ceil(money / step) * step
