"""`python -m deploy.translations write|check`: the console's strings in its other languages, as gettext has them.

`write` finds the strings, merges them into each language's console.po and compiles console.mo; what is new stands there empty,
for a person to fill in. `check` fails for a string that is missing, empty or doubtful, and for a .mo that is old.
"""

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from api.console.forms import form_fields
from api.console.sentences import lines
from jobs.catalog import kinds
from jobs.errors import NoriaError

FOLDER = Path(__file__).resolve().parents[1] / "api" / "console"
LANGUAGES = ("es",)
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext.babel_extract")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "marked": None}


def found() -> Catalog:
    """Every string that the sources have."""
    catalog = Catalog(fuzzy=False)
    options = {"templates/**.html": {"silent": "false", "trimmed": "true"}}
    for filename, line, message, comments, context in extract_from_dir(str(FOLDER), METHODS, options, KEYWORDS):
        catalog.add(message, locations=[(f"api/console/{filename}", line)], auto_comments=comments, context=context)
    for title in error_titles():
        catalog.add(title, locations=[("jobs/errors.py", 0)])
    for line in lines():
        catalog.add(line, locations=[("api/console/sentences.txt", 0)])
    for text in words_of_kinds():
        catalog.add(text, locations=[("jobs/kinds", 0)])
    return catalog


def words_of_kinds() -> Iterator[str]:
    """What the forms of the own kinds say: each kind's summary, and its params' names, units and descriptions."""
    for kind in kinds().values():
        if kind.params.__module__.startswith("jobs."):  # and not by EXTRA_KINDS
            yield kind.summary
            for field in form_fields(kind):
                yield from (text for text in (field.name, field.unit, field.description) if text)


def error_titles() -> Iterator[str]:
    """The title of every error class, which error pages show."""
    yield NoriaError.title
    for error in NoriaError.__subclasses__():
        yield from _titles(error)


def _titles(error: type[NoriaError]) -> Iterator[str]:
    yield error.title
    for below in error.__subclasses__():
        yield from _titles(below)


def po_file(language: str) -> Path:
    """Where a language's strings are."""
    return FOLDER / "translations" / language / "LC_MESSAGES" / "console.po"


def merged(language: str) -> Catalog:
    """The strings of the sources with what the language has for them, those that are gone left out."""
    path = po_file(language)
    have = read_po(io.BytesIO(path.read_bytes()), locale=language) if path.exists() else Catalog(locale=language)
    catalog = Catalog(locale=language, fuzzy=False)
    for message in found():
        if message.id:
            known = have.get(message.id, message.context)
            catalog.add(message.id, known.string if known else None, locations=sorted({(f, 0) for f, _ in message.locations}),
                        flags=known.flags if known else (), context=message.context)
    return catalog


def compiled(catalog: Catalog) -> bytes:
    """The .mo of a catalog; its dates are fixed, so that the same strings make the same file."""
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    target = io.BytesIO()
    write_mo(target, catalog)
    return target.getvalue()


def source(catalog: Catalog) -> bytes:
    """The .po of a catalog, without dates and line numbers, which would differ from run to run."""
    target = io.BytesIO()
    write_po(target, catalog, width=120, sort_output=True, include_lineno=False, omit_header=True)
    return b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: ' + \
        catalog.plural_forms.encode() + b'\\n"\n\n' + target.getvalue().strip() + b"\n"


def incomplete(message: Message) -> bool:
    """Whether a message has no string, or a doubtful one."""
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return bool(message.id) and (message.fuzzy or not all(strings))


def problems(language: str) -> list[str]:
    """What is wrong with a language, each in a sentence."""
    catalog, path = merged(language), po_file(language)
    wrong = [f"{path.name} ({language}) lacks {message.id!r}." for message in catalog if incomplete(message)]
    if not path.exists() or path.read_bytes() != source(catalog):
        wrong.append(f"{path.name} ({language}) is not in step with the sources.")
    mo = path.with_suffix(".mo")
    if not mo.exists() or mo.read_bytes() != compiled(read_po(io.BytesIO(source(catalog)), locale=language)):
        wrong.append(f"{mo.name} ({language}) is not in step with {path.name}.")
    return wrong


def write(language: str) -> None:
    """Bring a language's files in step with the sources."""
    path = po_file(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = source(merged(language))
    path.write_bytes(content)
    path.with_suffix(".mo").write_bytes(compiled(read_po(io.BytesIO(content), locale=language)))


def main() -> int:
    """`write` or `check`; 1 if something is wrong."""
    if sys.argv[1:] == ["write"]:
        for language in LANGUAGES:
            write(language)
    wrong = [problem for language in LANGUAGES for problem in problems(language)]
    for problem in wrong:
        print(problem)
    if wrong:
        print("Run `make translations`, and fill in what is empty.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
