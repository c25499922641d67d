"""Formats are found from bytes, and every file becomes bounded, clean UTF-8 or is refused."""

import gzip
from pathlib import Path

import pytest

from jobs.errors import DatasetUnusable
from storage.raw_file import open_raw, scan


def opened(folder: Path, content: bytes, max_bytes: int = 1 << 24) -> bytes:
    (folder / "raw").write_bytes(content)
    return open_raw(folder / "raw", folder, max_bytes).path.read_bytes()


def zipped(content: bytes) -> bytes:
    """Without the time of day, since the two processes of a test run have to name their cases alike."""
    return gzip.compress(content, mtime=0)


@pytest.mark.parametrize(("content", "words"), [
    (b"", "empty"), (zipped(b""), "empty"), (b"\x89PNG\r\n\x1a\n" + b"0" * 50, "PNG image"), (b"\xff\xd8\xff\xe0" + b"0" * 50, "JPEG"),
    (b"%PDF-1.7", "PDF"), (b"\xd0\xcf\x11\xe0" + b"\0" * 50, "old Excel"), (b"a,b\n1,\x00\n", "binary data .line 1"),
    (b"x" * 5_000_000, "Line 1 .* longer than 1 MiB"), (b"a,b\n" * 600_000 + b"x" * 3_000_000, "longer than 1 MiB"),
    (zipped(b"\x1f\x8b123"), "more than once"), (zipped(zipped(b"a,b\n")), "more than once"),
    (zipped(b"a,b\n" * 1000)[:-9], "damaged"), (b"\x1f\x8bjunk", "damaged"), (b"\xff\xfea\x00\x00\xd8", "UTF-16"),
])
def test_what_is_no_table_is_refused_with_its_reason(tmp_path: Path, content: bytes, words: str):
    with pytest.raises(DatasetUnusable, match=words):
        opened(tmp_path, content)


def test_a_decompression_bomb_stops_at_the_bound(tmp_path: Path):
    bomb = gzip.compress(b"0,0\n" * (16 << 20), compresslevel=1)
    with pytest.raises(DatasetUnusable, match="beyond 16 MiB"):
        opened(tmp_path, bomb, max_bytes=16 << 20)
    assert (tmp_path / "decompressed").stat().st_size <= 16 << 20


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"])
def test_every_usual_encoding_becomes_utf8(tmp_path: Path, encoding: str):
    text = "fecha,artículo,cantidad\n2024-01-01,Ñandú,1\n"
    assert opened(tmp_path, text.encode(encoding)).decode("utf-8-sig") == text


def test_bytes_that_cp1252_lacks_are_read_as_latin1(tmp_path: Path):
    assert opened(tmp_path, b"a,b\n\x81,\xf1\n").decode() == "a,b\n\x81,ñ\n"


def test_old_mac_line_ends_become_line_feeds(tmp_path: Path):
    assert opened(tmp_path, b"a,b\r1,2\r") == b"a,b\n1,2\n"


def test_gzip_is_opened_and_parquet_and_zip_pass_by_their_magic(tmp_path: Path):
    assert opened(tmp_path, gzip.compress(b"a,b\n1,2\n")) == b"a,b\n1,2\n"
    (tmp_path / "raw").write_bytes(b"PAR1....")
    assert open_raw(tmp_path / "raw", tmp_path, 100).format == "parquet"
    (tmp_path / "raw").write_bytes(b"PK\x03\x04....")
    assert open_raw(tmp_path / "raw", tmp_path, 100).format == "workbook"


def test_lines_are_counted_with_and_without_a_last_line_feed(tmp_path: Path):
    for content, lines in ((b"a\nb\n", 2), (b"a\nb", 2), (b"a", 1), (b"\n\n", 2)):
        (tmp_path / "f").write_bytes(content)
        assert scan(tmp_path / "f").lines == lines
