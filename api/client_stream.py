"""Server-sent events, read line by line (the HTML standard, section 9.2)."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class StreamedEvent:
    """One event of a job, as in the JSON form: `id`, `type`, `attempt`, `at` (RFC 3339) and its `data`."""

    id: str
    type: str
    attempt: int
    at: str
    data: dict[str, Any]


def parse_events(lines: Iterable[bytes]) -> Iterator[StreamedEvent]:
    """The whole events in a stream; one that the connection's end has cut is dropped, to be sent again."""
    fields: dict[str, str] = {}
    for line in lines:
        text = line.decode().rstrip("\r\n")
        if text:
            name, _, value = text.partition(":")
            fields[name] = f"{fields[name]}\n{value[1:]}" if name == "data" and name in fields else value.removeprefix(" ")
        elif "data" in fields:
            data = json.loads(fields["data"])
            attempt, at = data.pop("attempt"), data.pop("at")
            yield StreamedEvent(id=fields["id"], type=fields["event"], attempt=attempt, at=at, data=data)
            fields = {}
        else:
            fields = {}
