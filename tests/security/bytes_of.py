"""Foreign bytes for the fuzzing: whole files of every kind, and changes to them that Hypothesis chooses."""

import gzip
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import polars as pl
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.storage.files import write_workbook
from tests.storage.pictures import coco_document, picture, voc_document, yolo_files

Change = tuple[int, int, bytes]
ODD = (b"\x00", b"\xff", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"-1", b"1e999", b"NaN", b"9" * 30, b"0" * 9, b'"',
       b"'", b",", b";", b"\n", b"\r", b"\t", b"[" * 50, b"{" * 50, b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"../", b"\\", b"%00", b"\xef\xbb\xbf",
       b"\xff\xfe", b"!!python/object:os.system", b"*a", b"&a", b"31/02/2024", b"0000-00-00", b"1.234,56", b"$", b"\xf0\x9f\x92\xa9", b"\xed\xa0\x80",
       b"\xe2\x80\xae", b"null", b"true", b"PK\x05\x06", b"PAR1", b"=cmd|' /C calc'!A0")

changes: SearchStrategy[list[Change]] = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(0, 40), st.one_of(st.sampled_from(ODD), st.binary(max_size=12))), min_size=1, max_size=6)


def changed(content: bytes, made: Sequence[Change]) -> bytes:
    """`content` with pieces cut out and others put in, each at a thousandth-of-a-thousandth of its length."""
    for where, cut, put in made:
        at = where * (len(content) + 1) // (10**6 + 1)
        content = content[:at] + put + content[at + cut:]
    return content


