"""The jobs behind a company's buy list and its questions: which there are, how a page starts one and waits a little."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from api.bodies import parse_submit
from api.console.company_view import is_of, jobs_of
from api.console.desk import lane_of
from api.console.forms import submit_body
from api.console.language import gettext
from api.job_routes import await_end, start
from api.services import services
from jobs.catalog import find_kind
from jobs.context import Company
from jobs.errors import FieldError, InputError, NotFound
from jobs.forecasting.kinds import LAST_LIST, RecommendParams, model_of
from jobs.lifecycle import is_terminal
from jobs.record import Job

RECOMMEND, ASK = "forecasting.recommend", "forecasting.ask"
PATIENCE_S = 2.0  # what a form waits for its job's end; past that the page shows the job's progress
ASKED_SHOWN = 30
# What a new list takes over from the one on the page: which data and version it is made from.
KEPT = ("version", "stock", "future")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a buyer chooses of a list, as text in fields; the service level in percent."""

    months: str
    review_period_days: str
    service_percent: str
    lead_time_days: str
    budget: str


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


def start_list(company: Company, terms: Terms, like: Job | None, language: str) -> Job:
    """Make a list by these terms, otherwise as `like` was made; the job as it is when its end came or patience is over.

    Raises InputError that names the term, and as `start` does.
    """
    share = terms.service_percent
    with suppress(InvalidOperation):  # what is no number is refused by the kind's own check
        share = str(Decimal(share) / 100)
    given = {"company": company.id, "language": language, "months": terms.months, "service_level": share,
             "review_period_days": terms.review_period_days, "lead_time_days": terms.lead_time_days, "budget": terms.budget}
    kept = {name: str(like.params[name]) for name in KEPT if like and like.params.get(name) is not None}
    try:
        return _started(submit_body(find_kind(RECOMMEND), {f"params.{name}": text for name, text in {**given, **kept}.items()}))
    except InputError as e:
        if any(fault.field == "params.service_level" for fault in e.fields):  # which is in percent here
            message = gettext("The service level lies above 0 % and below 100 %, such as 95.")
            raise InputError(message, fields=(FieldError("params.service_level", message),)) from e
        raise


def start_question(company: Company, question: str) -> Job:
    """Ask about a company; see `start_list` for what comes back. Raises InputError."""
    return _started(json.dumps({"kind": ASK, "params": {"company": company.id, "question": question}}).encode())


def plain(value: Any) -> str:
    """A number as a field has it, without a point and zeros that say nothing; nothing for None."""
    return "" if value is None else f"{Decimal(str(value)).normalize():f}"


def _started(body: bytes) -> Job:
    job = start(parse_submit(body)).job
    served = lane_of(services().jobs, job.queue).workers
    return await_end(job, PATIENCE_S) if served and not is_terminal(job.state) else job

