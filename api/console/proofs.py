"""The counts of the last long runs that try to break what is promised, as tables of two columns."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "docs" / "proofs"  # where the sources are; an installed API has none
NOTE = "note"


@dataclass(frozen=True, slots=True)
class Tally:
    """What one part of a run counted: a name and a number or a word in each row. title: of the part, "" for the run itself."""

    title: str
    rows: tuple[tuple[str, int | float | str], ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """A long run, named as the `make` target that does it. notes: what is said about it."""

    name: str
    tallies: tuple[Tally, ...]
    notes: tuple[str, ...]


def proofs(folder: Path = FOLDER) -> tuple[Proof, ...]:
    """Every long run whose counts stand in the folder, by name; none where the folder is not."""
    return tuple(_proof(path) for path in sorted(folder.glob("*.json")))


def _proof(path: Path) -> Proof:
    found = json.loads(path.read_text(encoding="utf-8"))
    return Proof(path.stem, tuple(_tallies(found)), tuple(_notes(found)))


def _tallies(found: Mapping[str, Any], title: str = "") -> Iterator[Tally]:
    """What stands directly in `found`, then each part of it."""
    parts = {name: value for name, value in found.items() if isinstance(value, Mapping) and value}
    rows = tuple((_words(name), _shown(value)) for name, value in found.items() if name not in parts and name != NOTE)
    if rows:
        yield Tally(title, rows)
    for name, part in parts.items():
        yield from _tallies(part, f"{title}: {_words(name)}" if title else _words(name))


def _notes(found: Mapping[str, Any]) -> Iterator[str]:
    for name, value in found.items():
        if isinstance(value, Mapping):
            yield from _notes(value)
        elif name == NOTE:
            yield str(value)


def _shown(value: Any) -> int | float | str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, Mapping):
        return 0  # of a part that is empty, nothing was counted
    if isinstance(value, bool):  # which is an int to Python, and no count
        return "yes" if value else "no"
    return value if isinstance(value, int | float) else str(value)


def _words(name: str) -> str:
    return name.replace("_", " ")
