"""A kind's JSON Schema as the fields of a form, and what a person sent in them as the body of a submit.

What is not well formed is passed on as it was typed, so that the one who refuses it, in the same words, is the API's own check.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from jobs.kind import JobKind

Widget = Literal["select", "number", "check", "date", "text", "lines", "json"]
NUMBERS = frozenset({"integer", "number"})


@dataclass(frozen=True, slots=True)
class FormField:
    """One field: a param's name, how it is entered, what is said of it. `refers_to`: what its value names, such as `company`."""

    name: str
    widget: Widget
    type: str
    required: bool
    description: str
    default: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    length: int | None = None
    refers_to: str = ""

    @property
    def step(self) -> str:
        """What a number field counts by."""
        return "1" if self.type == "integer" else "any"


def form_fields(kind: JobKind) -> tuple[FormField, ...]:
    """The fields of a kind's params, in the order in which the kind has them."""
    schema = kind.params.model_json_schema()
    required = frozenset(schema.get("required", ()))
    definitions = schema.get("$defs", {})
    return tuple(_field(name, part, definitions, name in required) for name, part in schema.get("properties", {}).items())


def shown_value(field: FormField, params: Mapping[str, Any]) -> str:
    """What the field shows for these params; a param that is not there, or null, shows as empty, or as the default."""
    if field.name not in params:
        return field.default
    value = params[field.name]
    if value is None:
        return ""
    if field.widget == "check":
        return "on" if value else ""
    if field.widget == "lines" and isinstance(value, list):
        return "\n".join(str(entry) for entry in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def submit_body(kind: JobKind, form: Mapping[str, str]) -> bytes:
    """The body of `POST /v1/jobs` that a form makes: `params.{name}` for each param, and `labels` as lines of `name: value`.

    An empty field is left out, so that the kind's default holds.
    """
    params = {}
    for field in form_fields(kind):
        text = form.get(f"params.{field.name}", "")
        if field.widget == "check":
            params[field.name] = bool(text)
        elif text.strip():
            params[field.name] = _typed(field, text.strip())
    return json.dumps({"kind": kind.name, "params": params, "labels": _labels(form.get("labels", ""))}).encode()


def _labels(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines() if line.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _typed(field: FormField, text: str) -> Any:
    if field.widget == "lines":
        entries = [entry.strip() for entry in text.splitlines() if entry.strip()]
        return [_number(entry) for entry in entries] if field.type in NUMBERS else entries
    if field.widget == "json":
        try:
            return json.loads(text)
        except ValueError:
            return text
    return _number(text) if field.type in NUMBERS else text


def _number(text: str) -> int | float | str:
    """The number that the text is, else the text; a NaN or infinity is none."""
    for make in (int, float):
        try:
            value = make(text)
        except ValueError:
            continue
        return value if abs(value) < float("inf") else text
    return text


def _field(name: str, part: Mapping[str, Any], definitions: Mapping[str, Any], required: bool) -> FormField:
    inner = _inner(part, definitions)
    items = _inner(inner.get("items", {}), definitions)
    kind = str(inner.get("type", ""))
    widget, type_ = _widget(inner, items)
    choices = tuple(str(choice) for choice in inner.get("enum", ([inner["const"]] if "const" in inner else [])))
    field = FormField(
        name, widget, type_, required, str(part.get("description", "")), "", str(part.get("unit", "")), choices,
        inner.get("minimum", inner.get("exclusiveMinimum")), inner.get("maximum", inner.get("exclusiveMaximum")),
        inner.get("maxLength") if kind == "string" else None, str(part.get("refers_to", "")))
    default = shown_value(field, {name: part["default"]}) if part.get("default") not in (None, [], {}) else ""
    return FormField(**{slot: getattr(field, slot) for slot in FormField.__slots__} | {"default": default})


def _widget(inner: Mapping[str, Any], items: Mapping[str, Any]) -> tuple[Widget, str]:
    kind = str(inner.get("type", ""))
    if "enum" in inner or "const" in inner:
        return "select", kind
    if kind == "array" and items.get("type") in {"string", *NUMBERS}:
        return "lines", str(items["type"])
    simple: dict[str, Widget] = {"integer": "number", "number": "number", "boolean": "check", "string": "text"}
    if inner.get("format") == "date":
        return "date", kind
    return simple.get(kind, "json"), kind


def _inner(part: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema itself, without its reference, and without null where that is the other possibility."""
    if "$ref" in part:
        return _inner(definitions.get(str(part["$ref"]).rpartition("/")[2], {}), definitions)
    choices = [_inner(choice, definitions) for choice in part.get("anyOf", ()) if choice.get("type") != "null"]
    return choices[0] if len(choices) == 1 else part