def mutated(*wholes: bytes) -> SearchStrategy[bytes]:
    """One of some whole files, changed in a few places or cut short."""
    return st.one_of(st.builds(changed, st.sampled_from(wholes), changes),
                     st.builds(lambda content, part: content[:len(content) * part // 1000], st.sampled_from(wholes), st.integers(0, 999)))


def words_of(*lines: str) -> SearchStrategy[str]:
    """The words of some lines in another order, with others between them."""
    known = sorted({word for line in lines for word in line.split()})
    return st.lists(st.one_of(st.sampled_from(known), st.text(max_size=8), st.integers(-10**20, 10**20).map(str), st.floats().map(str)),
                    max_size=30).map(" ".join)


def _file(write: Callable[[Path], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder, "file"))
        return Path(folder, "file").read_bytes()


@cache
def tables() -> tuple[bytes, ...]:
    """Sales and stock as CSV in several dialects, gzipped, as workbooks and as Parquet."""
    rows = [(f"2024-01-{n % 28 + 1:02}", f"0{n % 3}", n % 7 + 0.5, 10.0, "Tornillo ½") for n in range(40)]
    frame = pl.DataFrame(rows, schema=["date", "item", "quantity", "unit_price", "item_name"], orient="row")
    plain = frame.write_csv().encode()
    spanish = frame.rename({"date": "fecha", "item": "articulo_codigo", "quantity": "cantidad"}).write_csv(separator=";").replace(".5", ",5").encode("cp1252")
    stock = b"item,on_hand,on_order,lead_time_days,service_level,unit_cost,pack_size\n00,5,0,7,0.95,2.5,6\n01,0,3,,,\"1,200.50\",\n"
    typed = frame.with_columns(pl.col("date").str.to_date(), pl.col("item").cast(pl.Categorical), pl.col("unit_price").cast(pl.Decimal(10, 2)))
    nested = frame.head(3).with_columns(pl.struct("item", "quantity").alias("more"), pl.lit([1, 2]).alias("list"))

    def parquet(table: pl.DataFrame, **options: object) -> bytes:
        file = io.BytesIO()
        table.write_parquet(file, **options)
        return file.getvalue()

    sheet = [["fecha", "artículo", "cantidad"], *([45292 + n, f"0{n % 3}", n % 7] for n in range(20))]
    return (plain, spanish, stock, gzip.compress(plain), plain.decode().encode("utf-16"), _file(lambda p: write_workbook(p, sheet, date_columns=[0])),
            _file(lambda p: write_workbook(p, sheet[:3], empty_sheet_first=True, first_row=3)), parquet(typed), parquet(nested),
            parquet(frame, compression="uncompressed"), parquet(frame, compression="snappy"))


@cache
def pictures() -> tuple[bytes, ...]:
    """A small image of every format, mode and way to be turned."""
    made = [picture(n, (24, 16), format_, orientation) for n, (format_, orientation) in enumerate(
        (f, o) for f in ("JPEG", "PNG", "WEBP", "TIFF") for o in (1, 6))]
    return (*made, picture(9, (24, 16), "BMP"), picture(10, (24, 16), "TIFF", compression="tiff_lzw"), picture(11, (24, 16), "JPEG", progressive=True),
            picture(12, (24, 16), "TIFF", 5, compression="tiff_deflate"), picture(13, (24, 16), "TIFF", compression="jpeg"))


@cache
def layouts() -> tuple[dict[str, bytes | str], ...]:
    """A detection data set in each layout, as files by their paths."""
    images = {f"images/{n}.png": picture(n, (24, 16), "PNG") for n in range(3)}
    yolo = yolo_files(3) | {"labels/1.txt": "0 0.5 0.5 0.5 0.5\n1 0.1 0.1 0.2 0.1 0.2 0.2\n", "train.txt": "images/1.jpg\n"}
    coco = images | {"annotations/instances_train.json": coco_document(list(images), bbox=(2, 2, 10, 10)), "a.json": json.dumps({"categories": []})}
    voc = {f"JPEGImages/{n}.jpg": picture(n, (24, 16)) for n in range(3)} | {
        f"Annotations/{n}.xml": voc_document(f"{n}.jpg", [("cat", 1, 1, 12, 12)], (24, 16)) for n in range(3)} | {
        "ImageSets/Main/train.txt": "0\n1\n", "ImageSets/Main/val.txt": "2\n"}
    return yolo, coco, voc, images | {"classes.txt": "cat\ndog\n", "images/0.txt": "0 .5 .5 .2 .2"}


def zipped(files: Mapping[str, bytes | str]) -> bytes:
    """A ZIP of these files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


@st.composite
def data_set_zips(draw: st.DrawFn) -> bytes:
    """A detection data set whose files, whose names, or whose ZIP itself were changed."""
    files = dict(draw(st.sampled_from(layouts())))
    for _ in range(draw(st.integers(0, 3))):
        name = draw(st.sampled_from(sorted(files)))
        content = files[name].encode() if isinstance(files[name], str) else files[name]
        files[name] = changed(content, draw(changes))
    if draw(st.booleans()):
        name = draw(st.sampled_from(sorted(files)))
        fresh = changed(name.encode(), draw(changes)).decode("utf-8", "replace")[:2000]
        files[fresh.lstrip("\0") or "x"] = files.pop(name)
    whole = zipped(files)
    return changed(whole, draw(changes)) if draw(st.integers(0, 3)) == 0 else whole


json_values: SearchStrategy[object] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2**70, 2**70), st.floats(), st.text(max_size=20), st.sampled_from(
        ["2024-02-31", "0000-01-01", "9999-12-31", "test.noop", "m", "..", "\x00", "31/12/2024", "2024-01-01T00:00:00Z"])),
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(st.text(max_size=10), inner, max_size=5)), max_leaves=12)


def documents(*wholes: dict[str, object]) -> SearchStrategy[bytes]:
    """Documents like some whole ones: values replaced, fields more or fewer, bytes changed, or nested deep."""
    @st.composite
    def like(draw: st.DrawFn) -> bytes:
        document = dict(draw(st.sampled_from(wholes)))
        for _ in range(draw(st.integers(1, 3))):
            name = draw(st.one_of(st.sampled_from(sorted(document) or ["x"]), st.text(max_size=8)))
            inner = document.get(name)
            if isinstance(inner, dict) and inner and draw(st.booleans()):
                document[name] = {**inner, draw(st.sampled_from(sorted(inner))): draw(json_values)}
            else:
                document[name] = draw(json_values)
        return json.dumps(document).encode("utf-8", "replace")

    plain = tuple(json.dumps(document).encode() for document in wholes)
    deep = st.builds(lambda opening, n, rest: opening * n + rest, st.sampled_from([b"[", b'{"a":', b'[{"a":']), st.integers(1, 30_000), st.binary(max_size=5))
    return st.one_of(like(), like(), mutated(*plain), deep)
