"""What the commands of this side share: --json, also where it stands before the command's name, and tables of checks."""

import sys
from collections.abc import Sequence
from typing import Any

import click
import orjson

from jobs.check import Check, all_well, check_document, check_table
from jobs.errors import NoriaError, Unavailable

PROBLEM, UNREACHABLE = 1, 3

json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")


def wants_json(as_json: bool) -> bool:
    """Whether to answer in JSON: the command was told so, or `noria` was."""
    return as_json or bool(getattr(click.get_current_context().obj, "json", False))


def print_json(document: Any) -> None:
    """The answer as JSON, on one line."""
    click.echo(orjson.dumps(document).decode())


def print_checks(checks: Sequence[Check], as_json: bool) -> None:
    """Show the checks and end the command, with 1 if not all is well."""
    if wants_json(as_json):
        print_json(check_document(checks))
    else:
        click.echo(check_table(checks))
    click.get_current_context().exit(0 if all_well(checks) else 1)


def run_alone(command: click.Command) -> None:
    """Run a command without `noria`, as in an image of a worker, which has none: `python -m workers.cli_validate`."""
    try:
        command()
    except NoriaError as e:
        click.echo(e.message, err=True)
        sys.exit(UNREACHABLE if isinstance(e, Unavailable) else PROBLEM)
