"""Excel workbooks."""

import zipfile
from pathlib import Path

import pytest

from jobs.errors import DatasetUnusable
from storage.heading import Wanted
from storage.workbook import workbook_to_csv
from tests.storage.files import write_workbook

ROWS = [["date", "item", "quantity"], [45415, "0012", 3], [45416, 12, 4.5]]


COVER = [["Informe de ventas"], ["Tienda", "Centro"]]


def converted(folder: Path, source: Path, **bounds: int) -> str:
    noted(folder, source, **bounds)
    return (folder / "out.csv").read_text("utf-8")


def noted(folder: Path, source: Path, **bounds: int) -> tuple[str, ...]:
    return workbook_to_csv(source, folder / "out.csv", Wanted("sales", {}), **{"max_bytes": 1 << 24, "max_rows": 1000} | bounds)


def test_cells_become_text_and_dates_become_iso(tmp_path: Path):
    text = converted(tmp_path, write_workbook(tmp_path / "b.xlsx", ROWS, date_columns=[0]))
    assert text == "date,item,quantity\n2024-05-03,0012,3\n2024-05-04,12,4.5\n".replace("2024-05-03,", "2024-05-03,")


def test_the_first_sheet_with_data_is_taken(tmp_path: Path):
    text = converted(tmp_path, write_workbook(tmp_path / "b.xlsx", ROWS, empty_sheet_first=True))
    assert text.startswith("date,item,quantity\n45415,0012,3\n")


def test_the_one_sheet_that_names_the_columns_is_taken_and_the_others_are_named(tmp_path: Path):
    source = write_workbook(tmp_path / "b.xlsx", ROWS, before=[COVER])
    assert noted(tmp_path, source) == ("The sheet 'S2' was read; left out: 'S1'.",)
    assert converted(tmp_path, source).startswith("date,item,quantity\n")


def test_several_sheets_that_name_the_columns_are_refused_by_name(tmp_path: Path):
    with pytest.raises(DatasetUnusable, match="The sheets 'S1', 'S3' each name the columns of sales.*put all rows on one sheet"):
        converted(tmp_path, write_workbook(tmp_path / "b.xlsx", ROWS, before=[ROWS, COVER]))


def test_sheets_of_which_none_names_the_columns_are_refused_with_what_they_have(tmp_path: Path):
    foreign = [["Ventas"], ["cuándo", "qué", "cuántos"], [1, 2, 3]]
    with pytest.raises(DatasetUnusable) as e:
        converted(tmp_path, write_workbook(tmp_path / "b.xlsx", foreign, before=[COVER]))
    assert "'S1' has 'Informe de ventas'; 'S2' has 'cuándo', 'qué', 'cuántos'" in e.value.message
    assert "--map date=… --map item=… --map quantity=…" in e.value.message
    assert [f.field for f in e.value.fields] == ["file.date", "file.item", "file.quantity"]


def test_rows_above_the_table_are_kept_for_their_numbers(tmp_path: Path):
    text = converted(tmp_path, write_workbook(tmp_path / "b.xlsx", ROWS, first_row=3))
    assert text.split("\n")[:3] == [",,", ",,", "date,item,quantity"]


def test_a_zip_bomb_is_refused_before_it_is_opened(tmp_path: Path):
    source = write_workbook(tmp_path / "b.xlsx", ROWS)
    with zipfile.ZipFile(source, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/bomb.xml", b"0" * (32 << 20))
    with pytest.raises(DatasetUnusable, match="beyond 16 MiB"):
        converted(tmp_path, source)


def test_other_archives_and_damaged_files_are_refused(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("inner.zip", b"PK")
    with pytest.raises(DatasetUnusable, match="not an Excel workbook"):
        converted(tmp_path, tmp_path / "z.zip")
    (tmp_path / "d").write_bytes(b"PK\x03\x04" + b"junk" * 100)
    with pytest.raises(DatasetUnusable, match="damaged"):
        converted(tmp_path, tmp_path / "d")
    with zipfile.ZipFile(tmp_path / "w.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<broken")
    with pytest.raises(DatasetUnusable, match="damaged"):
        converted(tmp_path, tmp_path / "w.xlsx")


def test_empty_and_overlong_sheets_are_refused(tmp_path: Path):
    with pytest.raises(DatasetUnusable, match="no data"):
        converted(tmp_path, write_workbook(tmp_path / "e.xlsx", []))
    with pytest.raises(DatasetUnusable, match="more than 1 rows"):
        converted(tmp_path, write_workbook(tmp_path / "b.xlsx", ROWS), max_rows=1)


def test_numbers_with_three_decimals_cannot_be_taken_for_thousands_and_codes_stay_as_they_are(tmp_path: Path):
    rows = [["date", "item", "quantity"], [45415, 10.125, 1.125], [45416, "a", "1.500"], [45417, "b", -2.25], [45418, "c", 1500.5]]
    lines = converted(tmp_path, write_workbook(tmp_path / "b.xlsx", rows)).splitlines()
    assert [line.split(",")[1:] for line in lines[1:]] == [["10.125", "1.1250"], ["a", "1.500"], ["b", "-2.25"], ["c", "1500.5"]]


STYLES = '<styleSheet><numFmts count="1"><numFmt numFmtId="164" formatCode="{code}"/></numFmts><cellXfs count="1"><xf numFmtId="{used}"/></cellXfs></styleSheet>'


@pytest.mark.parametrize(("code", "used", "said"), [("00000", 164, True), ("00000", 0, False), ("0.00", 164, False), ("yyyy-mm-dd", 164, False)])
def test_a_format_that_shows_zeros_in_front_is_told_for_the_codes_that_lose_them(tmp_path: Path, code: str, used: int, said: bool):
    source, styled = write_workbook(tmp_path / "b.xlsx", ROWS), tmp_path / "s.xlsx"
    with zipfile.ZipFile(source) as plain, zipfile.ZipFile(styled, "w") as archive:
        for name in plain.namelist():
            archive.writestr(name, STYLES.format(code=code, used=used) if name == "xl/styles.xml" else plain.read(name))
    assert any("read as 123" in note for note in noted(tmp_path, styled)) is said
