"""Which mark stands before decimals: what the sender of a file says of it, and what is usual where its company is."""

from dataclasses import dataclass
from typing import Literal

from jobs.errors import FieldError, InputError

Mark = Literal["point", "comma"]
CHARACTERS: dict[Mark, str] = {"point": ".", "comma": ","}


@dataclass(frozen=True, slots=True)
class Convention:
    """The decimal mark that the sender of a file says it has, and the one that is usual where the company is."""

    said: Mark | None = None
    usual: Mark | None = None


NO_CONVENTION = Convention()


def mark_of(character: str) -> Mark:
    """The mark that `.` or `,` is. Raises InputError with the field `decimal` for any other text."""
    for mark, written in CHARACTERS.items():
        if character == written:
            return mark
    message = "decimal has to be '.' or ',', the mark before decimals."
    raise InputError(message, fields=(FieldError("decimal", message),))
