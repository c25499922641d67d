"""What clients send in query strings and headers, checked; every fault is an InputError that names its field."""

import re
from dataclasses import dataclass

from flask import request

from jobs.catalog import kinds
from jobs.errors import FieldError, InputError
from jobs.lifecycle import STATES, State
from storage.detection_export import EXPORT_FORMATS, ExportFormat
from storage.names import NAME

MAX_WAIT_S = 60
EVENT_ID = re.compile(r"\d{1,15}", re.ASCII)  # a job's events are counted from 1
CURSOR = re.compile(r"[0-9a-f]{24}")
SECONDS = re.compile(r"-?\d{1,9}(\.\d{1,400})?(e[+-]?\d{1,4})?", re.ASCII | re.IGNORECASE)  # as JSON writes numbers


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs to list; see JobStore.page."""

    kind: str | None
    state: State | None
    label: tuple[str, str] | None
    limit: int
    cursor: str | None


def fault(field: str, message: str) -> InputError:
    """An InputError about one field."""
    return InputError(f"{field}: {message}.", fields=(FieldError(field, message),))


def wait_s() -> float | None:
    """`?wait=` in seconds, 0 to 60, or None."""
    given = request.args.get("wait") if request.query_string else None
    if given is None:
        return None
    if not SECONDS.fullmatch(given) or not 0 <= float(given) <= MAX_WAIT_S:
        raise fault("wait", f"must be a number of seconds from 0 to {MAX_WAIT_S}")
    return float(given)


def limit(*, default: int = 50, largest: int = 200) -> int:
    """`?limit=`, 1 to `largest`."""
    given = request.args.get("limit")
    if given is None:
        return default
    if not re.fullmatch(r"\d{1,6}", given, re.ASCII) or not 1 <= int(given) <= largest:
        raise fault("limit", f"must be a whole number from 1 to {largest}")
    return int(given)


def export_format() -> ExportFormat:
    """`?format=`, which has to be given."""
    found = next((known for known in EXPORT_FORMATS if known == request.args.get("format")), None)
    if found is None:
        raise fault("format", f"must be one of {', '.join(EXPORT_FORMATS)}")
    return found


def cursor() -> str | None:
    """`?cursor=`, as an earlier answer gave it, or None."""
    given = request.args.get("cursor")
    if given is not None and not CURSOR.fullmatch(given):
        raise fault("cursor", "is not one that a list gave; leave it out to start with the newest")
    return given


def name_cursor() -> str | None:
    """`?cursor=` of a list of models or companies, which is a name, or None."""
    given = request.args.get("cursor")
    if given is not None and not NAME.fullmatch(given):
        raise fault("cursor", "is not one that a list gave; leave it out to start with the newest")
    return given


def event_id() -> str | None:
    """Where to resume a job's events: the header Last-Event-ID, else `?after=`, else None."""
    header, after = request.headers.get("Last-Event-ID"), request.args.get("after")
    for field, given in (("Last-Event-ID", header), ("after", after)):
        if given is not None and not EVENT_ID.fullmatch(given):
            raise fault(field, "is not the id of an event")
    return after if header is None else header


def job_filter() -> JobFilter:
    """The filters of a list of jobs."""
    kind, state, label = (request.args.get(name) for name in ("kind", "state", "label"))
    return make_filter(kind, state, label, limit())


def make_filter(kind: str | None, state: str | None, label: str | None, most: int) -> JobFilter:
    """The filters that these words name, of which None is no filter, with `?cursor=`. Raises InputError."""
    if kind is not None and kind not in kinds():
        raise fault("kind", f"is not a kind; there are {', '.join(kinds())}")
    if state is not None and state not in STATES:
        raise fault("state", f"must be one of {', '.join(STATES)}")
    name, colon, value = (label or "").partition(":")
    if label is not None and not (name and colon):
        raise fault("label", "must be name:value")
    return JobFilter(kind, state, (name, value) if label is not None else None, most, cursor())


def idempotency_key() -> str | None:
    """The header Idempotency-Key, 1 to 255 printable characters, or None."""
    return _require_key("Idempotency-Key", request.headers.get("Idempotency-Key"))


def form_key() -> str | None:
    """The same of a form, its field `key`, or None."""
    return _require_key("key", request.form.get("key") or None)


def _require_key(field: str, given: str | None) -> str | None:
    if given is not None and not (1 <= len(given) <= 255 and given.isprintable()):
        raise fault(field, "must have 1 to 255 printable characters")
    return given


def preferred_wait_s() -> int | None:
    """The `wait` of the header Prefer if it is a whole number from 0 to 60; any other is ignored, as RFC 7240 has it."""
    for preference in request.headers.get("Prefer", "").split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        if name.strip().lower() == "wait":
            text = value.strip().strip('"')
            return int(text) if re.fullmatch(r"\d{1,2}", text, re.ASCII) and int(text) <= MAX_WAIT_S else None
    return None
