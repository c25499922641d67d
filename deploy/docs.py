"""The generated pages of docs/: jobs, configuration, errors, the command line and promises, from what the code declares.

`python -m deploy.docs` writes them, `python -m deploy.docs --check` fails with a diff where one is out of step.
"""

import argparse
import difflib
import json
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from api.cli import cli
from api.problems import status_of
from deploy.promises import ELSEWHERE, PROMISES, counts, last_run, promise_lines
from deploy.security_proofs import SECURITY_PROMISES, counted, security_lines
from jobs.catalog import kinds
from jobs.errors import JobStopped, NoriaError
from jobs.kind import JobKind
from jobs.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
COMMANDS = "noria.commands"
GENERATED = "<!-- Written by `make docs` from {source}. Do not edit. -->"
CLI_WIDTH = 100


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; bars and line ends inside cells are escaped."""
    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"

    names = tuple(head)
    return "\n".join([line(names), "|" + "---|" * len(names), *(line(row) for row in rows)])


def page(title: str, source: str, *parts: str) -> str:
    """A whole page: title, the notice that it is generated, and its parts."""
    return "\n\n".join([f"# {title}", GENERATED.format(source=source), *(part.strip("\n") for part in parts)]) + "\n"


def type_name(schema: dict[str, Any]) -> str:
    """A JSON schema's type in words, such as `integer, 1 to 730` or `list of string, or null`."""
    if "anyOf" in schema:
        named = dict.fromkeys(type_name(part) for part in schema["anyOf"])
        return ", or ".join(sorted(named, key=lambda name: name == "null"))
    if "$ref" in schema:
        return f"`{schema['$ref'].rpartition('/')[2]}`"
    if "enum" in schema or "const" in schema:
        return " or ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        return f"list of {type_name(schema.get('items', {}))}" + _limits(schema, "minItems", "maxItems", " entries")
    if kind == "object":
        inside = schema.get("additionalProperties")
        return f"object of {type_name(inside)}" if isinstance(inside, dict) and inside else "object"
    formats = {"date": "date", "date-time": "time", "path": "path", "password": "secret"}  # nosec B105 - words for people
    name = formats.get(schema.get("format", ""), kind)
    return name + _limits(schema, "minimum", "maximum") + _limits(schema, "minLength", "maxLength", " characters")


def _limits(schema: dict[str, Any], least: str, most: str, unit: str = "") -> str:
    above = schema.get("exclusiveMinimum") if least == "minimum" else None
    low, high = schema.get(least), schema.get(most)
    if low is not None and high is not None:
        return f", {low} to {high}{unit}"
    if above is not None:
        return f", above {above}{unit}"
    if low is not None:
        return f", {low} or more{unit}"
    return f", at most {high}{unit}" if high is not None else ""


def _default(schema: dict[str, Any], name: str, required: bool) -> str:
    if required:
        return "required"
    value = schema["properties"][name].get("default")
    return "" if value is None or value in ("", []) else f"`{json.dumps(value, ensure_ascii=False)}`"


def schema_tables(model: type[BaseModel], mode: str) -> Iterator[str]:
    """A model's fields as a table, then one table for each model inside it. `mode`: `params` shows defaults too."""
    whole = model.model_json_schema(mode="validation" if mode == "params" else "serialization")
    definitions = {name: part for name, part in whole.get("$defs", {}).items() if "properties" in part}
    for name, schema in {"": whole, **definitions}.items():
        required = set(schema.get("required", ()))
        rows = ([f"`{field}`", type_name(part), *([_default(schema, field, field in required)] if mode == "params" else []),
                 part.get("description", "")] for field, part in schema.get("properties", {}).items())
        intro = f"`{name}`: {schema.get('description', '')}\n\n" if name else ""
        yield intro + table(("field", "type", *(["default"] if mode == "params" else []), "meaning"), rows)


def kind_section(kind: JobKind) -> str:
    """What people need to know of one kind."""
    facts = f"Queue `{kind.queue}` · one attempt may take {kind.time_limit_s:,.0f} s · at most {kind.max_attempts} attempts."
    return "\n\n".join([
        f"## {kind.name}", kind.summary, facts,
        "### Params", *schema_tables(kind.params, "params"), "### Result", *schema_tables(kind.result, "result")])


def jobs_page() -> str:
    """docs/jobs.md: every kind that comes with Noria."""
    shipped = [kind for kind in kinds().values() if kind.params.__module__.startswith("jobs.")]
    rows = ([f"[`{k.name}`](#{k.name.replace('.', '')})", f"`{k.queue}`", k.summary] for k in shipped)
    overview = table(("kind", "queue", "what it does"), rows)
    intro = ("A job is started by `POST /v1/jobs` with a kind and its params, or by `noria submit`. Unknown fields are refused. "
             "`GET /v1/kinds` gives the same as JSON Schemas.")
    return page("Kinds of jobs", "jobs/catalog.py", intro, overview, *(kind_section(kind) for kind in shipped))


def settings_page() -> str:
    """docs/configuration.md: every environment variable."""
    schema = Settings.model_json_schema()
    rows = ([f"`{name.upper()}`", type_name(part), _setting_default(part), part.get("description", "")]
            for name, part in schema["properties"].items())
    intro = ("Every setting is an environment variable. `$NORIA_HOME/settings.env` (lines of `NAME=value`, written by "
             "`noria settings set`) stands over the environment and is read again when a job starts, so a change there holds "
             "from the next job on. Addresses, ports and slots hold from the next start of the process. An empty variable means "
             "its default, except where the table says otherwise. Lists are separated by commas.")
    return page("Configuration", "jobs/settings.py", intro, table(("variable", "type", "default", "meaning"), rows))


