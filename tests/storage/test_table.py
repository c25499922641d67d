"""The canonical table: what is kept exactly, what is left out and counted, what is refused with its row."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from jobs.errors import DatasetUnusable
from storage.columns import TableType
from storage.convention import NO_CONVENTION, Convention
from storage.csv_file import CsvFile
from storage.parquet_file import ParquetFile
from storage.raw_file import scan
from storage.table import Table, build_table

HEADER = "date,item,quantity\n"
GOOD = "2024-01-01,a,1\n2024-01-02,b,2\n"


def built(folder: Path, text: str, type_: TableType = "sales", mapping: dict[str, str] | None = None, max_rows: int = 1000,
          convention: Convention = NO_CONVENTION, day: date | None = None) -> Table:
    (folder / "f.csv").write_bytes(text.encode())
    return build_table(CsvFile(folder / "f.csv", folder, scan(folder / "f.csv").lines), type_, mapping or {}, max_rows, convention, day)


def test_items_stay_exactly_as_uploaded(tmp_path: Path):
    items = ["0012", " x ", "1e5", "12.0", "Ñ-7", "NA", "null"]
    table = built(tmp_path, HEADER + "".join(f"2024-01-01,{i},1\n" for i in items))
    assert table.frame["item"].to_list() == items
    assert table.frame.schema == {"date": pl.Date, "item": pl.String, "quantity": pl.Float64}


def test_numeric_columns_become_regressors_and_text_is_ignored(tmp_path: Path):
    table = built(tmp_path, "date,item,quantity,promo,open,note,price,vacía\n2024-01-01,a,1,0,true,hi,2.5,\n2024-01-02,a,2,1,false,yo,,\n")
    assert table.regressors == ["promo", "open"]
    assert table.ignored == ["note", "vacía"]
    assert table.frame.columns == ["date", "item", "quantity", "unit_price", "promo", "open"]
    assert table.frame["open"].to_list() == [1, 0]


def test_decimal_commas_hold_for_all_columns_of_the_file(tmp_path: Path):
    table = built(tmp_path, "fecha;codigo;cantidad;temperatura\n2024-01-01;a;1,5;1.000\n2024-01-02;a;2;20,25\n")
    assert table.frame["quantity"].to_list() == [1.5, 2]
    assert table.frame["temperatura"].to_list() == [1000, 20.25]


def test_bad_cells_are_named_by_their_exact_row(tmp_path: Path):
    rows = ["2024-01-01,a,1"] * 30
    rows[0], rows[15], rows[20], rows[28] = "2024-02-30,a,1", "2024-01-01,a,x", "2024-01-01,,1", ",a,1"
    with pytest.raises(DatasetUnusable, match="4 cells of the file cannot be used, the first one in row 2") as e:
        built(tmp_path, HEADER + "\n".join(rows) + "\n")
    assert [f.field for f in e.value.fields] == ["file.row 2.date", "file.row 17.quantity", "file.row 22.item", "file.row 30.date"]
    assert "'2024-02-30' is not a date" in e.value.fields[0].message
    assert "an empty cell" in e.value.fields[3].message


def test_rows_after_blank_lines_and_long_cells_keep_their_numbers(tmp_path: Path):
    with pytest.raises(DatasetUnusable) as e:
        built(tmp_path, "\ndate,item,quantity,n\n2024-01-01,a,1,\"x\ny\"\n\n2024-01-02,a,oops,z\n")
    assert [f.field for f in e.value.fields] == ["file.row 5.quantity"]


def test_at_most_twenty_rows_are_told_and_all_are_counted(tmp_path: Path):
    with pytest.raises(DatasetUnusable, match="100 cells") as e:
        built(tmp_path, HEADER + "someday,a,1\n" * 100)
    assert len(e.value.fields) == 20
    assert len(str(e.value.fields)) < 5_000


@pytest.mark.parametrize("cell", ["NaN", "inf", "-Infinity", "1e300", "12 units"])
def test_quantities_that_are_no_finite_number_are_refused(tmp_path: Path, cell: str):
    with pytest.raises(DatasetUnusable, match="row 4: quantity"):
        built(tmp_path, HEADER + GOOD + f"2024-01-03,a,{cell}\n")


def test_blank_rows_are_left_out_and_missing_quantities_are_kept_as_unknown(tmp_path: Path):
    table = built(tmp_path, HEADER + GOOD + "2024-01-03,a,\n,,\n2024-01-04,a,-5\n")
    assert (table.missing_quantities, table.missing_read_as, table.blank_rows, table.frame.height) == (1, "unknown", 1, 4)
    assert table.frame["quantity"].to_list() == [1, 2, None, -5]


def test_missing_quantities_are_nothing_sold_where_they_are_many_and_no_0_is_written(tmp_path: Path):
    many = "".join(f"2024-02-{d:02},a,\n" for d in range(1, 9))
    table = built(tmp_path, HEADER + GOOD + many)
    assert (table.missing_quantities, table.missing_read_as, table.frame.height) == (8, "zero", 2)
    zero = built(tmp_path, HEADER + GOOD + many + "2024-03-01,a,0\n")
    assert (zero.missing_read_as, zero.frame.height) == ("unknown", 11)


def test_two_quantities_are_needed_however_many_are_missing(tmp_path: Path):
    with pytest.raises(DatasetUnusable, match="1 usable rows"):
        built(tmp_path, HEADER + "2024-02-01,a,0\n2024-02-02,a,\n2024-02-03,a,\n")


def test_a_sale_after_the_day_of_the_upload_is_left_out_with_all_its_columns(tmp_path: Path):
    text = "date,item,quantity,promo\n,,,\n2024-01-01,a,1,0\n2062-01-02,b,2,1\n2024-01-03,c,3,1\n"
    table = built(tmp_path, text, day=date(2024, 1, 3))
    assert table.frame.to_dict(as_series=False) == {
        "date": [date(2024, 1, 1), date(2024, 1, 3)], "item": ["a", "c"], "quantity": [1, 3], "promo": [0, 1]}
    assert table.later
    assert (table.later.row, table.later.item, table.later.left_out) == (4, "b", True)
    # And without such a day, or where what is to come is known, nothing is
    assert built(tmp_path, text).frame.height == 3
    assert built(tmp_path, "date,item,promo\n2024-01-01,a,1\n2062-01-02,b,2\n", "future", day=date(2024, 1, 3)).frame.height == 2


@pytest.mark.parametrize(("text", "words"), [
    (HEADER, "no rows below"), (HEADER + "2024-01-01,a,1\n", "1 usable rows"), (HEADER + "2024-01-01,a,\n2024-01-02,a,\n", "0 usable rows"),
    (HEADER + GOOD * 501, "1,002 rows; 1,000 are the most"), ("date,foo\n2024-01-01,1\n", "no column for item, quantity"),
    (HEADER + f"2024-01-01,{'x' * 201},1\n" + GOOD, "longer than 200 characters"),
    (HEADER + f"2024-01-01,{'x' * 900_000},1\n" + GOOD, "longer than 200 characters"),
])
def test_tables_that_hold_too_little_or_too_much_are_refused(tmp_path: Path, text: str, words: str):
    with pytest.raises(DatasetUnusable, match=words):
        built(tmp_path, text)


@pytest.mark.parametrize("months", ["2024-01,2024-02,2024-03", "Jan-98,Feb-98,Mar-98", "enero,febrero,marzo", "01/01/2024,01/02/2024,01/03/2024"])
def test_a_table_with_a_column_for_each_period_is_told_how_to_turn_it(tmp_path: Path, months: str):
    first, second, _ = months.split(",")
    with pytest.raises(DatasetUnusable) as e:
        built(tmp_path, f"sku,{months}\na,1,2,3\nb,4,5,6\n")
    assert f"3 of the columns are periods, such as '{first}', '{second}': send one row per item and period" in e.value.message


@pytest.mark.parametrize(("header", "choices"), [
    ("codigo,existencias,costo_unitario", 0), ("fecha,articulo_codigo,articulo_nombre,Stock Actual", 0), ("codigo,bodega,existencias", 3)])
def test_stock_is_not_taken_for_sales_and_its_columns_are_offered_only_if_one_may_hold_them(tmp_path: Path, header: str, choices: int):
    with pytest.raises(DatasetUnusable, match="These look like stock: there is a column '(existencias|Stock Actual)'") as e:
        built(tmp_path, header + "\n" + ",".join("1" for _ in header.split(",")) + "\n")
    assert [(f.field, f.message) for f in e.value.fields] == [("type", "stock, not sales")]
    assert len(e.value.columns) == choices


@pytest.mark.parametrize("header", ["codigo,cantidad", "codigo,stock,ventas", "codigo,stock,2024-01,2024-02,2024-03", "codigo,precio"])
def test_columns_of_what_was_sold_are_no_stock(tmp_path: Path, header: str):
    with pytest.raises(DatasetUnusable, match="no column for date"):
        built(tmp_path, header + "\n" + ",".join("1" for _ in header.split(",")) + "\n")


def test_other_columns_that_are_missing_are_no_periods(tmp_path: Path):
    with pytest.raises(DatasetUnusable, match="no column for date") as e:
        built(tmp_path, "sku,quantity,market,mayor\na,1,2,3\n")
    assert "periods" not in e.value.message


def test_an_unknown_mapped_column_is_refused_with_those_there_are(tmp_path: Path):
    with pytest.raises(DatasetUnusable, match="'date', 'item', 'quantity'"):
        built(tmp_path, HEADER + GOOD, mapping={"quantity": "sold"})


def test_future_tables_need_a_regressor_and_no_quantity(tmp_path: Path):
    table = built(tmp_path, "fecha,sku,promo\n2024-01-01,a,1\n2024-01-02,a,0\n", "future")
    assert table.frame.columns == ["date", "item", "promo"]
    with pytest.raises(DatasetUnusable, match="no numeric column"):
        built(tmp_path, "fecha,sku,note\n2024-01-01,a,x\n2024-01-02,a,y\n", "future")


def test_typed_parquet_columns_give_the_same_table(tmp_path: Path):
    pl.DataFrame({"date": pl.Series(["2024-01-01", "2024-01-02"]).str.to_date(), "item": [7.0, 12.0], "quantity": [1, 2],
                  "promo": [True, False]}).write_parquet(tmp_path / "p")
    table = build_table(ParquetFile(tmp_path / "p"), "sales", {}, 10)
    assert table.frame["item"].to_list() == ["7", "12"]
    assert table.frame["promo"].to_list() == [1, 0]


def test_a_nan_in_a_typed_quantity_is_refused(tmp_path: Path):
    pl.DataFrame({"date": ["2024-01-01"] * 3, "item": ["a"] * 3, "quantity": [1.0, float("nan"), 2.0]}).write_parquet(tmp_path / "p")
    with pytest.raises(DatasetUnusable, match="row 3: quantity"):
        build_table(ParquetFile(tmp_path / "p"), "sales", {}, 10)


def test_other_columns_called_like_canonical_ones_stay_out(tmp_path: Path):
    table = built(tmp_path, "date,item,quantity,net\n2024-01-01,a,1,10\n2024-01-02,a,2,20\n", mapping={"quantity": "net"})
    assert table.frame["quantity"].to_list() == [10, 20]
    assert table.ignored == ["quantity"]


def test_a_price_known_in_advance_has_the_same_name_in_sales_and_future(tmp_path: Path):
    sales = built(tmp_path, "fecha,articulo_codigo,cantidad,precio_unitario\n2024-01-01,a,1,2.5\n2024-01-02,a,1,2.5\n")
    future = built(tmp_path, "fecha,articulo_codigo,Precio Unitario,promo\n2024-02-01,a,3.5,1\n2024-02-02,a,3.5,0\n", "future")
    assert "unit_price" in sales.frame.columns
    assert future.regressors == ["unit_price", "promo"]
    assert future.frame["unit_price"].to_list() == [3.5, 3.5]


THOUSANDS = "date,item,quantity,unit_price\n2024-01-01,a,3.750,$ 258.999\n2024-01-02,a,7,$ 185.000\n"


def test_sales_with_thousands_points_are_read_as_is_usual_where_the_company_is(tmp_path: Path):
    table = built(tmp_path, THOUSANDS, convention=Convention(usual="comma"))
    assert table.frame["quantity"].to_list() == [3750, 7]
    assert table.frame["unit_price"].to_list() == [258999, 185000]
    with pytest.raises(DatasetUnusable, match=r"quantity \(column 'quantity'\): '3.750'; unit_price .*'\$ 258.999', '\$ 185.000'"):
        built(tmp_path, THOUSANDS, convention=Convention(usual="point"))
    assert built(tmp_path, THOUSANDS, convention=Convention(said="point")).frame["quantity"].to_list() == [3.75, 7]


@pytest.mark.parametrize(("weight", "quantity"), [("12,5", 3750), ("0.5", 3.75), ("12.25", 3.75)])
def test_a_number_of_another_column_proves_the_mark_of_the_file(tmp_path: Path, weight: str, quantity: float):
    text = f"date;item;quantity;weight;note\n2024-01-01;a;3.750;{weight};v1.2\n2024-01-02;a;7;2;1,5 l\n"
    table = built(tmp_path, text)
    assert (table.frame["quantity"].to_list(), table.mark.evidence) == ([quantity, 7], "proof")


def test_weights_with_as_many_decimals_as_they_need_stay_decimals(tmp_path: Path):
    text = "date,item,quantity\n2024-01-01,a,1.250\n2024-01-02,a,2.375\n2024-01-03,a,0.500\n"
    assert built(tmp_path, text).frame["quantity"].to_list() == [1.25, 2.375, 0.5]


def test_an_unclear_mark_of_a_regressor_refuses_nothing_and_is_said(tmp_path: Path):
    table = built(tmp_path, "date,item,quantity,load\n2024-01-01,a,3,1.500\n2024-01-02,a,7,2.500\n")
    assert table.frame["load"].to_list() == [1.5, 2.5]
    assert table.unproved["load"].startswith("The point in numbers such as '1.500' was read as the decimal mark")
