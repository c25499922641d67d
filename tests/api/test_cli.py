"""The root of the `noria` command: exit codes, errors in words and in JSON, commands that join."""

import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from api.cli import INTERRUPTED, PROBLEM, UNREACHABLE, Noria, cli
from tests.api.conftest import KEY, Api
from tests.api.served import answer, run, served
from tests.architecture.tree import ROOT, python_files
from tests.services import free_port


def test_without_a_command_it_lists_all_of_them() -> None:
    listed = run("", "--help").stdout

    for name in ("submit", "watch", "list", "show", "cancel", "retry", "upload", "kinds", "company", "artifacts", "settings", "doctor"):
        assert f"\n  {name} " in listed


def test_every_command_that_a_sentence_names_is_there() -> None:
    named = {match for path in python_files("api", "jobs", "storage", "tracking", "workers", "deploy")
             for match in re.findall(r"`noria ([a-z][a-z-]+)((?: [a-z-]+(?=[` ]))?)", (ROOT / path).read_text(encoding="utf-8"))}
    context = click.Context(cli)

    assert len(named) > 10
    for name, rest in named:
        command = cli.get_command(context, name)
        assert command, name
        if isinstance(command, click.Group) and rest and "--" not in rest:
            assert command.get_command(context, rest.strip()), (name, rest)


def test_an_api_that_does_not_answer_exits_with_three_and_says_what_to_do() -> None:
    result = run(f"http://127.0.0.1:{free_port()}", "list")

    assert result.exit_code == UNREACHABLE == 3
    assert "make up" in result.stderr
    assert result.stdout == ""


def test_a_problem_exits_with_one_and_names_the_fields(api: Api) -> None:
    with served(api.app) as url:
        result = run(url, "submit", "test.work", "--seconds", "-1")

    assert result.exit_code == PROBLEM == 1
    assert "params.seconds: " in result.stderr


def test_a_problem_is_json_on_standard_output_where_json_was_asked_for(api: Api) -> None:
    with served(api.app) as url:
        result = run(url, "show", "there-is-none", "--json")

    assert answer(result)["error"]["code"] == "not_found"
    assert result.exit_code == PROBLEM


@pytest.mark.parametrize("arguments", [["nonsense"], ["show"], ["list", "--limit", "0"], ["submit", "no.such.kind"], ["--nonsense"]])
def test_wrong_usage_exits_with_two(arguments: list[str]) -> None:
    assert run("http://127.0.0.1:1", *arguments).exit_code == 2


def test_a_key_is_taken_from_the_option_or_the_environment(make_api) -> None:
    api = make_api(API_KEYS=KEY)
    with served(api.app) as url:
        assert run(url, "list").exit_code == PROBLEM
        assert run(url, "list", "--key", KEY).exit_code == 0
        assert run(url, "list", NORIA_API_KEY=KEY).exit_code == 0


def test_an_interrupt_exits_with_the_code_that_shells_know() -> None:
    group = Noria("noria")

    @group.command()
    def wait() -> None:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as ended:
        group.main(["wait"])

    assert ended.value.code == INTERRUPTED == 130


def test_commands_of_other_packages_join_by_their_entry_point(tmp_path: Path) -> None:
    site = tmp_path / "site"
    info = site / "guest-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: guest\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[noria.commands]\nguest = guest:hello\n", encoding="utf-8")
    (site / "guest.py").write_text(
        "import click\n@click.command()\ndef hello():\n    'Say hello.'\n    click.echo('hello from a guest')\n", encoding="utf-8")
    code = f"import sys; sys.path.insert(0, {str(site)!r}); from api.cli import main; sys.argv = ['noria', *sys.argv[1:]]; main()"

    done = subprocess.run([sys.executable, "-c", code, "guest"], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])

    assert done.stdout == "hello from a guest\n"


def test_the_command_needs_no_machine_learning_library() -> None:
    code = ("import sys, api.cli; print([m for m in ('numpy', 'pandas', 'polars', 'xgboost', 'prophet', 'torch', 'mlflow') "
            "if m in sys.modules])")

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])

    assert json.loads(done.stdout.replace("'", '"')) == []


def test_every_command_that_ends_a_path_takes_the_shared_options() -> None:
    def leaves(command: click.Command, context: click.Context):
        if not isinstance(command, click.Group):
            yield command
            return
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found
            yield from leaves(found, click.Context(found, parent=context))

    own = [c for c in leaves(cli, click.Context(cli)) if (c.callback.__module__ if c.callback else "").startswith("api.")]

    assert len(own) > 15
    assert [c.name for c in own if {"--json", "--api", "--key"} - {o for p in c.params for o in p.opts}] == []
