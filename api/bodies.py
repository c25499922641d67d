"""What clients send as JSON: read strictly, validated by the catalog, and every fault named by its field."""

import hashlib
from collections.abc import Iterable
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
MESSAGES = {
    "union_tag_not_found": "is required",
    "extra_forbidden": "is not a known field",
    "missing": "is required",
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
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    fields = tuple(FieldError(_field(f["type"], f["loc"]), _message(f["type"], f["msg"])) for f in faults[:MAX_FAULTS])
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


def _message(type_: str, message: str) -> str:
    if type_ == "union_tag_invalid":
        return f"is not a kind; there are {', '.join(kinds())}"
    return MESSAGES.get(type_, message.removeprefix("Value error, "))


def _require_storable(params: dict[str, Any]) -> None:
    try:
        orjson.dumps(params)
    except orjson.JSONEncodeError as e:
        raise InputError(f"params: {e}.", fields=(FieldError("params", str(e)),)) from None
