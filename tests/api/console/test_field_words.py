"""What fields are called on the pages."""

import pytest

from api.console.buy_jobs import PARAMS
from api.console.field_words import TERMS, column_in, plain_fields


@pytest.mark.parametrize(("path", "english", "spanish"), [
    ("params.months", "Has to last", "Tiene que durar"), ("file.row 19.quantity", "row 19, Quantity sold", "fila 19, Cantidad vendida"),
    ("file.row 19", "row 19", "fila 19"), ("file.on_hand", "Units on hand", "Unidades disponibles"), ("mapping.date", "Date", "Fecha"),
    ("params.horizon", "params.horizon", "params.horizon"), ("file[3]", "file[3]", "file[3]"), ("mapping.x", "mapping.x", "mapping.x")])
def test_the_path_of_a_field_is_called_as_on_the_page_if_it_has_a_name_there(path: str, english: str, spanish: str) -> None:
    assert plain_fields("en", f"{path}: no.") == f"{english}: no."
    assert plain_fields("es", f"{path}: no.") == f"{spanish}: no."


def test_what_is_no_path_stays() -> None:
    for text in ("Upload the file. Then train.", "my_file.csv", "myparams.months"):
        assert plain_fields("es", text) == text


def test_every_term_of_the_buy_list_has_a_name() -> None:
    assert set(PARAMS.values()) == set(TERMS)


def test_a_column_of_ones_own_keeps_its_name() -> None:
    assert (column_in("es", "quantity"), column_in("es", "cant")) == ("Cantidad vendida", "cant")
