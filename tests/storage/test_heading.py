"""The row that names the columns."""

import pytest

from jobs.errors import DatasetUnusable
from storage.heading import Wanted, cells, check_header

HEAD, DATA = ["Fecha", "Código", "Cantidad", ""], ["2024-01-01", "a", "1", "x"]


def test_the_row_that_names_the_columns_is_found_below_titles_and_above_data():
    assert Wanted("sales", {}).heading_of([["Ventas 2024"], ["Tienda", "Centro"], HEAD, DATA]) == 2
    assert Wanted("sales", {}).heading_of([HEAD, DATA]) == 0


def test_columns_that_were_named_count():
    titled = [["Ventas"], ["Fecha", "Código", "Salidas"], DATA]
    assert not Wanted("sales", {}).named_in(titled[1])
    assert Wanted("sales", {"quantity": "Salidas"}).named_in(titled[1])


def test_where_no_row_names_them_a_title_is_not_taken_for_the_header():
    assert Wanted("sales", {}).heading_of([["Ventas", "", ""], ["a", "b", "c"], DATA]) == 1


def test_cells_with_nothing_but_space_are_not_counted():
    assert cells(["a", " ", "", "b"]) == 2


@pytest.mark.parametrize(("header", "words"), [
    ([], "no header"), (["", " "], "no header"), (["2024-01-01", "12", "3.5"], "looks like data"), (["a", "b", "a"], "'a' more than once"),
    ([f"c{i}" for i in range(1001)], "1,001 columns"), (["a", "x" * 201], "more than 200 characters"),
])
def test_headers_that_cannot_be_one_are_refused(header: list[str], words: str):
    with pytest.raises(DatasetUnusable, match=words):
        check_header(header)
