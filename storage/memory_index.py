"""The lists of documents in memory: a part of MemoryJobStore."""

from storage.index import unknown_cursor


class MemoryIndex:
    """See DocumentIndex."""

    def __init__(self) -> None:
        self._indexes: dict[str, dict[str, float]] = {}

    def index(self, collection: str, document_id: str, score: float) -> None:
        """See DocumentIndex."""
        self._indexes.setdefault(collection, {})[document_id] = score

    def unindex(self, collection: str, document_id: str) -> None:
        """See DocumentIndex."""
        self._indexes.get(collection, {}).pop(document_id, None)

    def indexed(self, collection: str, *, limit: int = 50, cursor: str | None = None) -> tuple[tuple[str, ...], str | None]:
        """See DocumentIndex."""
        ids = sorted(self._indexes.get(collection, {}).items(), key=lambda pair: (pair[1], pair[0]), reverse=True)
        names = [name for name, _ in ids]
        if cursor and cursor not in names:
            raise unknown_cursor()
        start = names.index(cursor) + 1 if cursor else 0
        return tuple(names[start:start + limit]), names[start + limit - 1] if len(names) > start + limit else None
