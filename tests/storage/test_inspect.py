"""The parser as it runs in the child, called in this process: all formats, and whatever bytes there are."""

import gzip
import json
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.errors import DatasetUnusable, StorageUnavailable
from storage.columns import TableType
from storage.inspect import inspect, inspect_file
from tests.storage.files import SALES, write_workbook
from tests.storage.pictures import write_zip, yolo_files


def inspected(folder: Path, content: bytes | None = None, type_: TableType = "sales") -> tuple[dict[str, Any], pl.DataFrame]:
    if content is not None:
        (folder / "raw").write_bytes(content)
    profile = inspect_file(folder / "raw", folder, type_=type_, mapping={}, max_rows=1_000_000, max_bytes=1 << 26)
    json.dumps(profile, allow_nan=False)
    return profile, pl.read_parquet(folder / "table.parquet")


@pytest.mark.parametrize(("name", "content"), [
    ("decompressed", gzip.compress(SALES)), ("clean.utf8", SALES.replace(b"0012", b"\xf1")), ("sheet.csv", None),
    ("rewritten.csv", SALES + b'2024-01-04,"a\nb",1\n'), ("table.parquet", SALES)],
    ids=["gzip", "other encoding", "workbook", "records over lines", "table"])
def test_a_disk_that_is_full_is_no_fault_of_the_file(tmp_path: Path, name: str, content: bytes | None):
    # Given a file whose next form finds no room
    (tmp_path / name).symlink_to("/dev/full")
    if content is None:
        write_workbook(tmp_path / "raw", [["date", "item", "quantity"], ["2024-01-01", "a", 1]])
    # Then it is the storage that is at fault
    with pytest.raises(StorageUnavailable, match="no room"):
        inspected(tmp_path, content)


def test_all_formats_of_the_same_data_give_the_same_table(tmp_path: Path):
    # Given the same three rows as CSV, gzipped, as a workbook and as Parquet
    _, expected = inspected(tmp_path, SALES)
    assert expected["item"].to_list() == ["0012"] * 3
    _, zipped = inspected(tmp_path, gzip.compress(SALES))
    write_workbook(tmp_path / "raw", [["fecha", "código", "cantidad"], [45292, "0012", 3], [45293, "0012", 4.5], [45294, "0012", 1]],
                   date_columns=[0])
    _, sheet = inspected(tmp_path)
    expected.write_parquet(tmp_path / "raw")
    _, columns = inspected(tmp_path)
    # Then their tables are equal
    for table in (zipped, sheet, columns):
        assert table.equals(expected)


def test_a_workbook_with_a_cover_and_a_title_is_read_and_its_profile_says_what_was_left_out(tmp_path: Path):
    # Given a cover sheet, and sales below a title and a blank row
    rows = [["Ventas por día"], [], ["Fecha", "Código", "Cantidad"], ["2024-01-01", "0012", 3], ["2024-01-02", "0012", 4]]
    write_workbook(tmp_path / "raw", rows, before=[[["Informe"], ["Tienda", "Centro"]]])
    profile, table = inspected(tmp_path)
    assert table["quantity"].to_list() == [3, 4]
    assert {"The sheet 'S2' was read; left out: 'S1'.", "Row 3 names the columns; what stands above it was left out."} <= set(profile["notes"])
    # And a bad cell is named by its row in the sheet
    write_workbook(tmp_path / "raw", [*rows, ["2024-01-03", "0012", "many"]])
    with pytest.raises(DatasetUnusable, match="in row 6: quantity: 'many'"):
        inspected(tmp_path)


def test_stock_below_a_title_is_read_too(tmp_path: Path):
    profile, table = inspected(tmp_path, "Existencias\ncódigo;existencias\na;1\nb;2\n".encode(), "stock")
    assert table["on_hand"].to_list() == [1, 2]
    assert "Row 2 names the columns; what stands above it was left out." in profile["notes"]


def test_more_lines_than_rows_allowed_are_refused_before_parsing(tmp_path: Path):
    with pytest.raises(DatasetUnusable, match="3,000,001 lines; 1,000,000 rows"):
        inspected(tmp_path, b"date,item,quantity\n" + b"\n" * 3_000_000)


def test_excel_serials_without_a_date_format_are_dates(tmp_path: Path):
    write_workbook(tmp_path / "raw", [["date", "item", "quantity"], [45292, "a", 3], [45293, "a", 4]])
    profile, table = inspected(tmp_path)
    assert table["date"].dt.to_string().to_list() == ["2024-01-01", "2024-01-02"]
    assert profile["date_format"] == "Excel serial"


def test_workbook_errors_carry_the_rows_of_the_sheet(tmp_path: Path):
    write_workbook(tmp_path / "raw", [["date", "item", "quantity"], [45292, "a", 3], [45293, "a", "x"]], first_row=5)
    with pytest.raises(DatasetUnusable) as e:
        inspected(tmp_path)
    assert [f.field for f in e.value.fields] == ["file.row 7.quantity"]


@pytest.mark.parametrize("magic", [b"PAR1", b"PK\x03\x04", b"\x1f\x8b\x08\x00"])
def test_damaged_files_of_each_format_are_refused(tmp_path: Path, magic: bytes):
    with pytest.raises(DatasetUnusable):
        inspected(tmp_path, magic + bytes(range(256)) * 20 + magic)


ROWS = st.lists(st.lists(st.sampled_from(["2024-01-01", "03/04/2024", "a", "1,5", "-1", "", '"', "NaN", "9" * 30, "ñ"]), max_size=5), max_size=6)


@settings(max_examples=80, deadline=None)
@given(st.one_of(
    st.binary(max_size=300), st.binary(max_size=100).map(gzip.compress), st.text(max_size=200).map(str.encode),
    ROWS.map(lambda rows: "\n".join(["date;item;quantity;x", *(";".join(r) for r in rows)]).encode()),
    ROWS.map(lambda rows: "\n".join(["date,item,quantity,x", *(",".join(r) for r in rows)]).encode("cp1252")),
))
def test_any_bytes_are_a_table_or_refused_with_a_reason(content: bytes):
    # Given any bytes at all
    with tempfile.TemporaryDirectory() as made:
        try:
            profile, table = inspected(Path(made), content)
        except DatasetUnusable as e:
            refused = e.message
        else:
            refused = ""
        # Then either there is a reason, or the table is sound
        if not refused:
            assert profile["rows"] == table.height >= 2
            assert not any(table.select(pl.col("date", "item", "quantity").null_count()).row(0))
        else:
            assert len(refused) > 10


@pytest.mark.parametrize(("type_", "layout", "refused"), [("detection", "yolo", None), ("sales", None, "not an Excel workbook")])
def test_an_order_says_what_a_zip_is_read_as(tmp_path: Path, type_: str, layout: str | None, refused: str | None):
    order = {"type": type_, "source": str(write_zip(tmp_path / "raw", yolo_files(4))), "mapping": {}, "max_rows": 10, "max_bytes": 1 << 24, "max_image_mp": 40.0,
             "convention": {}, "uploaded_ms": None}
    answer = inspect(order, tmp_path)
    if refused is None:
        assert answer["profile"]["layout"] == layout
    else:
        assert refused in answer["refused"]["message"]
