"""The jobs behind a company's buy list and its questions: which there are, how a page starts one and waits a little."""

import hashlib
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from api.bodies import ParsedSubmit, parse_submit
from api.console.buy_list import plain
from api.console.company_view import is_of, jobs_of
from api.console.desk import lane_of
from api.console.field_words import TERMS
from api.console.forms import submit_body
from api.console.language import gettext
from api.console.numbers import read_number
from api.console.views import number
from api.job_routes import await_end, start
from api.services import services
from jobs.catalog import find_kind
from jobs.context import Company
from jobs.errors import DatasetUnusable, FieldError, InputError, NotFound
from jobs.forecasting.kinds import LAST_LIST, RecommendParams, model_of
from jobs.lifecycle import is_terminal
from jobs.record import Job
from storage.datasets import DatasetDocument

RECOMMEND, ASK = "forecasting.recommend", "forecasting.ask"
PATIENCE_S = 2.0  # what a form waits for its job's end; past that the page shows the job's progress
ASKED_SHOWN = 30
DOUBLE_CLICK_MS = 1000
# What a new list takes over from the one on the page: which data and version it is made from.
KEPT = ("version", "stock", "future")
EXAMPLE = 12500.5


@dataclass(frozen=True, slots=True)
class Terms:
    """What a buyer chooses of a list, as text: typed in a page's language, or as `plain` has it; the service level in percent."""

    months: str
    review_period_days: str
    service_percent: str
    lead_time_days: str
    budget: str


# Term → the kind's param.
PARAMS = {term: "service_level" if term == "service_percent" else term for term in Terms.__slots__}


@dataclass(frozen=True, slots=True)
class Days:
    """The first day that a list is for, and that of its stock's upload, by the company's clock; None: no stock."""

    starts: date
    stock: date | None

    @property
    def late(self) -> int:
        """Days from the first to the second, below 0 where the stock is older; 0 for that of the last day with sales."""
        days = (self.stock - self.starts).days if self.stock else 0
        return 0 if days == -1 else days


@dataclass(frozen=True, slots=True)
class Stock:
    """A stock file: its name, the day of its upload by the company's clock, and how many articles it has."""

    name: str
    day: date
    articles: int


def own_job(company: Company, job_id: str, kind: str) -> Job:
    """A job of that kind for this company. Raises NotFound."""
    job = services().reader.get(job_id)
    if job.kind != kind or not is_of(company, job):
        raise NotFound(f"The job {job_id} is none of {kind} for {company.name}.")
    return job


def last_list(company: Company) -> Job | None:
    """The last buy list of the company's model that is still there."""
    s = services()
    for job_id in s.models.rememberers(model_of(company), LAST_LIST):
        with suppress(NotFound):
            job = s.reader.get(job_id)
            if job.state == "succeeded":
                return job
    return None


def asked_before(company: Company) -> list[Job]:
    """The newest questions about the company."""
    return jobs_of(services(), company, ASK)[:ASKED_SHOWN]


def terms_of(shown: Job | None) -> Terms:
    """The terms of a list; those that hold if nothing is said, where there is none yet."""
    params: Mapping[str, Any] = shown.params if shown else {}
    said = {name: params.get(name, RecommendParams.model_fields[name].default)
            for name in ("months", "review_period_days", "service_level", "lead_time_days", "budget")}
    return Terms(plain(said["months"]), plain(said["review_period_days"]), plain(Decimal(str(said["service_level"])) * 100),
                 plain(said["lead_time_days"]), plain(said["budget"]))


def days_of(company: Company, shown: Job) -> Days:
    """From which day a list counts, and of which its stock is."""
    made = shown.result or {}
    starts, stock = date.fromisoformat(made["starts"]), None
    if made["stock"]:
        with suppress(NotFound, DatasetUnusable):
            stock = _uploaded_on(company, services().datasets.get(made["stock"]), shown.created_at)
    return Days(starts, stock)


def stock_in_use(company: Company) -> Stock | None:
    """The stock that the next list counts, unless it is told another."""
    for last in services().datasets.of_company(company.id, "stock", limit=1):
        if last.profile is not None:
            return Stock(last.sent_name or last.original_name, _uploaded_on(company, last), last.profile["series"])
    return None


def _uploaded_on(company: Company, document: DatasetDocument, until: float = float("inf")) -> date:
    """The day on which a file was sent, the last time if that was not after `until` (epoch ms), in the company's time zone."""
    again = document.sent_at if document.sent_at and document.sent_at <= until else None
    return datetime.fromtimestamp((again or document.created_at) / 1000, ZoneInfo(company.timezone)).date()


def list_before(shown: Job) -> Job | None:
    """The list that this one was compared with, if it is still known."""
    changes = (shown.result or {}).get("changes")
    return services().reader.find(changes["job"]) if changes else None


def start_list(company: Company, terms: Terms, like: Job | None, language: str, key: str | None = None) -> Job:
    """Make a list by these terms, otherwise as `like` was made; the job as it is when its end came or patience is over.

    One that is being made by the same params, or came a moment ago, is it already. terms: typed in `language`. key: the same
    terms sent twice with it make one list. Raises InputError that names the term, and as `start` does.
    """
    given = {"company": company.id, "language": language, **_params(terms, language)}
    kept = {name: str(like.params[name]) for name in KEPT if like and like.params.get(name) is not None}
    parsed = parse_submit(submit_body(find_kind(RECOMMEND), {f"params.{name}": text for name, text in {**given, **kept}.items()}))
    there = (job for job in jobs_of(services(), company, RECOMMEND) if not is_terminal(job.state) or _just_sent(job))
    same = next((job for job in there if job.params == parsed.params), None)
    return _awaited(same) if same else _started(parsed, key)


def start_question(company: Company, question: str, key: str | None = None) -> Job:
    """Ask about a company; see `start_list` for what comes back and for `key`. Raises InputError.

    The last question again within a second is a double click that came after its answer, and no other job.
    """
    last = next(iter(asked_before(company)), None)
    if last and last.params["question"] == question and _just_sent(last):
        return last
    body = {"kind": ASK, "params": {"company": company.id, "question": question}}
    return _started(parse_submit(json.dumps(body).encode()), key)


def _params(terms: Terms, language: str) -> dict[str, str]:
    """The kind's params by typed terms, as JSON writes numbers. Raises InputError for a term that is none."""
    params = {}
    for term, name in PARAMS.items():
        text = getattr(terms, term)
        value = read_number(text, language)
        if text and value is None:
            raise _fault(name, gettext("“%(text)s” is not a number here; write it like %(example)s") % {
                "text": text[:40], "example": number(EXAMPLE)})
        if value is not None and name == "service_level":
            if not 0 < value < 100:
                raise _fault(name, gettext("has to be more than 0 and less than 100 %%") % {})
            value /= 100
        params[name] = plain(value)
    return params


def _fault(name: str, message: str) -> InputError:
    return InputError(f"{gettext(TERMS[name])}: {message}.", fields=(FieldError(f"params.{name}", message),))


def _started(parsed: ParsedSubmit, key: str | None) -> Job:
    return _awaited(start(parsed, hashlib.sha256(f"{key}:{parsed.body_hash}".encode()).hexdigest() if key else None).job)


def _awaited(job: Job) -> Job:
    served = lane_of(services().jobs, job.queue).workers
    return await_end(job, PATIENCE_S) if served and not is_terminal(job.state) else job


def _just_sent(job: Job) -> bool:
    return time.time() * 1000 - job.created_at < DOUBLE_CLICK_MS
