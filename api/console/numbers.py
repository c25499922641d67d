"""Numbers as people type them, read by the rules of the page's language, and never as another number than they meant."""

import re
from decimal import Decimal

from babel.numbers import NumberFormatError, parse_decimal

TYPED = re.compile(r"-?[0-9][0-9.,]*")


def read_number(text: str, language: str) -> Decimal | None:
    """The number, or None for what is none in that language: `1.000` is a thousand in Spanish, and `12.5` nothing."""
    plain = text.strip().replace("−", "-")
    if not TYPED.fullmatch(plain):
        return None
    try:
        return parse_decimal(plain, locale=language, strict=True)
    except NumberFormatError:
        return None
