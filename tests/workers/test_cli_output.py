"""What the commands of the workers' side answer, in words and as JSON."""

import json

import click
import pytest
from click.testing import CliRunner

from api.cli_session import Session
from jobs.check import Check
from workers.cli_output import json_option, print_checks


@click.command()
@json_option
def look(as_json: bool) -> None:
    print_checks([Check("broker", True, "here"), Check("storage", False, "full", "make room")], as_json)


@pytest.mark.parametrize(("arguments", "session"), [(["--json"], None), ([], Session(json=True))])
def test_json_is_answered_wherever_it_was_asked_for(arguments: list[str], session: Session | None) -> None:
    result = CliRunner().invoke(look, arguments, obj=session)
    assert [check["ok"] for check in json.loads(result.stdout)["checks"]] == [True, False]
    assert result.exit_code == 1


def test_people_are_answered_in_lines() -> None:
    result = CliRunner().invoke(look, [], obj=Session())
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["ok", "broker", "here"], ["not", "storage", "full"], ["→", "make", "room"]]
