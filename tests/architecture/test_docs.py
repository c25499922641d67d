"""The docs are in step with the code, and their links lead somewhere."""

import json
import os
import re
import shlex
import struct
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
import polars as pl
import pytest

from deploy.docs import PAGES as GENERATED
from deploy.docs import noria
from jobs.catalog import find_kind
from storage.columns import SYNONYMS, TableType, folded, known
from storage.inspect import inspect_file
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
    options = {option for parameter in command.get_params(context) for option in parameter.opts}
    return {word.partition("=")[0] for word in words if word.startswith("--")} <= options


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


def test_no_command_in_a_block_of_the_readme_waits_for_somebody_to_fill_in_a_word() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    commands = re.findall(r"^noria ([^#\n]*)", "".join(blocks), flags=re.MULTILINE)

    assert len(commands) > 10
    assert [command for command in commands if re.search(r"(?<!\S)[A-Z][A-Z_]+(?!\S)", command)] == []


def test_the_jobs_that_the_readme_submits_are_valid_by_the_catalog() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8").replace('\\"', '"').replace("$dataset", "a-dataset")
    bodies = [json.loads(body) for body in re.findall(r"""-d ['"](\{.*\})['"]""", text)]

    jobs = [body for body in bodies if "kind" in body]  # the others are corrections and the like

    assert jobs
    for body in jobs:
        find_kind(body["kind"]).params.model_validate_json(json.dumps(body["params"]))


def block(page: str, begin: str, end: str) -> str:
    """What stands on a page between the lines `begin` and `end`."""
    return (ROOT / page).read_text(encoding="utf-8").partition(f"{begin}\n")[2].partition(f"\n{end}\n")[0] + "\n"


def sample(text: str, type_: TableType, folder: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The table that a sample file becomes, and its profile."""
    (folder / "sample.csv").write_text(text, encoding="utf-8")
    profile = inspect_file(folder / "sample.csv", folder, type_=type_, mapping={}, max_rows=10_000, max_bytes=1 << 20)
    return pl.read_parquet(folder / "table.parquet"), profile


def test_the_readmes_sales_end_yesterday_and_have_what_budgets_and_categories_need(tmp_path: Path) -> None:
    yesterday = datetime.now().astimezone().date() - timedelta(days=1)
    script = block("README.md", "python3 - > sales.csv <<'END'", "END")
    made = subprocess.run([sys.executable, "-"], input=script, capture_output=True, text=True, check=True).stdout
    sales, profile = sample(made, "sales", tmp_path)
    stock, _ = sample(block("README.md", "cat > stock.csv <<'END'", "END"), "stock", tmp_path)

    assert (profile["frequency"], profile["period_sums"], profile["series"], sales.null_count().row(0)) == ("day", False, 3, (0,) * 7)
    assert {"item_name", "category", "unit_price", "unit_cost"} <= set(sales.columns)
    assert timedelta() <= yesterday - sales["date"].max() <= timedelta(days=1)  # type: ignore[operator]  # polars: any value
    assert set(stock["item"]) == set(sales["item"])


def test_the_samples_of_sales_and_stock_on_the_buyers_page_are_taken_as_they_stand(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "forecasting.md").read_text(encoding="utf-8")
    types: tuple[TableType, ...] = ("sales", "stock")
    texts = re.findall(r"```csv\n(.*?)```", page, flags=re.DOTALL)
    sales, stock = (sample(text, type_, tmp_path)[0] for text, type_ in zip(texts, types, strict=True))

    assert sales["item"].to_list() == ["00123", "B-200", "00123"]
    assert sales["quantity"].to_list() == [420, 1500, -5]
    assert stock["on_hand"].to_list() == [60, 0, 14]


def test_the_spanish_headings_on_the_buyers_page_are_read_as_it_says() -> None:
    page = (ROOT / "docs" / "forecasting.md").read_text(encoding="utf-8")
    tables = [table.partition("\n\n")[0] for table in page.split("| column | in Spanish |")[1:]]
    for type_, table in zip(("sales", "stock"), tables, strict=True):
        rows = [[re.findall(r"`([^`]+)`", cell) for cell in line.split("|")[1:3]] for line in table.splitlines()[2:]]
        assert sorted(name for names, _ in rows for name in names) == sorted(known(type_))
        for names, headings in rows:
            for heading in headings:
                assert any(folded(heading) in map(folded, SYNONYMS[name]) for name in names), heading


def test_the_words_that_the_buyers_page_explains_are_those_of_the_results() -> None:
    table = (ROOT / "docs" / "forecasting.md").read_text(encoding="utf-8").partition("## What the words mean")[2].partition("\n## ")[0]
    explained = set(re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE))
    schemas = [find_kind(name).result.model_json_schema() for name in ("forecasting.train", "forecasting.recommend")]
    fields = {field for schema in schemas for part in (schema, *schema["$defs"].values()) for field in part.get("properties", {})}

    assert len(explained) >= 14
    assert explained <= fields | {"imapa", "ensemble"}


def test_each_decision_record_has_the_same_three_parts() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))

    lacking = {path.name: [part for part in ("## Context", "## Decision", "## Consequences")
                           if part not in path.read_text(encoding="utf-8")] for path in records}

    assert records
    assert {name: parts for name, parts in lacking.items() if parts} == {}


def test_decision_records_are_numbered_without_a_clash() -> None:
    numbers = [path.name[:4] for path in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))]

    assert len(numbers) == len(set(numbers))


def test_the_pictures_of_the_readme_are_small() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))

    assert len(pictures) == 3
    for picture in pictures:
        content = (ROOT / picture).read_bytes()
        width, height = struct.unpack(">II", content[16:24])  # a PNG's first chunk
        assert content.startswith(b"\x89PNG")
        assert len(content) < 200_000, picture
        assert width <= 1280, picture
        assert height <= 860, picture
