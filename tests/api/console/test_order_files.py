"""The files that a buyer takes along: by supplier or whole, with headings and numbers of the page's language."""

import csv
import io
from typing import Any

from python_calamine import CalamineWorkbook

from api.console.buy_list import COLUMNS, edited
from api.console.order_files import LINES, ORDER, SupplierPart, as_file, order_of, supplier_parts
from tests.api.console.lists import line

ROWS = [line("00028", exceptions=["stockout", "new"]), line("=B", 7.5, supplier=None, unit_cost=None, investment=0.0, item_name="-Luz & Cía;=1", pack_size=0.01),
        line("C", 24.0, supplier="South"), line("D", 0.0, supplier="Idle")]


def cells(rows: list[dict[str, Any]], columns: tuple[str, ...], language: str) -> list[dict[str, str]]:
    content = as_file(rows, columns, language, "csv")
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";" if language == "es" else ","))


def test_a_csv_has_the_columns_of_the_jobs_own_one_number_format_and_no_formula() -> None:
    read = cells(edited(ROWS, {"C": 36}), LINES, "en")

    assert set(read[0]) == {*COLUMNS, "advised_quantity"}
    assert [(row["item"], row["quantity"], row["advised_quantity"], row["investment"]) for row in read] == [
        ("00028", "96", "96", "96000"), ("'=B", "7.5", "7.5", "0"), ("C", "36", "24", "36000"), ("D", "0", "0", "0")]
    assert read[0]["exceptions"] == "stockout, new"
    assert read[1]["item_name"] == "'-Luz & Cía;'=1"
    assert read[1]["supplier"] == ""


def test_in_spanish_headings_words_marks_and_separators_are_those_of_a_spanish_spreadsheet() -> None:
    read = cells(edited(ROWS, {}), LINES, "es")

    assert [(row["artículo código"], row["cantidad a pedir"]) for row in read] == [("00028", "96"), ("'=B", "7,5"), ("C", "24"), ("D", "0")]
    assert (read[0]["excepciones"], read[0]["confianza"], read[0]["nivel de servicio"]) == ("se agota, nuevo", "alta", "0,95")


def test_an_order_has_the_lines_of_one_supplier_with_whole_packs() -> None:
    rows = edited(ROWS, {"C": 30})

    assert [(row["item"], row["quantity"], row["packs"]) for row in order_of(rows, "South")] == [("C", 30, 2.5)]
    assert [(row["item"], row["packs"], row["pack_size"]) for row in order_of(rows, None)] == [("=B", None, None)]
    assert list(cells(order_of(rows, None), ORDER, "en")[0]) == list(ORDER)


def test_a_workbook_keeps_codes_and_says_what_it_adds_up_to() -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(as_file(order_of(edited(ROWS, {"00028": 12}), "North"), ORDER, "es", "xlsx")))

    assert book.get_sheet_by_name("Pedido").to_python() == [
        ["artículo código", "artículo nombre", "cantidad a pedir", "unidades por empaque", "empaques", "costo unitario", "inversión", "plazo de entrega días"],
        ["00028", "Part 00028", 12.0, 12.0, 1.0, 1000.0, 12000.0, 7.0]]
    assert book.get_sheet_by_name("Totales").to_python()[1:] == [["cantidad a pedir", 12.0], ["inversión", 12000.0]]


def test_suppliers_come_by_their_money_and_one_that_gets_nothing_last() -> None:
    assert supplier_parts(edited(ROWS, {})) == [
        SupplierPart("North", 1, 96.0, 96000.0), SupplierPart("South", 1, 24.0, 24000.0), SupplierPart(None, 1, 7.5, 0.0), SupplierPart("Idle", 0, 0.0, 0.0)]
