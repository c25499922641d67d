"""Whether what a job's params refer to is there, so that a wrong id is refused at the door and not by the job.

A kind says so in its schema: `json_schema_extra={"refers_to": "dataset:sales"}` or `"company"`. The job looks again.
"""

from typing import Any

from api.services import Services
from jobs.errors import DatasetUnusable, FieldError, InputError, NotFound
from jobs.kind import JobKind


def require_references(kind: JobKind, params: dict[str, Any], services: Services) -> None:
    """Raise InputError naming every param whose data set or company is not there, or is of another type."""
    faults = []
    for name, field in kind.params.model_fields.items():
        extra = field.json_schema_extra
        refers_to = extra.get("refers_to") if isinstance(extra, dict) else None
        if refers_to and params.get(name) is not None:
            what, _, type_ = str(refers_to).partition(":")
            fault = _dataset_fault(params[name], type_, services) if what == "dataset" else _company_fault(params[name], services)
            faults += [FieldError(f"params.{name}", fault)] if fault else []
    if faults:
        raise InputError(" ".join(f.message for f in faults), fields=tuple(faults))


def _dataset_fault(dataset_id: str, type_: str, services: Services) -> str | None:
    try:
        found = services.datasets.get(dataset_id)
    except (NotFound, DatasetUnusable) as e:
        return e.message
    return None if found.type == type_ else f"The data set {found.id} is of type `{found.type}`; one of type `{type_}` is needed."


def _company_fault(company_id: str, services: Services) -> str | None:
    try:
        services.companies.get(company_id)
    except NotFound as e:
        return e.message
    return None
