"""One fan out of a file of many, and what a search finds there."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from api.console.fan_file import FOUND_AT_MOST, Entry, Found, find_fans, knows_future
from jobs.errors import NotFound
from jobs.record import Artifact
from storage.object_store import ObjectStore
from storage.objects import open_store

FILE = Artifact("fans.jsonl", "a/fans.jsonl", 0, "", "application/x-ndjson")
STARTS = ["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"]
EVENTS = [["2024-01-01", "2024-01-01", "Año Nuevo"], ["2024-03-01", "2024-03-01", "promo"]]


def line(kind: str, code: str, name: str | None = None, group: str | None = None, sold: Any = (1.0, 2.0, 3.0),
         mean: Any = (4.0,)) -> dict[str, Any]:
    bands = {"80": [[m - 1 for m in mean], [m + 1 for m in mean]]} if mean else {}
    return {"kind": kind, "code": code, "name": name, "group": group, "sold": sold, "mean": mean, "bands": bands}


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    return open_store((tmp_path / "objects").as_uri())


def put(objects: ObjectStore, *lines: dict[str, Any], groups: tuple[str, ...] = ("Frenos",)) -> None:
    head = {"frequency": "month", "starts": STARTS, "items": len(lines), "groups": groups, "events": EVENTS}
    objects.put(FILE.key, b"".join(orjson.dumps(document) + b"\n" for document in (head, *lines)))


def shop(objects: ObjectStore) -> None:
    put(objects, line("total", ""), line("group", "Frenos"), line("item", "A-1", "Bujía", "Motor"),
        line("item", "A-2", '"sold": "quoted"', "Frenos", sold=(3.0,)), line("item", "A-10", None))


def keys(found: Found) -> list[str]:
    return [entry.key for entry in found.entries]


def test_the_total_is_shown_first_with_the_largest_articles_to_choose(objects: ObjectStore) -> None:
    shop(objects)
    found = find_fans(objects, FILE)
    assert (found.fan.entry.key, found.fan.sold, found.fan.mean, found.fan.ahead) == ("total:", (1.0, 2.0, 3.0), (4.0,), ("2024-04-01",))
    assert found.fan.bands == {"80": [[3.0], [5.0]]}
    assert found.groups == (Entry("group:Frenos", "Frenos"),)
    assert keys(found) == ["item:A-1", "item:A-2", "item:A-10"]
    assert (found.items, found.cut, found.missing) == (5, False, False)


def test_an_article_is_found_by_its_key_with_its_own_periods(objects: ObjectStore) -> None:
    shop(objects)
    fan = find_fans(objects, FILE, key="item:A-2").fan
    assert fan.entry == Entry("item:A-2", '"sold": "quoted"', "A-2", "Frenos")
    assert (fan.starts, fan.sold, fan.ahead) == (("2024-03-01", "2024-04-01"), (3.0,), ("2024-04-01",))
    assert fan.events == [EVENTS[1]]


def test_a_search_takes_name_or_code_without_accents_and_case(objects: ObjectStore) -> None:
    shop(objects)
    assert keys(find_fans(objects, FILE, query="BUJIA")) == ["item:A-1"]
    assert keys(find_fans(objects, FILE, query="a-1")) == ["item:A-1", "item:A-10"]
    assert keys(find_fans(objects, FILE, query="fren")) == ["group:Frenos"]
    assert find_fans(objects, FILE, query="a-10").fan.entry.name == "A-10"


def test_a_search_that_finds_nothing_shows_the_total(objects: ObjectStore) -> None:
    shop(objects)
    found = find_fans(objects, FILE, query="nothing such")
    assert (keys(found), found.fan.entry.key, found.missing) == ([], "total:", False)


def test_what_was_chosen_stays_beside_a_search(objects: ObjectStore) -> None:
    shop(objects)
    found = find_fans(objects, FILE, key="item:A-1", query="a-10")
    assert (found.fan.entry.key, keys(found)) == ("item:A-1", ["item:A-10"])


def test_what_is_not_there_is_said_and_the_total_shown(objects: ObjectStore) -> None:
    shop(objects)
    found = find_fans(objects, FILE, key="item:gone")
    assert (found.missing, found.fan.entry.key) == (True, "total:")


def test_of_many_articles_some_are_offered(objects: ObjectStore) -> None:
    put(objects, line("total", ""), *(line("item", f"A-{n}") for n in range(FOUND_AT_MOST + 1)), groups=())
    found = find_fans(objects, FILE)
    assert (len(found.entries), found.cut) == (FOUND_AT_MOST, True)
    assert find_fans(objects, FILE, key=f"item:A-{FOUND_AT_MOST}").fan.entry.code == f"A-{FOUND_AT_MOST}"
    assert not find_fans(objects, FILE, query="a-1").cut


def test_a_file_larger_than_a_piece_of_the_stream_is_read_whole(objects: ObjectStore) -> None:
    long = [float(n) for n in range(100_000)]
    put(objects, line("total", ""), *(line("item", f"A-{n}", sold=long) for n in range(6)), groups=())
    assert find_fans(objects, FILE, key="item:A-5").fan.sold[-1] == 99_999


def test_whether_the_future_is_known_stands_in_the_total(objects: ObjectStore) -> None:
    shop(objects)
    assert knows_future(objects, FILE)
    put(objects, line("total", "", mean=()))
    assert not knows_future(objects, FILE)
    assert find_fans(objects, FILE).fan.ahead == ()


def test_bytes_that_are_gone_are_not_found(objects: ObjectStore) -> None:
    with pytest.raises(NotFound):
        find_fans(objects, FILE)
