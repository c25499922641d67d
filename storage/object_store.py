"""Files by name, over obstore: a local folder or S3, chosen by one URL. Names are made by Noria alone, never by a request."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as a listing shows it; `modified_ms`: epoch milliseconds of its last write."""

    name: str
    bytes: int
    modified_ms: int


class ObjectStore(Protocol):
    """Whole objects by name. Raises StorageUnavailable when the store fails, NotFound for a name that is not there."""

    def create(self, name: str, content: bytes | Path) -> bool:
        """Write an object if there is none of that name, atomically; False if there was one (left as it is)."""
        ...

    def put(self, name: str, content: bytes | Path) -> None:
        """Write or overwrite an object, atomically; a Path is streamed."""
        ...

    def read(self, name: str) -> bytes:
        """The whole object. Raises NotFound."""
        ...

    def stream(self, name: str, *, chunk_bytes: int = 1 << 20) -> Iterator[bytes]:
        """The object in pieces. Raises NotFound before the first piece."""
        ...

    def fetch(self, name: str, target: Path) -> Path:
        """Copy the object to a local file, streaming; `target` appears whole or not at all. Raises NotFound."""
        ...

    def size(self, name: str) -> int:
        """Bytes of the object. Raises NotFound."""
        ...

    def exists(self, name: str) -> bool:
        """Whether the object is there."""
        ...

    def names(self, prefix: str) -> Iterator[str]:
        """Names under a prefix that ends with a slash, in order."""
        ...

    def entries(self, prefix: str) -> Iterator[Listed]:
        """The same with sizes and times."""
        ...

    def delete(self, name: str) -> None:
        """Remove the object; no error if there is none."""
        ...

    def read_json(self, name: str) -> dict[str, Any]:
        """The object parsed as a JSON object. Raises NotFound."""
        ...

    def create_json(self, name: str, document: dict[str, Any]) -> bool:
        """`create` of a document with its schema number."""
        ...

    def put_json(self, name: str, document: dict[str, Any]) -> None:
        """`put` of a document with its schema number."""
        ...
