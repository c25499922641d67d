"""Small files that grow beyond all bounds where they are opened: each is refused in the bounded child, soon and for a reason of its own."""

import gzip
import io
import json
import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from jobs.errors import DatasetUnusable, InputError, NoriaError
from storage.columns import DatasetType
from storage.inspection import InspectionFailed, Limits, run_child, run_inspection
from tests.security.bytes_of import zipped
from tests.storage.files import write_workbook
from tests.storage.pictures import picture, voc_document, yolo_files

LIMITS = Limits(memory_mb=768, time_s=60, max_rows=1_000_000, max_bytes=64 << 20)
SMALL = 2 << 20
SOON_S = 30
HEADER = b"date,item,quantity\n"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def parquet(rows: int) -> bytes:
    file = io.BytesIO()
    pl.select(date=pl.repeat("2024-01-01", rows), item=pl.repeat("a", rows), quantity=pl.repeat(1, rows)).write_parquet(file)
    return file.getvalue()


def workbook(folder: Path, part: str, content: str) -> bytes:
    """A workbook one of whose parts is another."""
    write_workbook(folder / "whole.xlsx", [["date", "item", "quantity"], ["2024-01-01", "a", 1]])
    with zipfile.ZipFile(folder / "whole.xlsx") as archive:
        return zipped({name: archive.read(name) for name in archive.namelist()} | {part: content})


def sheet(cells: str) -> str:
    return f'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{cells}</sheetData></worksheet>'


def overlapping_zip() -> bytes:
    """A ZIP whose many entries all name the same few bytes."""
    content = zlib.compress(bytes(1 << 20))[2:-4]
    crc, name = zlib.crc32(bytes(1 << 20)), b"xl/workbook.xml"
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 0, crc, len(content), 1 << 20, len(name), 0) + name + content
    entries = b"".join(struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, crc, len(content), 1 << 20, len(f"{name.decode()}{n}"), 0, 0, 0, 0, 0, 0)
                       + f"{name.decode()}{n}".encode() for n in range(9000))
    return local + entries + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 9000, 9000, len(entries), len(local), 0)


IMAGES = {f"images/{n}.png": picture(n, (24, 16), "PNG") for n in range(3)}
XLSX = "xl/worksheets/sheet1.xml"
BOMBS: dict[str, tuple[DatasetType, Callable[[Path], bytes]]] = {
    "gzip of nothing but zeros": ("sales", lambda f: gzip.compress(bytes(512 << 20), 9)),
    "gzip of short lines": ("sales", lambda f: gzip.compress(HEADER + b"\n" * (60 << 20), 9)),
    "gzip in gzip": ("sales", lambda f: gzip.compress(gzip.compress(bytes(64 << 20), 9))),
    "one line without an end": ("sales", lambda f: gzip.compress(b"date,item," + b"x" * (60 << 20), 9)),
    "a quote that is never closed": ("sales", lambda f: gzip.compress(HEADER + b'2024-01-01,"' + b"a\n" * (400_000), 9)),
    "columns without end": ("sales", lambda f: ",".join(f"c{n}" for n in range(120_000)).encode() + b"\n1\n"),
    "parquet of a billion equal rows": ("sales", lambda f: parquet(30_000_000)),
    "workbook of a few bytes many times": ("sales", lambda f: overlapping_zip()),
    "workbook of one huge part": ("sales", lambda f: workbook(f, XLSX, sheet(" " * (70 << 20)))),
    "workbook whose last cell is far away": ("sales", lambda f: workbook(f, XLSX, sheet('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'))),
    "workbook of entities in entities": ("sales", lambda f: workbook(f, XLSX, f"<!DOCTYPE x [<!ENTITY l0 'ha'>{LAUGHS}]>" + sheet("&l9;"))),
    "images that are all zeros": ("detection", lambda f: zipped(IMAGES | {"data.yaml": "names: [a]", "images/9.bmp": bytes(60 << 20)})),
    "YAML of anchors in anchors": ("detection", lambda f: zipped(IMAGES | {"data.yaml": "l0: &l0 [ha]\n" + "".join(
        f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 10)) + "names: *l9\n"})),
    "YAML nested deep": ("detection", lambda f: zipped(IMAGES | {"data.yaml": "names: " + "[" * 100_000})),
    "JSON nested deep": ("detection", lambda f: zipped(IMAGES | {"a.json": '{"images":[],"annotations":[],"categories":' + "[" * 500_000})),
    "VOC of entities in entities": ("detection", lambda f: zipped(IMAGES | {
        "1.xml": f"<!DOCTYPE a [<!ENTITY l0 'ha'>{LAUGHS}]>" + voc_document("1.png", [("&l9;", 1, 1, 9, 9)])})),
    "VOC nested deep": ("detection", lambda f: zipped(IMAGES | {"1.xml": "<annotation>" + "<a>" * 300_000})),
    "labels without end": ("detection", lambda f: zipped(yolo_files(3) | {"labels/1.txt": "0 0.5 0.5 0.5 0.5\n" * 200_000})),
}

