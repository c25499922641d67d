"""What each Lua script says of itself, and the Redis key map at the head of common.lua."""

import re
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

FOLDER = ROOT / "storage" / "lua"
COMMON = FOLDER / "common.lua"
SCRIPTS = tuple(sorted(path for path in FOLDER.glob("*.lua") if path != COMMON))
KEY_PART = re.compile(r"P \.\. '([a-z_:]+)'")


def head(path: Path) -> str:
    """The comment lines that a script starts with."""
    lines = path.read_text(encoding="utf-8").splitlines()
    end = next((n for n, line in enumerate(lines) if not line.startswith("--")), len(lines))
    return "\n".join(lines[:end])


def documented_keys() -> set[str]:
    """First part of each key in the map, without `noria:` and what varies: `job`, `jobs`, `waiting`, …"""
    return set(re.findall(r"noria:([a-z_]+)", head(COMMON)))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_each_script_says_what_it_takes_and_gives(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert "ARGV:" in head(path) or "ARGV[" not in text
    assert "Gives" in head(path) or not re.search(r"^return \S", text, flags=re.MULTILINE)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_each_script_documents_every_argument_it_reads(path: Path) -> None:
    used = {int(n) for n in re.findall(r"ARGV\[(\d+)\]", path.read_text(encoding="utf-8"))}
    named = head(path).partition("ARGV:")[2].partition("Gives")[0].count(",") + 1

    assert max(used, default=0) <= named


@pytest.mark.parametrize("path", [COMMON, *SCRIPTS], ids=lambda path: path.stem)
def test_each_key_that_a_script_touches_stands_in_the_key_map(path: Path) -> None:
    touched = {part.partition(":")[0] for part in KEY_PART.findall(path.read_text(encoding="utf-8"))}

    assert touched <= documented_keys()


def test_each_key_of_the_map_is_used_by_the_scripts_or_the_store() -> None:
    sources = [*FOLDER.glob("*.lua"), *FOLDER.parent.glob("*.py")]
    lines = [line for path in sources for line in path.read_text(encoding="utf-8").splitlines()]
    code = "\n".join(line for line in lines if not line.startswith("--"))

    unused = {key for key in documented_keys() if not re.search(rf"['\":}}]{key}\b", code)}

    assert unused == set()
