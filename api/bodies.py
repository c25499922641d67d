"""What clients send as JSON: read strictly, validated by the catalog, and every fault named by its field."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union

import orjson
from flask import request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model
from werkzeug.exceptions import UnsupportedMediaType

from jobs.callbacks import MAX_URL_CHARS, URL_PATTERN, parse_target
from jobs.catalog import find_kind, kinds
from jobs.errors import FieldError, InputError
from jobs.kind import JobKind

MAX_FAULTS = 50
MAX_FIELD_CHARS = 200
WHOLE, NUMBER, DAY = "has to be a whole number", "has to be a number", "has to be a date such as 2024-05-03"
MESSAGES = {
    "union_tag_not_found": "is required", "missing": "is required", "extra_forbidden": "is not a known field",
    "greater_than": "has to be more than {gt}", "greater_than_equal": "has to be {ge} or more",
    "less_than": "has to be less than {lt}", "less_than_equal": "has to be {le} or less",
    "int_type": WHOLE, "int_parsing": WHOLE, "int_from_float": WHOLE, "float_type": NUMBER, "float_parsing": NUMBER,
    "finite_number": NUMBER, "string_type": "has to be text", "bool_type": "has to be true or false",
    "bool_parsing": "has to be true or false", "date_type": DAY, "date_parsing": DAY, "date_from_datetime_parsing": DAY,
    "date_from_datetime_inexact": DAY, "literal_error": "has to be {expected}", "list_type": "has to be a list",
    "tuple_type": "has to be a list", "dict_type": "has to be names with their values",
    "model_type": "has to be names with their values", "model_attributes_type": "has to be names with their values",
    "string_too_short": "has to have {min_length} characters or more", "too_short": "has to have {min_length} entries or more",
    "string_too_long": "has to have {max_length} characters or fewer", "too_long": "has to have {max_length} entries or fewer",
}
# What a pattern asks for, in words.
PATTERNS = {
    r"^[0-9]{1,20}$": "has to be digits only, 1 to 20 of them: leave letters and signs out",
    r"^[A-Z]{3}$": "has to be three capital letters, such as COP",
    r"^[A-Z]{2}$": "has to be two capital letters, such as CO",
    r"^[A-Za-z0-9._-]{1,64}$": "has to be 1 to 64 of the characters A-Z a-z 0-9 . _ -",
    r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$":
        "has to be 1 to 128 of the characters A-Z a-z 0-9 . _ - and may not begin with a dot",
    r"^[^:\x00-\x1f]+$": "may hold no colon and no control characters",
    r"^[^\x00-\x1f]*$": "may hold no control characters",
}
T = TypeVar("T")


def _well_formed(url: str) -> str:
    parse_target(url)
    return url


Label = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^:\x00-\x1f]+$")]
CallbackUrl = Annotated[str, AfterValidator(_well_formed), Field(
    json_schema_extra={"maxLength": MAX_URL_CHARS, "pattern": URL_PATTERN})]
LabelValue = Annotated[str, Field(max_length=256, pattern=r"^[^\x00-\x1f]*$")]


class Submission(BaseModel):
    """What every submit has beside its kind and params."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    labels: dict[Label, LabelValue] = Field(
        default_factory=dict, max_length=32, description="Names and values to find the job by.",
        json_schema_extra={"additionalProperties": False})
    callback_url: CallbackUrl | None = Field(
        None, description="Who is told of the job's end by a signed POST of its document; the host has to be an allowed one.")


@dataclass(frozen=True, slots=True)
class ParsedSubmit:
    """A valid submit. `body_hash` is the same for bodies that differ in spaces and the order of fields only."""

    kind: JobKind
    params: dict[str, Any]
    labels: dict[str, str]
    body_hash: str
    callback_url: str | None = None


@cache
def submission_models() -> dict[str, type[Submission]]:
    """The body of a submit for each kind, by the kind's name."""
    return {
        name: create_model(
            f"Submit{name.replace('_', '.').title().replace('.', '')}", __base__=Submission, __doc__=kind.summary,
            kind=(Literal[name], Field(description="Name of the kind.")),  # type: ignore[arg-type]  # made at run time
            params=(kind.params, Field(default_factory=dict, validate_default=True, description="What the job is asked to do.")))
        for name, kind in kinds().items()
    }


