"""`noria submit`: one command for each kind of the catalog, its options made from the schema of its params."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from api.cli_session import NoriaCommand, Session, pass_session
from api.cli_watch import report_end, say_if_nobody_starts, watch_job
from jobs.catalog import kinds
from jobs.forecasting.question_numbers import amounts
from jobs.kind import JobKind

Schema = dict[str, Any]

SCALARS: dict[str, click.ParamType[Any]] = {
    "string": click.STRING, "integer": click.INT, "number": click.FLOAT, "boolean": click.BOOL}
OWN_OPTIONS = {"params_json", "label", "idempotency_key", "callback_url", "wait", "watch", "json", "api", "key", "help"}
TAKEN_PREFIX = "param_"
SPACED = re.compile(r"(?<![\d.,])\d{1,3}(?:\s\d{3})+(?![\d])")  # spaces as thousands marks, of any width
APART = re.compile(r"\d\s+\d")


class JsonText(click.ParamType[Any]):
    """JSON, or `@file` for a file of it."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The parsed value."""
        if not isinstance(value, str):
            return value
        try:
            return json.loads(Path(value[1:]).read_text(encoding="utf-8") if value.startswith("@") else value)
        except (OSError, ValueError) as e:
            self.fail(f"{value!r} is not JSON: {e}", param, ctx)


class Money(click.ParamType[Any]):
    """An amount as people write it, in the company's currency."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number."""
        if not isinstance(value, str):
            return value
        joined = SPACED.sub(lambda number: "".join(number[0].split()), value)
        found = () if APART.search(joined) else amounts(joined)
        if len(found) > 1:
            either = " or ".join(f"{each:.15g}" for each in found)
            self.fail(f"{value!r} may be {either}: write it without a thousands mark.", param, ctx)
        if not found:
            self.fail(f"{value!r} is no amount of money; write 5000000, 5.000.000, '5 000 000', 5M or '5 millones', in the "
                      "company's currency and without its name.", param, ctx)
        return found[0]


class Many(click.ParamType[Any]):
    """Values with commas between them."""

    def __init__(self, item: click.ParamType[Any]) -> None:
        self.item, self.name = item, f"{item.name},…"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The list of values."""
        if not isinstance(value, str):
            return value
        return [self.item.convert(v.strip(), param, ctx) for v in value.split(",") if v.strip()]


class Label(click.ParamType[Any]):
    """key=value."""

    name = "key=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The pair."""
        key, equals, text = value.partition("=")
        if not key or not equals:
            self.fail(f"{value!r} is not of the form key=value", param, ctx)
        return key, text


class KindCommands(click.Group):
    """The kinds, as commands made when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the kinds, as registered."""
        return list(kinds())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command that submits a job of this kind."""
        kind = kinds().get(cmd_name)
        return kind_command(kind) if kind else None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's, with the names there are where the name is none of them."""
        if args and not args[0].startswith("-") and args[0] not in kinds():
            raise click.UsageError(f"There is no kind {args[0]!r}; there are {', '.join(kinds())}.", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=KindCommands)
def submit() -> None:
    """Submit a job. `noria submit KIND --help` shows what the kind takes."""


def kind_command(kind: JobKind) -> click.Command:
    """The command of one kind: an option for each of its params, then those that all kinds have."""
    schema = kind.params.model_json_schema()
    own: list[click.Parameter] = [
        click.Option(["--params-json"], type=JsonText(), help="All params as JSON, or @file; options stand over it."),
        click.Option(["--label"], type=Label(), multiple=True, help="A label to find the job by; may be repeated."),
        click.Option(["--idempotency-key"], help="Sent twice, this makes one job."),
        click.Option(["--callback-url"], metavar="URL", help="Who is told of the job's end."),
        click.Option(["--wait"], is_flag=True, help="Wait for the end without showing progress."),
        click.Option(["--watch"], is_flag=True, help="Show progress to the end."),
    ]
    names = {_option_name(field): field for field in schema.get("properties", {})}
    options = [_option(name, field, schema) for name, field in names.items()]

    @pass_session
    def send(session: Session, /, params_json: Any, label: tuple[tuple[str, str], ...], idempotency_key: str | None,
             callback_url: str | None, wait: bool, watch: bool, **given: Any) -> None:
        params = _params(schema, params_json, {names[name]: value for name, value in given.items() if value is not None})
        job = session.client().submit(kind.name, params, labels=dict(label), idempotency_key=idempotency_key,
                                      callback_url=callback_url)
        _follow(session, job, wait=wait, watch=watch)

    text = f"{kind.summary}\n\nRuns in the queue {kind.queue}."
    return NoriaCommand(kind.name, params=[*options, *own], callback=send, help=text, short_help=kind.summary)


def _follow(session: Session, job: Mapping[str, Any], *, wait: bool, watch: bool) -> None:
    client = session.client()
    if wait or watch:
        say_if_nobody_starts(session, client, job)
    if watch:
        watch_job(session, client, job["id"])
    elif wait:
        report_end(session, client.wait(job["id"]))
    elif session.json:
        session.print_json(job)
    else:
        session.out().print(f"{job['id']}  {job['kind']} is {job['state']}")
        session.notes().print(f"Follow it with `noria watch {job['id']}`.", style="dim")


def _params(schema: Schema, base: Any, given: dict[str, Any]) -> dict[str, Any]:
    if base is not None and not isinstance(base, dict):
        raise click.BadParameter("it has to be a JSON object", param_hint="--params-json")
    params = {**(base or {}), **given}
    missing = [f"--{_option_name(f).replace('_', '-')}" for f in schema.get("required", ()) if f not in params]
    if missing:
        raise click.UsageError(f"Missing {', '.join(missing)}.")
    return params


def _option_name(field: str) -> str:
    return TAKEN_PREFIX + field if field in OWN_OPTIONS else field


def _option(name: str, field: str, schema: Schema) -> click.Option:
    part = schema["properties"][field]
    flag = f"--{name.replace('_', '-')}"
    said = [part.get("description", "")]
    if unit := part.get("unit"):
        said.append(f"[{unit}]")
    if field in schema.get("required", ()):
        said.append("[required]")
    elif part.get("default") not in (None, [], ""):
        said.append(f"[default: {part['default']}]")
    return click.Option([flag, name], type=_type(part, schema), help=" ".join(w for w in said if w))


def _type(part: Schema, schema: Schema) -> click.ParamType[Any]:
    """The click type of a schema; whatever is no scalar, choice or list of these is taken as JSON."""
    if part.get("unit") == "money":
        return Money()
    if "$ref" in part:
        return _type(schema["$defs"][part["$ref"].rsplit("/", 1)[-1]], schema)
    if "anyOf" in part:
        real = [p for p in part["anyOf"] if p.get("type") != "null"]
        return _type(real[0], schema) if len(real) == 1 else JsonText()
    if "enum" in part:
        return click.Choice([str(v) for v in part["enum"]]) if part.get("type") == "string" else JsonText()
    if part.get("type") == "array":
        item = _type(part.get("items", {}), schema)
        return JsonText() if isinstance(item, JsonText) else Many(item)
    return SCALARS.get(part.get("type", ""), JsonText())
