"""The generator of the docs' reference pages."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from api.cli import cli
from deploy import docs
from jobs.catalog import kinds
from jobs.errors import NoriaError
from jobs.settings import Settings


class Inner(BaseModel):
    """A part."""

    height: float = Field(gt=0, description="How high, in metres.")


class Outer(BaseModel):
    name: str = Field(description="What it is | called.")
    size: int | None = Field(3, ge=1, le=9, description="How big.")
    colour: str = Field("red", pattern="red|blue")
    parts: list[Inner] = Field(default_factory=list)


def test_the_jobs_page_shows_every_param_and_result_of_every_kind() -> None:
    page = docs.jobs_page()

    for kind in kinds().values():
        if kind.params.__module__.startswith("jobs."):
            assert f"## {kind.name}\n" in page
            assert all(f"| `{name}` |" in page for name in (*kind.params.model_fields, *kind.result.model_fields))


def test_the_configuration_page_shows_every_setting_with_its_meaning() -> None:
    page = docs.settings_page()

    for name, field in Settings.model_fields.items():
        assert f"| `{name.upper()}` |" in page
        assert (field.description or "").split(";")[0] in page


def test_the_errors_page_shows_every_code_of_the_tree() -> None:
    def codes(error: type[NoriaError]) -> set[str]:
        return {error.code}.union(*(codes(child) for child in error.__subclasses__() if child.__module__ == "jobs.errors"))

    page = docs.errors_page()

    assert all(f"| `{code}` |" in page for code in codes(NoriaError))


def test_the_command_line_page_shows_the_help_of_every_command() -> None:
    page = docs.cli_page()

    assert all(f"## noria {name}\n" in page for name in cli.commands)


def test_the_command_line_page_shows_commands_that_join_by_entry_point() -> None:
    declared = tomllib.loads((docs.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"].get("entry-points", {})
    page = docs.cli_page()

    assert all(f"## noria {name}\n" in page for name in declared.get("noria.commands", {}))


def test_a_table_keeps_bars_and_line_ends_inside_its_cells() -> None:
    assert docs.table(("a",), [["x | y\nz"]]) == "| a |\n|---|\n| x \\| y z |"


def test_fields_are_shown_with_type_limits_default_and_meaning() -> None:
    whole, inner = docs.schema_tables(Outer, "params")

    assert "| `name` | string | required | What it is \\| called. |" in whole
    assert "| `size` | integer, 1 to 9, or null | `3` | How big. |" in whole
    assert "| `parts` | list of `Inner` |  |  |" in whole
    assert inner.startswith("`Inner`: A part.")
    assert "| `height` | number, above 0 | required | How high, in metres. |" in inner


def test_pages_just_written_differ_in_nothing(tmp_path: Path) -> None:
    docs.write(tmp_path)

    assert docs.differences(tmp_path) == ""


def test_a_page_that_was_edited_by_hand_is_shown_as_a_diff(tmp_path: Path) -> None:
    docs.write(tmp_path)
    page = tmp_path / "errors.md"
    page.write_text(page.read_text(encoding="utf-8").replace("`not_found`", "`lost`"), encoding="utf-8")

    found = docs.differences(tmp_path)

    assert any(line.startswith("-") and "`lost`" in line for line in found.splitlines())
    assert any(line.startswith("+") and "`not_found`" in line for line in found.splitlines())


def test_a_page_that_is_missing_counts_as_a_difference(tmp_path: Path) -> None:
    docs.write(tmp_path)
    (tmp_path / "cli.md").unlink()

    assert "docs/cli.md" in docs.differences(tmp_path)


@pytest.mark.parametrize("option", ["--help"])
def test_the_generator_is_a_command_that_explains_itself(option: str) -> None:
    done = subprocess.run([sys.executable, "-m", "deploy.docs", option], cwd=Path(docs.__file__).parents[1],
                          capture_output=True, text=True, check=False)

    assert done.returncode == 0
    assert "--check" in done.stdout
