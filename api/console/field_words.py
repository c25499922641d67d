"""What the fields of requests and the columns of files are called on the pages; `/v1` keeps their own names."""

import re

from api.console.forecast_words import COLUMNS
from api.console.language import gettext_in, marked

TERMS = {"months": marked("Has to last"), "review_period_days": marked("Has to last"), "service_level": marked("Service level"),
         "lead_time_days": marked("Lead time"), "budget": marked("Budget")}
PATH = re.compile(r"\b(params|mapping|file)\.(?:row (?P<row>\d+)(?:\.|\b))?(?P<name>[a-z_]*)")


def column_in(code: str, name: str) -> str:
    """What a canonical column is called in a language; any other name as it is."""
    return gettext_in(code, COLUMNS[name]) if name in COLUMNS else name


def plain_fields(code: str, text: str) -> str:
    """`text` with the paths of fields in it as a language calls them: `file.row 19.quantity` is `row 19, Quantity sold`."""
    return PATH.sub(lambda path: _called(code, path), text)


def _called(code: str, path: re.Match[str]) -> str:
    name, row = path["name"], path["row"]
    if path[1] == "params":
        return gettext_in(code, TERMS[name]) if name in TERMS else path[0]
    called = column_in(code, name)
    if row:
        return ", ".join(part for part in (gettext_in(code, marked("row %(number)s")) % {"number": row}, called) if part)
    return called if name in COLUMNS else path[0]
