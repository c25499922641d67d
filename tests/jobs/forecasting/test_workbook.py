"""Columns as a workbook: text stays text, numbers have the format of their column."""

import io
import re
import zipfile

from python_calamine import CalamineWorkbook

from jobs.forecasting.workbook import write_workbook


def test_columns_read_back_as_they_were_written_and_codes_keep_their_zeros():
    made = write_workbook({"Order": {"item": ["00028", "=1+1", None], "quantity": [1.5, None, 3]}, "Empty": {"a": []}}, str.upper)
    book = CalamineWorkbook.from_filelike(io.BytesIO(made))
    assert book.get_sheet_by_name("Order").to_python() == [["ITEM", "QUANTITY"], ["00028", 1.5], ["'=1+1", ""], ["", 3.0]]
    assert book.get_sheet_by_name("Empty").to_python() == [["A"]]


def test_a_column_of_whole_numbers_has_no_decimals_and_one_with_a_fraction_has_them_everywhere():
    with zipfile.ZipFile(io.BytesIO(write_workbook({"S": {"n": [1234, 5], "m": [1.5, 2], "service_level": [0.95, 1]}}))) as book:
        sheet, styles = (book.read(f"xl/{part}").decode() for part in ("worksheets/sheet1.xml", "styles.xml"))
    codes = dict(re.findall(r'numFmtId="(\d+)" formatCode="([^"]+)"', styles)) | {"3": "#,##0", "4": "#,##0.00"}
    used = [codes.get(found, "") for found in re.findall(r'<xf numFmtId="(\d+)"', styles.partition("<cellXfs")[2])]
    shown = {cell: used[int(style)] for cell, style in re.findall(r'<c r="([A-C]3)" s="(\d+)"', sheet)}
    assert shown == {"A3": "#,##0", "B3": "#,##0.00", "C3": "0.0%"}
