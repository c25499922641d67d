"""The routes under /v1/companies."""

from flask import Blueprint, Response
from pydantic import TypeAdapter

from api import queries
from api.bodies import read_json_body, validated
from api.deletions import record_deletion, require_unneeded
from api.responses import json_response
from api.services import services
from jobs.context import Company
from storage.companies import CompanyIn, company_document

routes = Blueprint("companies", __name__, url_prefix="/v1/companies")
_company = TypeAdapter(CompanyIn)


@routes.put("/<company_id>")
def put(company_id: str) -> Response:
    """Make or change a company."""
    company = keep(company_id, read_json_body())
    return json_response(company_document(services().companies.effective(company)))


def keep(company_id: str, raw: bytes) -> Company:
    """Make or change a company by a JSON document.

    Raises as `Companies.put` does, and InputError that names every field at fault.
    """
    return services().companies.put(company_id, read(raw))[0]


def read(raw: bytes) -> CompanyIn:
    """A company's JSON document. Raises InputError that names every field at fault."""
    return validated(_company, raw)


@routes.get("/<company_id>")
def show(company_id: str) -> Response:
    """A company with the data set that its jobs would use."""
    companies = services().companies
    return json_response(company_document(companies.effective(companies.get(company_id))))


@routes.get("")
def listing() -> Response:
    """Companies, newest first."""
    companies = services().companies
    found, following = companies.page(limit=queries.limit(), cursor=queries.name_cursor())
    return json_response({"companies": [company_document(companies.effective(c)) for c in found], "next_cursor": following})


@routes.delete("/<company_id>")
def delete(company_id: str) -> Response:
    """Forget a company, whose data sets stay; 409 while an unended job or a champion needs it."""
    s = services()
    s.companies.get(company_id)
    require_unneeded(s, company_id, params=("company",))
    s.companies.delete(company_id)
    record_deletion(s, "company", company_id)
    return Response(status=204)