def _setting_default(part: dict[str, Any]) -> str:
    value = part.get("default")
    if value is None or value in ("", []):
        return "empty"
    return f"`{int(value) if isinstance(value, bool) else value}`"


def error_rows(error: type[NoriaError], depth: int = 0) -> Iterator[list[str]]:
    """A row for an error and for each one below it; depth shows as an indent."""
    name = "&nbsp;" * 4 * depth + f"`{error.__name__}`"
    status = "–" if issubclass(error, JobStopped) else str(status_of(error))
    yield [name, f"`{error.code}`", "yes" if error.retryable else "no", status, error.__doc__ or ""]
    for below in error.__subclasses__():
        if below.__module__ == NoriaError.__module__:
            yield from error_rows(below, depth + 1)


def errors_page() -> str:
    """docs/errors.md: the error tree with its codes and HTTP statuses."""
    intro = ("Errors of the API are `application/problem+json` (RFC 9457) and carry `code`; so does the `error` of a failed job. "
             "A retryable error of a running job is tried again with back-off, up to the kind's number of attempts. The HTTP "
             "status is the one that a request gets when it meets the error itself; those without one happen to jobs alone.")
    head = ("error", "code", "retryable", "HTTP status", "meaning")
    return page("Errors", "jobs/errors.py and api/problems.py", intro, table(head, error_rows(NoriaError)))


def command_sections(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[str]:
    """The help of a command and of each one below it."""
    settings = {**command.context_settings, "max_content_width": CLI_WIDTH, "terminal_width": CLI_WIDTH, "color": False}
    context = click.Context(command, info_name=name, parent=parent, **settings)
    yield f"## {context.command_path}\n\n```text\n{command.get_help(context)}\n```"
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            if found and not found.hidden:
                yield from command_sections(found, child, context)


def noria() -> click.Group:
    """The `noria` command as an installation has it: its own commands, and those that pyproject.toml lets join.

    What else is installed here, or is not, makes no difference to the page.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    joining = project.get("entry-points", {}).get(COMMANDS, {})
    joined = {name: EntryPoint(name, value, COMMANDS).load() for name, value in joining.items()}
    commands = {**cli.commands, **joined}
    return click.Group("noria", commands, params=cli.params, help=cli.help, context_settings=cli.context_settings)


def cli_page() -> str:
    """docs/cli.md: the help of every `noria` command."""
    return page("The command line", "api/cli.py and workers/cli.py", *command_sections(noria(), "noria"))


COUNTED = {"fault": "faults", "what a job did wrong itself": "misdeeds", "job that succeeded": "succeeded"}


def _counted(head: str, counts: dict[str, int]) -> str:
    return table((head, "times"), ((what.replace("_", " "), str(n)) for what, n in counts.items()))


def promises_page() -> str:
    """docs/promises.md: what is promised, what tries to break it, and the counts of the last long run."""
    found = counts()
    intro = ("Each sentence is tried by tests that run in CI, and by `make chaos`, which breaks whole stacks at random under "
             "load (`make chaos JOBS=2000 FAULTS=200`) and compares what clients were promised with what is there.")
    security = ("`make security` tries these in their long form (`CASES=20000 FUZZ_MINUTES=30`); a short form runs in CI. "
                "Who attacks and what stops it stands in [security.md](security.md).")
    return page("Promises", "deploy/promises.py, deploy/security_proofs.py and docs/proofs/", intro,
                "\n".join(f"{n}. {promise_lines(promise)}" for n, promise in enumerate(PROMISES, 1)),
                "## The last long run", last_run(found),
                *(_counted(head, found[name]) for head, name in COUNTED.items() if name in found),
                "## No one in who should not be", security,
                "\n".join(f"{n}. {promise_lines(promise)}" for n, promise in enumerate(SECURITY_PROMISES, len(PROMISES) + 1)),
                "\n".join(f"- {line}" for line in security_lines(counted())),
                "## What was not run", table(("what", "standing", "why, and what stands for it"), ELSEWHERE))


PAGES: dict[str, Callable[[], str]] = {
    "jobs.md": jobs_page,
    "configuration.md": settings_page,
    "errors.md": errors_page,
    "cli.md": cli_page,
    "promises.md": promises_page,
}


def differences(folder: Path) -> str:
    """A unified diff between the pages in `folder` and what they should be; empty when they are in step."""
    found: list[str] = []
    for name, make in PAGES.items():
        path = folder / name
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        before, after = old.splitlines(keepends=True), make().splitlines(keepends=True)
        found += difflib.unified_diff(before, after, f"docs/{name}", "generated")
    return "".join(found)


def write(folder: Path) -> None:
    """Write every generated page into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        (folder / name).write_text(make(), encoding="utf-8")


def main() -> int:
    """Write the pages, or with --check say what is out of step; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail with a diff instead of writing")
    if not parser.parse_args().check:
        write(DOCS)
        return 0
    if not (found := differences(DOCS)):
        return 0
    sys.stdout.write(found + "\nThe generated docs are out of step: run make docs\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
