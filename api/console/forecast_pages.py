"""The pages of forecasts: the companies, and one company with its data, its model and what that expects of each article."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import orjson
from babel import Locale
from babel.numbers import get_territory_currencies
from flask import Response, request, url_for
from werkzeug import Response as BaseResponse

from api import company_routes, dataset_routes, queries
from api.bodies import parse_submit
from api.console.company_view import PREDICT, TRAIN, Champion, champion_of, fans_of, jobs_of
from api.console.fan_file import Found, find_fans
from api.console.forms import submit_body
from api.console.language import gettext, language, marked
from api.console.page import Entry, lead, page_blueprint, show
from api.job_routes import start
from api.services import Services, services
from api.tax_numbers import digits_of
from jobs.catalog import find_kind
from jobs.context import Company
from jobs.errors import Conflict, DatasetUnusable, FieldError, InputError, NotFound
from jobs.forecasting.stock_codes import StrangeCodes, strange_in_samples
from jobs.lifecycle import is_terminal
from jobs.record import Artifact
from storage.columns import OPTIONAL, REQUIRED, TableType, known
from storage.companies import require_id
from storage.convention import mark_of
from storage.countries import TIME_ZONES
from storage.datasets import DatasetDocument

COMPANIES = 200
TYPES: tuple[TableType, ...] = ("sales", "stock", "future")
COMPANY_FIELDS = ("nit", "name", "country", "currency", "timezone")

routes = page_blueprint("forecasts", __name__)
NAV = Entry("console_forecasts.companies", marked("Forecasts"))


@routes.get("/forecasts")
def companies() -> Response:
    """The companies, each with its champion."""
    return _companies({})


@routes.post("/forecasts")
def create() -> BaseResponse:
    """Make a company and go on to its page; all that is wrong stands at the fields of the form, 422."""
    given = {name: text for name in ("id", *COMPANY_FIELDS) if (text := request.form.get(name, "").strip())}
    company_id = given.get("id", "")
    if "currency" in given:
        given["currency"] = given["currency"].upper()
    document = {name: given[name] for name in COMPANY_FIELDS if name in given}
    if "nit" in given:
        document["nit"] = digits_of(given["nit"])
    raw = orjson.dumps(document)
    wrong = _refusals(partial(_require_new, company_id), partial(company_routes.read, raw))
    if wrong or (wrong := _refusals(partial(company_routes.keep, company_id, raw))):
        return _companies(given, wrong)
    return lead(url_for("console_forecasts.company", company_id=company_id))


@routes.get("/forecasts/<company_id>")
def company(company_id: str) -> Response:
    """A company. `show` says what is drawn: `total:`, `group:<name>`, `item:<code>`; `q` is searched; `dataset` is a data set."""
    return _company(company_id)


@routes.post("/forecasts/<company_id>/data")
def upload(company_id: str) -> BaseResponse:
    """Keep a file as a data set of the company, as `/v1/datasets` does; 422 with its reasons, and its columns to choose from."""
    dataset_routes.allow_upload()
    type_, file = request.form.get("type", ""), request.files.get("file")
    names = next((known(table) for table in TYPES if table == type_), ())
    mapping = {name: column for name in names if (column := request.form.get(f"mapping.{name}", ""))}
    try:
        if file is None or not file.filename:
            raise InputError(gettext("Choose a file first."), fields=(FieldError("file", gettext("Choose a file first.")),))
        decimal = request.form.get("decimal")
        document, _ = dataset_routes.keep(file, type_=type_, name=None, company=company_id, mapping=mapping or None,
                                          decimal=mark_of(decimal) if decimal else None)
    except InputError as e:
        return _company(company_id, upload_error=e, mapping=mapping, type_=type_)
    return lead(url_for("console_forecasts.company", company_id=company_id, dataset=document.id))


@routes.post("/forecasts/<company_id>/train")
def train(company_id: str) -> BaseResponse:
    """Train the company's model on its sales; what is wrong stands above the form, 422."""
    regressors = "\n".join(request.form.getlist("params.regressors"))
    try:
        _start(TRAIN, {**request.form.to_dict(), "params.company": company_id, "params.regressors": regressors})
    except InputError as e:
        return _company(company_id, train_error=e)
    return lead(url_for("console_forecasts.company", company_id=company_id))


@routes.post("/forecasts/<company_id>/predict")
def predict(company_id: str) -> BaseResponse:
    """Forecast with the champion, for a model whose future has to be told: by the company's last `future` data set."""
    s = services()
    champion = _champion(s, s.companies.get(company_id))
    future = s.datasets.latest_for_company(company_id, "future") if champion.card["regressors"] else None
    _start(PREDICT, {"params.model": champion.version.model, "params.future": future or ""})
    return lead(url_for("console_forecasts.company", company_id=company_id))


