"""Whether versions of detectors can be used: `python -m jobs.vision.loadable`, so that who asks needs none of the libraries.

Takes a line of JSON on standard input for each version (`Asked`), and answers each with a line (`Answer`).
"""

import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from jobs.context import ModelVersion
from jobs.errors import NoriaError
from jobs.vision.library import YOLO
from jobs.vision.package import checked_weights, read_card


class Asked(BaseModel):
    """A version with local copies of its files."""

    name: str
    version: int
    metadata: dict[str, Any]
    files: dict[str, Path]


class Answer(BaseModel):
    """problem: why the version cannot be used, or null."""

    name: str
    version: int
    problem: str | None


def problem_of(asked: Asked) -> str | None:
    """Why the weights cannot be used, or None: they are those that were trained, load safely, and know the card's classes."""
    found = ModelVersion(asked.name, asked.version, "vision", asked.metadata, asked.files)
    try:
        card = read_card(found)
        known = YOLO(str(checked_weights(found, card)), task="detect").names
    except NoriaError as e:
        return e.message
    except Exception as e:  # noqa: BLE001 - whatever loading raises is the answer
        return f"They do not load: {type(e).__name__}: {e}"
    if len(known) != len(card.classes):
        return f"They know {len(known)} classes, the model's card {len(card.classes)}."
    return None


def main() -> None:
    """Answer every line, until the input ends."""
    for line in sys.stdin:
        asked = Asked.model_validate_json(line)
        answer = Answer(name=asked.name, version=asked.version, problem=problem_of(asked))
        sys.stdout.write(answer.model_dump_json() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
