"""One fan out of the artifact `fans.jsonl` (see jobs/forecasting/fans.py), and the articles that a search finds there.

The file is read as a stream and only the lines that are asked for are parsed, since it may have a million numbers.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from jobs.record import Artifact
from storage.object_store import ObjectStore

NAME = "fans.jsonl"
FOUND_AT_MOST = 20
NUMBERS = b',"sold":'  # before it a line has words only
TOTAL = "total:"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that has a fan. `key` finds it again: `total:`, `group:<name>` or `item:<code>`."""

    key: str
    name: str
    code: str = ""
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Fan:
    """What is drawn: periods, those that were sold first, and the numbers of each; see the artifact. events: inside of them."""

    entry: Entry
    frequency: str
    starts: tuple[str, ...]
    sold: tuple[float | None, ...]
    mean: tuple[float, ...]
    bands: dict[str, list[list[float]]]
    events: list[list[str]]

    @property
    def ahead(self) -> tuple[str, ...]:
        """First days of the periods that are forecast."""
        return self.starts[len(self.sold):]


@dataclass(frozen=True, slots=True)
class Found:
    """fan: what was asked for, else the first article that the search finds, else the total. entries: what a list offers.

    cut: the search finds more than `entries`. missing: what was asked for is not there.
    """

    fan: Fan
    entries: tuple[Entry, ...]
    groups: tuple[Entry, ...]
    items: int
    cut: bool
    missing: bool


def find_fans(objects: ObjectStore, artifact: Artifact, *, key: str = "", query: str = "") -> Found:
    """Read the artifact once. Without a query the articles that sold most are offered. Raises NotFound if its bytes are gone."""
    lines = _lines(objects, artifact)
    head = orjson.loads(next(lines))
    wanted, asked = folded(query), key or ("" if query else TOTAL)
    entries: list[Entry] = []
    chosen = total = first = None
    cut = False
    for line in lines:
        words = _words(line)
        entry = _entry(words)
        total = total or line
        if entry.key == asked:
            chosen = line
        if words["kind"] == "total" or (wanted and wanted not in folded(f"{entry.name} {entry.code}")):
            continue
        if wanted or words["kind"] == "item":
            first = first or line
            cut = cut or len(entries) == FOUND_AT_MOST
            entries += [entry] if len(entries) < FOUND_AT_MOST else []
        if cut and (chosen or not asked):
            break
    shown = chosen or (first if wanted else None) or total
    assert shown is not None
    groups = tuple(Entry(f"group:{name}", name) for name in head["groups"])
    return Found(_fan(head, shown), tuple(entries), groups, head["items"], cut, bool(asked) and chosen is None)


def knows_future(objects: ObjectStore, artifact: Artifact) -> bool:
    """Whether the artifact has forecasts, and not the history alone. Raises NotFound if its bytes are gone."""
    lines = _lines(objects, artifact)
    next(lines)
    return bool(orjson.loads(next(lines))["mean"])


def folded(text: str) -> str:
    """The text as it is searched: without accents and case."""
    plain = unicodedata.normalize("NFKD", text.strip())
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


def _fan(head: dict[str, Any], line: bytes) -> Fan:
    """The fan of a line, with the periods that it has: an article that is new has fewer."""
    found = orjson.loads(line)
    starts = tuple(head["starts"][-len(found["sold"]) - len(found["mean"]):])
    events = [event for event in head["events"] if event[1] >= starts[0]]
    return Fan(_entry(found), head["frequency"], starts, tuple(found["sold"]), tuple(found["mean"]), found["bands"], events)


def _entry(words: dict[str, Any]) -> Entry:
    kind, code = words["kind"], words["code"]
    return Entry(f"{kind}:{code}", words["name"] or code, code if kind == "item" else "", words["group"])


def _words(line: bytes) -> dict[str, Any]:
    words: dict[str, Any] = orjson.loads(line[:line.find(NUMBERS)] + b"}")
    return words


def _lines(objects: ObjectStore, artifact: Artifact) -> Iterator[bytes]:
    rest = b""
    for piece in objects.stream(artifact.key):
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
