"""What is usual in a country, by the Unicode CLDR."""

from babel import Locale, UnknownLocaleError
from babel.numbers import get_decimal_symbol

from storage.convention import CHARACTERS, Mark


def usual_mark(country: str) -> Mark | None:
    """The mark before decimals in the main language of a country (ISO 3166 alpha-2); None where it is not known or neither."""
    try:
        symbol = get_decimal_symbol(Locale.parse(f"und_{country}"))
    except (UnknownLocaleError, ValueError):
        return None
    return next((mark for mark, written in CHARACTERS.items() if written == symbol), None)
