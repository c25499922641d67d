"""CSV as people write it: delimiters, quotes, blank lines, and exact row numbers."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.errors import DatasetUnusable
from storage.csv_file import CsvFile
from storage.heading import Wanted
from storage.raw_file import scan


def opened(folder: Path, text: str) -> CsvFile:
    path = folder / "f.csv"
    path.write_bytes(text.encode())
    return CsvFile(path, folder, scan(path).lines)


def cells(file: CsvFile, name: str) -> list[str | None]:
    return file.columns([name])[0].to_list()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str):
    file = opened(tmp_path, delimiter.join(["a", "b", "c"]) + "\n" + delimiter.join(["1,5" if delimiter != "," else "1", "2", "3"]) + "\n")
    assert (file.delimiter, file.header) == (delimiter, ["a", "b", "c"])
    assert cells(file, "c") == ["3"]


def test_semicolons_win_over_decimal_commas(tmp_path: Path):
    assert opened(tmp_path, "fecha;item;cantidad\n2024-01-01;a;1,5\n2024-01-02;b;2,5\n").delimiter == ";"


@pytest.mark.parametrize("text", [
    "a,b\n1,x\n2,y\n", "a,b\r\n1,x\r\n2,y\r\n", "a,b\n1,x\n2,y", "\ufeffa,b\n1,x\n2,y\n", '"a","b"\n"1","x"\n2,y\n'])
def test_plain_shapes_give_the_same_cells(tmp_path: Path, text: str):
    file = opened(tmp_path, text)
    assert (cells(file, "a"), cells(file, "b"), file.rows, file.first_row) == (["1", "2"], ["x", "y"], 2, 2)


def test_cells_over_many_lines_stay_one_record(tmp_path: Path):
    assert cells(opened(tmp_path, 'a,b\n1,"two\nlines"\n2,y\n'), "b") == ["two\nlines", "y"]


def test_inch_marks_inside_cells_merge_no_rows(tmp_path: Path):
    file = opened(tmp_path, 'a,b,c\n1,12" pipe,3\n4,5,6\n7,3" pipe,9\n')
    assert cells(file, "b") == ['12" pipe', "5", '3" pipe']


def test_blank_lines_keep_their_row_numbers(tmp_path: Path):
    file = opened(tmp_path, "\n\na,b\n1,x\n\n2,y\n\n\n")
    assert file.first_row == 4
    assert cells(file, "a")[:3] == ["1", None, "2"]


def test_short_records_are_filled_and_long_ones_refused_by_row(tmp_path: Path):
    assert cells(opened(tmp_path, "a,b\n1\n2,y\n3\n"), "b") == [None, "y", None]
    with pytest.raises(DatasetUnusable, match="Row 3 has 3 cells, and the header 2") as e:
        opened(tmp_path, "a,b\n1,x\n2,y,z\n")
    assert e.value.fields[0].field == "file.row 3"


def test_one_long_record_far_down_is_found(tmp_path: Path):
    with pytest.raises(DatasetUnusable, match="Row 200002 has 3 cells"):
        opened(tmp_path, "a,b\n" + "1,x\n" * 200_000 + "1,2,5\n" + "1,x\n" * 1000)


def test_a_quote_that_never_closes_is_refused_with_its_row(tmp_path: Path):
    with pytest.raises(DatasetUnusable, match="Row 3 has a quote"):
        opened(tmp_path, 'a,b\n1,x\n2,"y\n3,z\n')


def test_a_million_columns_are_refused_at_once(tmp_path: Path):
    with pytest.raises(DatasetUnusable):
        opened(tmp_path, ",".join(f"c{i}" for i in range(100_000)) + "\n1\n")


CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8) | st.sampled_from(['"', 'a"b', "x,y", "l\nm", " ", ";"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=8))
def test_whatever_python_writes_is_read_back(tmp_path: Path, rows: list[tuple[str, str, str]]):
    # Given a file of Python's own writer
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("alpha", "beta", "gamma"), *rows])
    file = opened(tmp_path, text.getvalue())
    # Then each cell comes back, an empty one as null
    for i, name in enumerate(file.header):
        assert [c or "" for c in cells(file, name)] == [row[i] for row in rows]


TITLED = "Informe de ventas, 2024\n\nfecha;artículo;cantidad\n2024-01-01;a;1,5\n2024-01-02;b;2,5\n"


def test_a_title_above_the_header_is_left_out_and_rows_keep_their_numbers(tmp_path: Path):
    path = tmp_path / "f.csv"
    path.write_text(TITLED, encoding="utf-8")
    file = CsvFile(path, tmp_path, scan(path).lines, wanted=Wanted("sales", {}))
    assert (file.header, file.delimiter, file.first_row, file.rows) == (["fecha", "artículo", "cantidad"], ";", 4, 2)
    assert cells(file, "cantidad") == ["1,5", "2,5"]
    assert file.notes == ("Row 3 names the columns; what stands above it was left out.",)


def test_a_header_on_top_is_taken_without_a_note(tmp_path: Path):
    path = tmp_path / "f.csv"
    path.write_text("date,item,quantity\n2024-01-01,a,1\n", encoding="utf-8")
    file = CsvFile(path, tmp_path, scan(path).lines, wanted=Wanted("sales", {}))
    assert (file.header, file.first_row, file.notes) == (["date", "item", "quantity"], 2, ())
