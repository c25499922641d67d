"""The lists of stored documents: what of the job store the stores of documents need."""

from typing import Protocol

from jobs.errors import FieldError, InputError


class DocumentIndex(Protocol):
    """Ids of documents by collection, newest first. Every JobStore is one. Raises BrokerUnavailable."""

    def index(self, collection: str, document_id: str, score: float) -> None:
        """Note that a document exists; `score` orders the list, highest first."""
        ...

    def unindex(self, collection: str, document_id: str) -> None:
        """Take a document off its list."""
        ...

    def indexed(self, collection: str, *, limit: int = 50, cursor: str | None = None) -> tuple[tuple[str, ...], str | None]:
        """Ids of a collection, newest first, and the next page's cursor or None."""
        ...


def unknown_cursor() -> InputError:
    """The error for a cursor that a list did not give, or whose document is gone."""
    message = "This list did not give that cursor, or what it stood for is gone; start again without one."
    return InputError(message, fields=(FieldError("cursor", message),))