@cache
def submission_adapter() -> TypeAdapter[Submission]:
    """One validator of every submit, told apart by `kind`; made once, since making one costs a hundred validations."""
    models = tuple(submission_models().values())
    if len(models) == 1:
        return TypeAdapter(models[0])
    return TypeAdapter(Annotated[Union[models], Field(discriminator="kind")])  # type: ignore[arg-type]  # noqa: UP007 - made at run time


def read_json_body() -> bytes:
    """The request's body, which has to be declared as JSON and be JSON. Raises InputError and HTTP 413 and 415."""
    if not request.is_json:
        raise UnsupportedMediaType
    raw = request.get_data(cache=False)
    parse_json(raw)
    return raw


def parse_json(raw: bytes) -> Any:
    """Strict JSON: no NaN, no half surrogates, bounded depth. Raises InputError."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as e:
        raise InputError(f"The body is not JSON: {e.msg} (line {e.lineno}, column {e.colno}).") from None


def parse_submit(raw: bytes) -> ParsedSubmit:
    """The submit that `raw` holds. Raises InputError that names every field at fault."""
    document = parse_json(raw)
    submission = validated(submission_adapter(), raw)
    kind = find_kind(submission.kind)  # type: ignore[attr-defined]  # the made models have it
    params: dict[str, Any] = submission.params.model_dump(mode="json")  # type: ignore[attr-defined]
    _require_storable(params)
    canonical = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    return ParsedSubmit(kind, params, submission.labels, hashlib.sha256(canonical).hexdigest(), submission.callback_url)


def validated(adapter: TypeAdapter[T], raw: bytes) -> T:
    """`raw` as the adapter's type. Raises InputError that names every field at fault."""
    try:
        return adapter.validate_json(raw)
    except ValidationError as e:
        raise input_error(e) from None


def unknown_parts(names: Iterable[str | None]) -> list[FieldError]:
    """A fault for each part of a form that is not known; a part may come without a name."""
    return [FieldError(name[:MAX_FIELD_CHARS], "is not a known field") for name in sorted(name or "" for name in names)]


def input_error(error: ValidationError) -> InputError:
    """A pydantic error as one of ours; nothing of the input is repeated but the names of fields."""
    faults = error.errors(include_input=False, include_url=False)
    fields = tuple(FieldError(_field(f["type"], f["loc"]), _message(f["type"], f["msg"], f.get("ctx", {})))
                   for f in faults[:MAX_FAULTS])
    shown = "; ".join(f"{f.field}: {f.message}" if f.field else f.message for f in fields[:3])
    more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
    return InputError(f"{shown}{more}.", fields=fields)


def _field(type_: str, loc: tuple[int | str, ...]) -> str:
    if type_.startswith("union_tag"):
        return "kind"
    path = [str(part) for part in loc if part != "[key]"]
    if path and path[0] in kinds():
        path = path[1:]  # the tag that told the kinds apart
    return ".".join(path)[:MAX_FIELD_CHARS]


def _message(type_: str, message: str, limits: Mapping[str, Any]) -> str:
    """A fault in words; `limits` are the schema's, nothing of the input."""
    if type_ == "string_pattern_mismatch":
        return PATTERNS.get(limits["pattern"], message)
    if type_ == "union_tag_invalid":
        return f"is not a kind; there are {', '.join(kinds())}"
    whole = {name: int(value) if isinstance(value, float) and value.is_integer() else value for name, value in limits.items()}
    return MESSAGES[type_].format(**whole) if type_ in MESSAGES else message.removeprefix("Value error, ")


def _require_storable(params: dict[str, Any]) -> None:
    try:
        orjson.dumps(params)
    except orjson.JSONEncodeError as e:
        raise InputError(f"params: {e}.", fields=(FieldError("params", str(e)),)) from None