def _start(kind: str, params: Mapping[str, str]) -> None:
    """Start a job by the fields of a form; the same form sent twice starts one. Raises as `start` does."""
    start(parse_submit(submit_body(find_kind(kind), params)), queries.form_key())


def _refusals(*checks: Callable[[], object]) -> list[InputError | Conflict]:
    """What each of the checks that refuse something says."""
    refusals: list[InputError | Conflict] = []
    for check in checks:
        try:
            check()
        except (InputError, Conflict) as e:
            refusals.append(e)
    return refusals


def _require_new(company_id: str) -> None:
    """Raise InputError for an id that none may have, and Conflict if there is such a company, which the form would change."""
    require_id(company_id)
    try:
        services().companies.get(company_id)
    except NotFound:
        return
    message = gettext("There is a company with this id already.")
    raise Conflict(message, fields=(FieldError("id", message),))


def _companies(values: Mapping[str, str], wrong: Sequence[InputError | Conflict] = ()) -> Response:
    s = services()
    found, following = s.companies.page(limit=COMPANIES, cursor=queries.name_cursor())
    faults = {fault.field: fault.message for refusal in wrong for fault in refusal.fields}
    rows = [(c, champion_of(s, c), s.companies.effective_dataset(c)) for c in found]
    return show("forecasts.html", 422 if faults else 200, rows=rows, following=following, countries=_countries(), values=values,
                faults=faults)


def _countries() -> list[tuple[str, str, str]]:
    """Name in the language of the page, code and last currency of every country, by name."""
    names = Locale(language()).territories
    return sorted((str(names.get(code, code)), code, (get_territory_currencies(code) or [""])[-1]) for code in TIME_ZONES)


def _company(
    company_id: str, *, upload_error: InputError | None = None, mapping: Mapping[str, str] | None = None, type_: str = "sales",
    train_error: InputError | None = None,
) -> Response:
    """The page of a company; with an error it says so at the form that was sent, 422."""
    s = services()
    company = s.companies.effective(s.companies.get(company_id))
    champion, training = champion_of(s, company), next(iter(jobs_of(s, company, TRAIN)), None)
    artifact, prediction = fans_of(s, company, champion) if champion else (None, None)
    data = {name: s.datasets.of_company(company_id, name) for name in TYPES}
    last = [job for job in (training, prediction) if job]
    under_way = [job for job in last if not is_terminal(job.state)]
    columns = upload_error.columns if isinstance(upload_error, DatasetUnusable) else ()
    chosen, chosen_error = _chosen_dataset(s)
    used = _used(s, company)
    return show(
        "company.html", 422 if upload_error or train_error else 200, company=company, champion=champion, under_way=under_way,
        broken=[job for job in last if job.state in ("failed", "canceled")],
        found=_found(s, artifact), data=data, chosen=chosen,
        chosen_error=chosen_error, used=used, strange=_strange(data["stock"][:1], used), types=TYPES, type=type_,
        columns=columns, mapping=mapping or {},
        required=REQUIRED, optional=OPTIONAL, upload_error=upload_error, train_error=train_error, key=secrets.token_urlsafe(18),
        query=request.args.get("q", ""), decimal=request.form.get("decimal", ""))


def _champion(s: Services, company: Company) -> Champion:
    champion = champion_of(s, company)
    if champion is None:
        raise NotFound(gettext("The company has no model yet; train one first."))
    return champion


def _found(s: Services, artifact: Artifact | None) -> Found | None:
    if artifact is None:
        return None
    try:
        return find_fans(s.objects, artifact, key=request.args.get("show", ""), query=request.args.get("q", ""))
    except NotFound:
        return None


def _chosen_dataset(s: Services) -> tuple[DatasetDocument | None, InputError | None]:
    """The data set that the address names, which may be inspected still, or what was wrong with it."""
    chosen = request.args.get("dataset")
    try:
        return (s.datasets.get(chosen) if chosen else None), None
    except DatasetUnusable as e:
        return None, e
    except NotFound:
        return None, None


def _used(s: Services, company: Company) -> DatasetDocument | None:
    """The sales that a training would use."""
    try:
        return s.datasets.get(company.dataset) if company.dataset else None
    except (NotFound, DatasetUnusable):
        return None


def _strange(stock: Sequence[DatasetDocument], sales: DatasetDocument | None) -> StrangeCodes | None:
    """Codes of the stock that counts that are not in the sales, as far as their profiles tell."""
    samples = [d.profile["sample"]["codes"] for d in (*stock, sales) if d and d.profile and "sample" in d.profile]
    return strange_in_samples(*samples) if len(samples) == 2 else None
