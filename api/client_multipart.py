"""A multipart form with one file, sent in pieces, so that a file of any size takes little memory."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

PIECE_BYTES = 1 << 18


class Multipart:
    """The fields and the file as `multipart/form-data` (RFC 7578). `size` is the body's length in bytes."""

    def __init__(self, fields: Mapping[str, str], file: Path) -> None:
        boundary = secrets.token_hex(16)
        text = "".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n{value}\r\n'
                       for name, value in fields.items())
        text += (f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{_quoted(file.name)}"\r\n'
                 "Content-Type: application/octet-stream\r\n\r\n")
        self._head, self._tail, self._file = text.encode(), f"\r\n--{boundary}--\r\n".encode(), file
        self.file_bytes = file.stat().st_size
        self.size = len(self._head) + self.file_bytes + len(self._tail)
        self.content_type = f"multipart/form-data; boundary={boundary}"

    def pieces(self, on_progress: Callable[[int, int], None] | None = None) -> Iterator[bytes]:
        """The body in pieces; `on_progress(sent, total)` counts the file's bytes. A file that grows meanwhile is cut."""
        yield self._head
        left = self.file_bytes
        with self._file.open("rb") as file:
            while left and (piece := file.read(min(PIECE_BYTES, left))):
                left -= len(piece)
                yield piece
                if on_progress:
                    on_progress(self.file_bytes - left, self.file_bytes)
        yield self._tail


def _quoted(name: str) -> str:
    """A name inside quotes, as browsers send it (the HTML standard's form encoding)."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
