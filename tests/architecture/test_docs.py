"""The docs are in step with the code, and their links lead somewhere."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from deploy.docs import PAGES as GENERATED
from deploy.docs import noria
from jobs.catalog import find_kind
from tests.architecture.tree import ROOT

FILES = (*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md")
TOYS = {"words.count"}  # added by docs/adding-a-domain.md alone
WRITTEN = tuple(path.relative_to(ROOT) for path in FILES if path.name not in GENERATED)
PAGES = tuple(sorted(path.relative_to(ROOT) for path in FILES))


def understood(words: list[str]) -> bool:
    """Whether `noria` with these words is a command with options that it has; the toy domain's kind is understood too."""
    command: click.Command = noria()
    context = click.Context(command)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        if words[0] in TOYS:
            return True
        found = command.get_command(context, words[0])
        if not found:
            return words[0] == "KIND"
        command, words = found, words[1:]
    known = {option for parameter in command.get_params(context) for option in parameter.opts}
    return {word.partition("=")[0] for word in words if word.startswith("--")} <= known


def test_the_generated_docs_are_what_the_code_says(tmp_path: Path) -> None:
    plain = {**os.environ, "NORIA_HOME": str(tmp_path), "EXTRA_KINDS": ""}

    done = subprocess.run([sys.executable, "-m", "deploy.docs", "--check"], cwd=ROOT, env=plain, capture_output=True, text=True,
                          check=False)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_each_link_to_a_file_leads_to_a_file(page: Path) -> None:
    text = re.sub(r"```.*?```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = {link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link}

    missing = sorted(target for target in targets if target and not (ROOT / page).parent.joinpath(target).exists())

    assert missing == []


@pytest.mark.parametrize("page", WRITTEN, ids=str)
def test_each_make_target_that_a_page_names_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE))

    assert named <= targets


@pytest.mark.parametrize("page", WRITTEN, ids=str)
def test_each_noria_command_that_a_page_names_exists_with_its_options(page: Path) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    lines = re.findall(r"^(?:\S*/)?noria ([^#\n]*)|`noria ([^`\n]*)`", text, flags=re.MULTILINE)

    wrong = [command for line in lines for command in line if command and not understood(shlex.split(command))]

    assert wrong == []


def test_the_jobs_that_the_readme_submits_are_valid_by_the_catalog() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8").replace('\\"', '"').replace("$dataset", "a-dataset")
    bodies = [json.loads(body) for body in re.findall(r"""-d ['"](\{.*\})['"]""", text)]

    jobs = [body for body in bodies if "kind" in body]  # the others are corrections and the like

    assert jobs
    for body in jobs:
        find_kind(body["kind"]).params.model_validate_json(json.dumps(body["params"]))


def test_each_decision_record_has_the_same_three_parts() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))

    lacking = {path.name: [part for part in ("## Context", "## Decision", "## Consequences")
                           if part not in path.read_text(encoding="utf-8")] for path in records}

    assert records
    assert {name: parts for name, parts in lacking.items() if parts} == {}


def test_decision_records_are_numbered_without_a_clash() -> None:
    numbers = [path.name[:4] for path in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))]

    assert len(numbers) == len(set(numbers))
