"""What the system says in English, in the language of the page.

Jobs, stores and `/v1` speak English. `sentences.txt` has what they say to people, a sentence a line: `{name}` stands for a value,
which is kept (`{n}`: a number, `{word}`: a word; `{field}`: a field, as pages call it), and `{+name}` for a part that is itself
looked up, or for nothing. What is not there is shown as it was said.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from babel.numbers import format_decimal, get_decimal_symbol

from api.console.field_words import column_in, plain_fields
from api.console.language import SOURCE, gettext_in, language

FILE = Path(__file__).with_name("sentences.txt")
HOLE = re.compile(r"\{(\+?)(\w+)\}")
GROUPED, DECIMAL = re.compile(r"-?\d{1,3}(,\d{3})+"), re.compile(r"-?\d+\.\d+")
HOLES = {"n": r"(-?[\d.,]*\d)", "word": r"(\w+)", "field": r"((?:[^:]|:(?! ))+)"}  # what holes of a certain name take
ENDS = re.compile(r"[.?…] ")
LONGEST = 2000  # characters that are looked at
DEEPEST = 6  # parts in parts
MOST_ENDS = 4  # of sentences in a text


@dataclass(frozen=True, slots=True)
class Sentence:
    """A line of the file. `parts` stand between its values, the longest first."""

    text: str
    pattern: re.Pattern[str]
    parts: tuple[str, ...]


def said(text: str) -> str:
    """`text` in the language of the page, as far as it is known."""
    return said_in(language(), text)


def said_in(code: str, text: str) -> str:
    """`text` in a language, as far as it is known."""
    plain = plain_fields(code, text)
    return plain if code == SOURCE or len(text) > LONGEST else _found(code, plain)[0]


def lines() -> tuple[str, ...]:
    """The sentences as they stand in the file."""
    found = FILE.read_text(encoding="utf-8").splitlines()
    return tuple(line for line in found if line and not line.startswith("#"))


def constants(line: str) -> tuple[str, ...]:
    """What stands between the values of a sentence."""
    return tuple(HOLE.sub("\0", line).split("\0"))


@cache
def _sentences() -> tuple[Sentence, ...]:
    """The sentences with values."""
    made = []
    for line in lines():
        parts = constants(line)
        if len(parts) > 1:
            holes = (HOLES.get(hole[2]) or ("(.*?)" if hole[1] else "(.+?)") for hole in HOLE.finditer(line))
            pattern = re.escape(parts[0]) + "".join(hole + re.escape(part) for hole, part in zip(holes, parts[1:], strict=True))
            made.append(Sentence(line, re.compile(pattern, re.DOTALL), tuple(sorted(parts, key=len, reverse=True))))
    return tuple(made)


@lru_cache(maxsize=8192)
def _found(code: str, text: str, depth: int = 0) -> tuple[str, int]:
    """The translation that leaves least of a text as it was said, and how many characters that are."""
    bare = text.strip()
    known = gettext_in(code, bare) if bare else bare
    if known != bare:
        return text.replace(bare, known, 1), 0
    readings = [(text, len(bare))]
    if bare and depth < DEEPEST:
        readings += ((text.replace(bare, shown, 1), left) for shown, left in _readings(code, bare, depth + 1))
    return min(readings, key=lambda reading: reading[1])


def _readings(code: str, text: str, depth: int) -> Iterator[tuple[str, int]]:
    """What the sentences that fit make of a text, and what two texts one after the other do."""
    for sentence in _sentences():
        found = sentence.pattern.fullmatch(text) if all(part in text for part in sentence.parts) else None
        if found:
            parts = {hole[0]: _found(code, value, depth) if hole[1] else (_value(code, hole[2], value), len(value))
                     for hole, value in zip(HOLE.finditer(sentence.text), found.groups(), strict=True)}
            yield _put(parts, gettext_in(code, sentence.text)), sum(left for _, left in parts.values())
    for end in [found.end() for found in ENDS.finditer(text)][:MOST_ENDS]:
        first, rest = _found(code, text[:end - 1], depth), _found(code, text[end:], depth)
        yield f"{first[0]} {rest[0]}", first[1] + rest[1]


def _put(parts: dict[str, tuple[str, int]], text: str) -> str:
    """A text with the parts in their places."""
    return HOLE.sub(lambda hole: parts[hole[0]][0], text)


def _value(code: str, hole: str, value: str) -> str:
    """A value, with the language's signs if it is a number, and its name for a column that is a `field`."""
    if hole == "field":
        return column_in(code, value)
    if GROUPED.fullmatch(value):
        return str(format_decimal(int(value.replace(",", "")), locale=code))
    return value.replace(".", get_decimal_symbol(code)) if DECIMAL.fullmatch(value) else value
