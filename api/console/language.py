"""The language of a page: chosen by its reader, else by the browser, of those in `translations/`; English is the source."""

from functools import cache
from pathlib import Path

from babel.support import NullTranslations, Translations
from flask import g, request

LANGUAGES = {"en": "English", "es": "Español"}
SOURCE = "en"
COOKIE = "noria_language"
FOLDER = Path(__file__).with_name("translations")


def language() -> str:
    """The present request's language, one of LANGUAGES."""
    if "language" not in g:
        chosen = request.cookies.get(COOKIE)
        g.language = chosen if chosen in LANGUAGES else request.accept_languages.best_match(list(LANGUAGES), SOURCE)
    return str(g.language)


def gettext(message: str) -> str:
    """`message` in the present request's language."""
    return gettext_in(language(), message)


def gettext_in(code: str, message: str) -> str:
    """`message` in the language of that code."""
    return str(_translations(code).ugettext(message))


def ngettext(singular: str, plural: str, count: int) -> str:
    """One of two messages by `count`, in the present request's language."""
    return str(_translations(language()).ungettext(singular, plural, count))


def marked(message: str) -> str:
    """`message` itself, found by the extraction; it is translated where it is shown."""
    return message


@cache
def _translations(code: str) -> NullTranslations:
    return NullTranslations() if code == SOURCE else Translations.load(FOLDER, [code], domain="console")
