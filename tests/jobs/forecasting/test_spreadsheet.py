"""Files that people open in spreadsheets: no customer's text may act there, whatever it is."""

import io
import re
import zipfile

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from jobs.forecasting.spreadsheet import as_csv, as_workbook, file_names, without_formulas

HOSTILE = ["=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "=HYPERLINK(\"http://x\")"]


def test_texts_that_begin_like_formulas_get_an_apostrophe_and_numbers_stay_numbers():
    table = pl.DataFrame({"item": [*HOSTILE, "fine", "a=b; -c"], "n": [-1.0] * 11})
    made = without_formulas(table)
    assert made["item"].to_list() == [*("'" + text for text in HOSTILE), "fine", "a=b; -c"]
    assert made["n"].to_list() == [-1.0] * 11
    assert pl.read_csv(as_csv(table))["n"].to_list() == [-1.0] * 11


def test_no_cell_begins_like_a_formula_where_the_semicolon_parts_them():
    # given Excel with a comma as the decimal mark
    table = pl.DataFrame({"n": [1], "item": ["Rueda;=cmd|' /C calc'!A0;+1\t=2"]})
    cells = as_csv(table).decode().replace("\t", ";").split(";")
    assert [cell for cell in cells if cell[0] in "=+-@"] == []


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30), max_size=5))
@example(HOSTILE)
def test_no_cell_of_a_csv_or_workbook_begins_like_a_formula(texts):
    table = pl.DataFrame({"item": texts}, schema={"item": pl.String})
    for cell in pl.read_csv(io.BytesIO(as_csv(table)), infer_schema=False)["item"].drop_nulls():
        assert not re.match("[=+@\t\r＝＋－＠-]", cell)
    with zipfile.ZipFile(io.BytesIO(as_workbook({"S": table}))) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
        assert "xl/externalLinks" not in " ".join(book.namelist())


def test_a_workbook_reads_back_as_it_was_written():
    table = pl.DataFrame({"item": ["0012", "ñ http://x", None], "quantity": [1.5, None, 3.0], "tags": [["a", "b"], [], ["c"]]})
    book = CalamineWorkbook.from_filelike(io.BytesIO(as_workbook({"Buy list": table, "Assumptions": pl.DataFrame({"a": []})})))
    assert book.sheet_names == ["Buy list", "Assumptions"]
    assert book.get_sheet_by_name("Buy list").to_python() == [
        ["item", "quantity", "tags"], ["0012", 1.5, "a, b"], ["ñ http://x", "", ""], ["", 3.0, "c"]]


def test_a_sheet_has_a_fixed_heading_a_filter_and_formats_of_numbers():
    table = pl.DataFrame({"item": ["a", "b"], "quantity": [1234.0, None], "investment": [1.5, 2.0], "service_level": [0.95, 0.9]})
    with zipfile.ZipFile(io.BytesIO(as_workbook({"S": table}, str.upper))) as book:
        sheet, styles = (book.read(f"xl/{part}").decode() for part in ("worksheets/sheet1.xml", "styles.xml"))
        texts = book.read("xl/sharedStrings.xml").decode()
    assert '<autoFilter ref="A1:D3"/>' in sheet
    assert 'state="frozen"' in sheet
    assert "SERVICE_LEVEL" in texts
    codes = dict(re.findall(r'numFmtId="(\d+)" formatCode="([^"]+)"', styles)) | {"3": "#,##0", "4": "#,##0.00"}
    used = [codes.get(found, "") for found in re.findall(r'<xf numFmtId="(\d+)"', styles.partition("<cellXfs")[2])]
    shown = {cell: used[int(style)] for cell, style in re.findall(r'<c r="([A-D]2)" s="(\d+)"', sheet)}
    assert shown == {"B2": "#,##0", "C2": "#,##0.00", "D2": "0.0%"}


@pytest.mark.parametrize(("texts", "names"), [
    (["Ñandú S.A."], ["Nandu-S-A"]), (["A/B", "A B", "a b"], ["A-B", "A-B-2", "a-b-3"]),
    (["../../etc/passwd", "..", "", "供应商"], ["etc-passwd", "supplier", "supplier-2", "supplier-3"]), (["x" * 300], ["x" * 40]),
])
def test_file_names_are_safe_and_all_different(texts, names):
    assert file_names(texts) == names


@given(st.lists(st.text(max_size=80), max_size=20))
def test_any_texts_give_different_names_of_plain_characters(texts):
    made = file_names(texts)
    assert len({name.lower() for name in made}) == len(texts)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,50}", name) for name in made)
