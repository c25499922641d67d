"""Stock tables: what is understood, what is said about odd rows, what is refused."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from jobs.errors import DatasetUnusable
from storage.convention import Convention, Mark
from storage.csv_file import CsvFile
from storage.inspect import inspect_file
from storage.raw_file import scan
from storage.stock import build_stock, profile_stock
from tests.storage.files import write_workbook


def stocked(folder: Path, text: str, mapping: dict[str, str] | None = None, said: Mark | None = None) -> tuple[pl.DataFrame, dict[str, Any]]:
    (folder / "f.csv").write_bytes(text.encode())
    file = CsvFile(folder / "f.csv", folder, scan(folder / "f.csv").lines)
    stock = build_stock(file, mapping or {}, 1000, Convention(said))
    profile = profile_stock(stock, file)
    json.dumps(profile, allow_nan=False)
    return stock.frame, profile


def test_spanish_names_are_understood_with_decimal_commas_and_leading_zeros(tmp_path: Path):
    frame, profile = stocked(tmp_path, (
        "articulo_codigo;existencias;en_pedido;plazo_entrega_dias;nivel_servicio;proveedor;costo_unitario;pedido_minimo;unidades_por_empaque\n"
        "0012;1.250,5;10;15;0,98;Ñandú S.A.;2.500,75;24;12\n0013;0;;;;;;;\n"))
    assert frame.columns == ["item", "on_hand", "on_order", "lead_time_days", "service_level", "supplier", "unit_cost",
                             "minimum_order_quantity", "pack_size"]
    assert frame.row(0) == ("0012", 1250.5, 10, 15, 0.98, "Ñandú S.A.", 2500.75, 24, 12)
    assert frame.row(1) == ("0013", 0, 0, None, None, None, None, None, None)
    assert (profile["rows"], profile["series"], profile["suppliers"], profile["units_on_hand"]) == (2, 2, 1, 1250.5)
    assert profile["notes"] == []
    assert sorted(profile["sample"]["codes"]) == ["0012", "0013"]


@pytest.mark.parametrize("name", ["existencias", "stock", "disponible", "On Hand", "on_hand", "Inventario"])
def test_units_on_hand_go_by_many_names(tmp_path: Path, name: str):
    assert stocked(tmp_path, f"item,{name}\na,3\n")[0].rows() == [("a", 3.0)]


def test_a_mapping_wins_over_names(tmp_path: Path):
    assert stocked(tmp_path, "item,stock,net\na,3,5\n", {"on_hand": "net"})[0].rows() == [("a", 5.0)]


def test_what_is_wrong_is_said_with_row_numbers_and_what_was_done(tmp_path: Path):
    frame, profile = stocked(tmp_path, (
        "item,on_hand,on_order,lead_time_days,service_level,unit_cost,minimum_order_quantity,pack_size,colour\n"
        "a,-5,-1,-3,1.5,0,-1,0,red\n"   # row 2
        "b,,5,9999,95,3,,,blue\n"       # row 3
        "a,7,2,10,0,4,,6,\n"))          # row 4
    # Then each oddity is named by its rows, and the numbers that cannot be are left out
    assert [(f["column"], f["rows"]) for f in profile["findings"]] == [
        ("on_hand", [3]), ("on_hand", [2]), ("on_order", [2]), ("service_level", [3]), ("service_level", [2, 4]),
        ("lead_time_days", [2, 3]), ("unit_cost", [2]), ("minimum_order_quantity", [2]), ("pack_size", [2]), ("item", [4])]
    assert frame.to_dicts() == [
        {"item": "a", "on_hand": 2, "on_order": 2, "lead_time_days": 10, "service_level": None, "unit_cost": 4,
         "minimum_order_quantity": None, "pack_size": 6},
        {"item": "b", "on_hand": 0, "on_order": 5, "lead_time_days": None, "service_level": 0.95, "unit_cost": 3,
         "minimum_order_quantity": None, "pack_size": None}]
    assert (profile["duplicates"], profile["negative_stock"]) == (1, 1)
    said = " ".join(profile["notes"])
    for words in ("on_hand: 1 row has no number (row 3); they count as 0", "owed to customers", "divided by 100",
                  "lead_time_days: 2 rows have", "(rows 2, 3)", "units are added up", "colour"):
        assert words in said


def test_only_the_first_twenty_rows_are_named_and_all_counted(tmp_path: Path):
    _, profile = stocked(tmp_path, "item,on_hand\n" + "".join(f"i{n},-1\n" for n in range(100)))
    assert profile["findings"][0]["count"] == 100
    assert profile["findings"][0]["rows"] == list(range(2, 22))
    assert "…" in profile["notes"][0]


@pytest.mark.parametrize(("text", "field", "words"), [
    ("item,on_hand\na,many\nb,2\n", "file.row 2.on_hand", "'many' is not a finite number"),
    ("item,on_hand\na,1\n,2\n", "file.row 3.item", "an empty cell is not an item"),
    ("item,on_hand\na,1e13\n", "file.row 2.on_hand", "is beyond 1,000,000,000,000"),
    ("item,on_hand,lead_time_days\na,1,soon\n", "file.row 2.lead_time_days", "'soon' is not"),
    ("item,colour\na,red\n", "file.on_hand", "existencias"),
])
def test_cells_that_cannot_be_used_refuse_the_file_by_their_row(tmp_path: Path, text: str, field: str, words: str):
    with pytest.raises(DatasetUnusable) as refused:
        stocked(tmp_path, text)
    assert refused.value.fields[0].field == field
    assert words in refused.value.fields[0].message


@pytest.mark.parametrize("text", ["item,on_hand\n", "item,on_hand\n,\n,\n", "item,on_hand\na,\nb,\n"])
def test_a_file_without_a_usable_row_is_refused(tmp_path: Path, text: str):
    with pytest.raises(DatasetUnusable, match="no rows|No row"):
        stocked(tmp_path, text)


def test_sales_are_not_taken_for_stock(tmp_path: Path):
    sales = "Fecha;sku;cantidad\n" + "".join(f"2026-0{month}-01;{item};5\n" for month in range(1, 5) for item in "ab")
    with pytest.raises(DatasetUnusable) as refused:
        stocked(tmp_path, sales)
    assert "look like sales: there is a column 'Fecha', and 6 of 8 rows" in str(refused.value)
    assert refused.value.fields[0].field == "type"


@pytest.mark.parametrize(("text", "mapping"), [
    ("fecha,sku,cantidad\n2026-11-26,a,5\n2026-11-27,b,2\n2026-11-27,a,1\n", {}),
    ("bodega,sku,cantidad\nnorte,a,5\nsur,a,2\neste,a,1\n", {}),
    ("fecha,sku,cantidad\n2026-11-25,a,5\n2026-11-26,a,2\n2026-11-27,a,1\n", {"on_hand": "cantidad"}),
], ids=["counted on two days", "three stores", "the column was named"])
def test_stock_of_several_stores_or_days_is_added_up(tmp_path: Path, text: str, mapping: dict[str, str]):
    frame, _ = stocked(tmp_path, text, mapping)
    assert frame["on_hand"].sum() == 8


def test_blank_rows_are_left_out_and_a_comma_that_was_guessed_is_said(tmp_path: Path):
    frame, profile = stocked(tmp_path, 'item,on_hand\na,"1,234"\n,\n')
    assert frame.rows() == [("a", 1234.0)]
    assert profile["blank_rows"] == 1
    assert "thousands mark" in profile["notes"][0]


def test_a_workbook_with_numbers_as_codes_gives_the_same_items_as_sales_do(tmp_path: Path):
    write_workbook(tmp_path / "raw", [["codigo", "disponible", "proveedor"], [12, 3, "  A  "], [13, 4.5, ""]])
    profile = inspect_file(tmp_path / "raw", tmp_path, type_="stock", mapping={}, max_rows=100, max_bytes=1 << 20)
    assert pl.read_parquet(tmp_path / "table.parquet").rows() == [("12", 3.0, "A"), ("13", 4.5, None)]
    assert profile["rows"] == 2


def test_thousands_points_are_units_and_money_and_the_profile_says_so(tmp_path: Path):
    frame, profile = stocked(tmp_path, "item;existencias;en_pedido;costo\n21047242;1.500;7;32.000\n21047243;60;;258.999\n")
    assert frame.rows() == [("21047242", 1500, 7, 32000), ("21047243", 60, 0, 258999)]
    assert profile["decimal_mark"] == "comma"
    assert profile["notes"] == [(
        "The point in numbers such as '1.500' was read as a thousands mark; no number in the file proves it. If it is not, upload the "
        "file again with the decimal mark '.' (`decimal`, --decimal-mark .).")]


def test_points_that_may_be_either_are_refused_with_column_numbers_and_what_to_write(tmp_path: Path):
    text = "item,stock,unit_cost\na,1.500,7\nb,32.000,7\nc,258.999,7\nd,1.750,7\n"
    with pytest.raises(DatasetUnusable) as e:
        stocked(tmp_path, text)
    assert "on_hand (column 'stock'): '1.500', '32.000', '258.999'" in e.value.message
    assert "--decimal-mark , if the point marks thousands, --decimal-mark . if it marks decimals" in e.value.message
    assert [f.field for f in e.value.fields] == ["file.on_hand"]
    assert stocked(tmp_path, text, said="point")[0]["on_hand"].to_list() == [1.5, 32, 258.999, 1.75]
    assert stocked(tmp_path, text, said="comma")[0]["on_hand"].to_list() == [1500, 32000, 258999, 1750]