BY_LIMITS = {"workbook whose last cell is far away"}  # its reader sets all cells between aside, which ends at the child's limit


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_soon_by_the_bounded_child_for_a_reason_of_its_own(tmp_path: Path, name: str) -> None:
    type_, make = BOMBS[name]
    content = make(tmp_path)
    assert len(content) < SMALL
    (tmp_path / "raw").write_bytes(content)
    began = time.monotonic()

    with pytest.raises(DatasetUnusable) as refused:
        run_inspection(tmp_path / "raw", tmp_path, type_=type_, mapping={}, limits=LIMITS, heartbeat=lambda: None)

    assert isinstance(refused.value, InspectionFailed) == (name in BY_LIMITS), refused.value.message
    assert time.monotonic() - began < SOON_S


def chunk(name: bytes, content: bytes, length: int | None = None) -> bytes:
    return struct.pack(">I", len(content) if length is None else length) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + b"".join(chunks) + chunk(b"IEND", b"")


IMAGE_BOMBS: dict[str, Callable[[], bytes]] = {
    "more pixels than allowed": lambda: png(60_000, 60_000, chunk(b"IDAT", zlib.compress(bytes(1 << 20)))),
    "pixels that are not there": lambda: png(6_000, 6_000, chunk(b"IDAT", zlib.compress(b""))),
    "a text that grows": lambda: png(9, 9, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(400 << 20), 9)), chunk(b"IDAT", zlib.compress(bytes(252)))),
    "a profile that grows": lambda: png(9, 9, chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(400 << 20), 9)), chunk(b"IDAT", zlib.compress(bytes(252)))),
    "a piece longer than the file": lambda: png(9, 9, chunk(b"IDAT", zlib.compress(bytes(252)), 0x7FFFFFF0)),
    "an unknown piece longer than the file": lambda: png(9, 9, chunk(b"IDAT", zlib.compress(bytes(252))), chunk(b"aaAa", b"", 0xC2D0CF11)),
}


@pytest.mark.parametrize("name", IMAGE_BOMBS)
def test_an_image_that_grows_is_told_apart_from_a_child_that_died(tmp_path: Path, name: str) -> None:
    content = IMAGE_BOMBS[name]()
    assert len(content) < SMALL
    (tmp_path / "sent").write_bytes(content)
    began = time.monotonic()

    answer = run_child("storage.inspect_images", tmp_path, {"sources": [str(tmp_path / "sent")], "max_pixels": 40_000_000}, LIMITS, lambda: None)

    assert time.monotonic() - began < SOON_S
    found, = answer["images"]
    assert "fault" in found or (found["width"], found["height"]) == (9, 9), json.dumps(found)


def test_a_child_that_runs_out_of_memory_says_so_of_the_file_and_not_of_the_service(tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(picture(1, (3_000, 3_000), "PNG"))
    tight = Limits(memory_mb=40, time_s=60, max_rows=0, max_bytes=64 << 20)

    with pytest.raises(NoriaError) as refused:
        run_child("storage.inspect_images", tmp_path, {"sources": [str(tmp_path / "sent")], "max_pixels": 40_000_000}, tight, lambda: None)

    assert isinstance(refused.value, InputError), refused.value.message
