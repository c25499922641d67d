"""Text that a spreadsheet would take for a formula, made harmless: the one rule of every table that people are given."""

import re

# Excel, LibreOffice and Google Sheets take a cell that begins so for a formula, also where it came from a CSV. Where the comma is
# the decimal mark, they begin a new cell of a CSV at each semicolon. Source: OWASP, CSV Injection.
STARTS = r"=+\-@\t\r\n＝＋－＠"
FORMULA = rf"(^|[;\t\r\n])([{STARTS}])"
MARKED = rf"(^|[;\t\r\n])'(?=[{STARTS}])"


def harmless(text: str) -> str:
    """`text` with a ' before each part of it that a spreadsheet would take for a formula."""
    return re.sub(FORMULA, r"\1'\2", text)


def as_written(text: str) -> str:
    """The reverse of `harmless`; a ' that was there before is lost."""
    return re.sub(MARKED, r"\1", text) if "'" in text else text
