"""A tax number as people write it."""

import re

SEPARATORS = re.compile(r"[\s.]+|\s*[-\u2010\u2011\u2013]\s*(?=[0-9]\s*$)")


def digits_of(written: str) -> str:
    """The number without spaces, dots and the hyphen before its check digit: `900.123.456-7` is 9001234567. Else as it is."""
    return SEPARATORS.sub("", written)
