"""From uploaded bytes to something that can be parsed: which format it is, decompressed and as clean UTF-8.

Runs in the inspecting child only; every step is bounded in bytes. The name of a file says nothing here, its bytes do.
"""

import codecs
import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jobs.errors import DatasetUnusable

Format = Literal["text", "parquet", "workbook"]

CHUNK_BYTES = 1 << 20  # a line as long as a whole chunk is not a line of a table
CONTROL = bytes(set(range(0x20)) - set(b"\t\n\v\f\r"))  # no text has these
FOREIGN = (
    (b"\x89PNG", "a PNG image"), (b"\xff\xd8\xff", "a JPEG image"), (b"GIF8", "a GIF image"), (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word document (save it as .xlsx or .csv)"), (b"BZh", "a bzip2 archive (use gzip)"),
    (b"7z\xbc\xaf", "a 7z archive"), (b"Rar!", "a RAR archive"), (b"\xfd7zXZ", "an xz archive (use gzip)"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive (use gzip)"), (b"\x7fELF", "a program"), (b"SQLite format 3", "an SQLite database"),
    (b"RIFF", "an image, sound or video"), (b"II*\x00", "a TIFF image"), (b"MM\x00*", "a TIFF image"), (b"MZ", "a program"),
)


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file to parse: its format, where it lies, and for a text its physical lines (0 for the others)."""

    format: Format
    path: Path
    lines: int = 0


@dataclass(frozen=True, slots=True)
class Scan:
    """What one pass over a text found: physical lines (a last one without a line feed counts), and its encoding."""

    lines: int
    utf8: bool
    carriage_only: bool


def open_raw(path: Path, folder: Path, max_bytes: int) -> RawFile:
    """The format of the file at `path`, decompressed into `folder` where it was gzip, and as clean UTF-8 if text.

    Raises DatasetUnusable for what is not a table, and for more than `max_bytes` when decompressed; OSError for a
    disk that fails.
    """
    head = _head(path)
    if head.startswith(b"\x1f\x8b"):
        path = _gunzip(path, folder / "decompressed", max_bytes)
        head = _head(path)
        if head.startswith((b"\x1f\x8b", b"PK\x03\x04")):
            raise DatasetUnusable("The file is compressed more than once; send the table itself, or its .csv.gz.")
    if not head:
        raise DatasetUnusable("The file is empty.")
    if head.startswith(b"PAR1"):
        return RawFile("parquet", path)
    if head.startswith(b"PK"):
        return RawFile("workbook", path)
    foreign = next((name for magic, name in FOREIGN if head.startswith(magic)), None)
    if foreign is not None:
        raise DatasetUnusable(f"The file is {foreign}, not a table; send CSV, CSV.gz, XLSX or Parquet.")
    return clean_text(path, folder / "clean.csv")


def clean_text(path: Path, target: Path) -> RawFile:
    """`path` if it is UTF-8 with line feeds, else a copy at `target` made so (from UTF-16 with BOM, CP1252 or Latin-1).

    Raises DatasetUnusable for binary bytes and for lines of 1 MiB and more.
    """
    head = _head(path)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        _recode(path, target, "utf-16")
        path = target
    found = scan(path)
    if found.utf8 and not found.carriage_only:
        return RawFile("text", path, found.lines)
    encoding = "utf-8-sig" if found.utf8 else "cp1252" if _decodes(path, "cp1252") else "latin-1"
    fresh = target.with_suffix(".utf8")
    _recode(path, fresh, encoding)
    return RawFile("text", fresh, scan(fresh).lines)


def scan(path: Path) -> Scan:
    """One pass over a text file. Raises DatasetUnusable for control characters (binary) and lines of 1 MiB and more."""
    decoder, utf8, feeds, last, carriage_only = codecs.getincrementaldecoder("utf-8")(), True, 0, b"\n", False
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            if len(chunk.translate(None, CONTROL)) != len(chunk):
                raise DatasetUnusable(f"The file holds binary data (line {feeds + 1}), it is not a table; "
                                      "send CSV, CSV.gz, XLSX or Parquet.")
            count = chunk.count(b"\n")
            if not count and b"\r" in chunk:
                carriage_only = True
            elif not count and len(chunk) == CHUNK_BYTES:
                raise DatasetUnusable(f"Line {feeds + 1} of the file is longer than 1 MiB; a table has one record a line.")
            utf8 = utf8 and _feed(decoder, chunk)
            feeds, last = feeds + count, chunk[-1:]
    utf8 = utf8 and _feed(decoder, b"", final=True)
    return Scan(feeds + (last != b"\n"), utf8, carriage_only and not feeds)


def _feed(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16)


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        return all(_feed(decoder, chunk) for chunk in iter(lambda: file.read(CHUNK_BYTES), b""))


def _recode(source: Path, target: Path, encoding: str) -> None:
    try:
        with source.open(encoding=encoding) as old, target.open("w", encoding="utf-8", newline="\n") as new:
            while text := old.read(CHUNK_BYTES):
                new.write(text)
    except UnicodeError:
        raise DatasetUnusable(f"The file says that it is {encoding.upper()} text, and is not; save it as UTF-8.") from None


def _gunzip(source: Path, target: Path, max_bytes: int) -> Path:
    written = 0
    try:
        with gzip.open(source, "rb") as old, target.open("wb") as new:
            while chunk := old.read(CHUNK_BYTES):
                written += len(chunk)
                if written > max_bytes:
                    raise DatasetUnusable(f"The file grows beyond {max_bytes >> 20} MiB when decompressed; send it in parts.")
                new.write(chunk)
    except (gzip.BadGzipFile, EOFError, zlib.error):  # not every OSError: a full disk is no fault of the file
        raise DatasetUnusable("The gzip file is damaged or cut short; compress and send it again.") from None
    return target
