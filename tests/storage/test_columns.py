"""Which column of a file is which."""

import pytest

from jobs.errors import InputError
from storage.columns import SYNONYMS, assign, folded, known, require_mapping, require_type


def test_canonical_names_are_taken_as_they_are():
    roles = assign("sales", ["date", "item", "quantity", "promo"], {})
    assert roles.canonical == {"date": "date", "item": "item", "quantity": "quantity"}
    assert roles.others == ("promo",)


def test_spanish_names_are_understood_without_a_mapping():
    header = ["fecha", "articulo_codigo", "articulo_nombre", "cantidad", "precio_unitario", "costo_unitario"]
    assert assign("sales", header, {}).canonical == {
        "date": "fecha", "item": "articulo_codigo", "item_name": "articulo_nombre", "quantity": "cantidad",
        "unit_price": "precio_unitario", "unit_cost": "costo_unitario"}


@pytest.mark.parametrize("heading", ["Pedido en curso", "Pedidos en curso", "En curso", "Pendiente de recibir", "Por recibir", "En tránsito",
                                     "In transit", "Open orders"])
def test_what_is_on_its_way_is_on_order_under_the_names_that_shops_give_it(heading: str):
    assert assign("stock", ["Código", "Existencias", heading, "Pedido mínimo"], {}).canonical == {
        "item": "Código", "on_hand": "Existencias", "on_order": heading, "minimum_order_quantity": "Pedido mínimo"}


@pytest.mark.parametrize(("item", "quantity", "price"), [
    ("Ref.", "Uds.", "P.V.P."), ("Ref", "Uds", "PVP"), ("Referencia", "Unidades", "PVP"), ("SKU", "Uds.", "P.V.P.")])
def test_short_spanish_names_are_understood_in_sales(item: str, quantity: str, price: str):
    assert assign("sales", ["Fecha", item, "Producto", quantity, price], {}).canonical == {
        "date": "Fecha", "item": item, "item_name": "Producto", "quantity": quantity, "unit_price": price}


def test_no_name_stands_for_two_columns_of_one_type_but_those_of_an_article_and_of_what_there_is():
    for type_ in ("sales", "future", "stock"):
        names = [word for name in known(type_) for word in {folded(synonym) for synonym in SYNONYMS[name]}]
        assert {word for word in names if names.count(word) > 1} <= {"producto", "product", "articulo"}


def test_accents_case_and_spaces_do_not_matter():
    assert folded(" Artículo_Código ") == folded("ARTICULO CODIGO") == "articulocodigo"
    assert assign("sales", ["FECHA", "Artículo Código", "Cantidad"], {}).canonical["item"] == "Artículo Código"


def test_an_explicit_mapping_wins_over_names():
    roles = assign("sales", ["date", "item", "quantity", "net"], {"quantity": "net"})
    assert roles.canonical["quantity"] == "net"
    assert roles.others == ("quantity",)


def test_a_mapped_column_that_is_not_there_names_those_that_are():
    with pytest.raises(InputError, match="'date', 'sku'") as e:
        assign("sales", ["date", "sku"], {"quantity": "sold"})
    assert e.value.fields[0].field == "mapping.quantity"


def test_missing_columns_are_named_with_those_found():
    with pytest.raises(InputError, match=r"no column for item, quantity.*'date', 'foo'") as e:
        assign("sales", ["date", "foo"], {})
    assert [f.field for f in e.value.fields] == ["file.item", "file.quantity"]
    assert "or for `noria upload`: --map item=… --map quantity=…." in e.value.message


def test_future_data_need_no_quantity():
    assert assign("future", ["date", "item", "promo"], {}).others == ("promo",)


def test_types_that_do_not_exist_are_refused_at_their_field():
    with pytest.raises(InputError, match="sales, stock, future and detection") as e:
        require_type("songs")
    assert require_type("stock") == "stock"
    assert e.value.fields[0].field == "type"


def test_a_mapping_of_unknown_names_is_refused():
    with pytest.raises(InputError, match="unit_price") as e:
        require_mapping("sales", {"foo": "bar"})
    assert e.value.fields[0].field == "mapping.foo"
    assert require_mapping("sales", {"item": "b", "date": "a", "quantity": ""}) == {"date": "a", "item": "b"}


def test_stock_has_its_own_columns_and_spanish_names():
    header = ["articulo_codigo", "existencias", "en_pedido", "plazo_entrega_dias", "nivel_servicio", "proveedor", "costo_unitario",
              "pedido_minimo", "unidades_por_empaque", "nota"]
    roles = assign("stock", header, {})
    assert list(roles.canonical) == ["item", "on_hand", "on_order", "lead_time_days", "service_level", "supplier", "unit_cost",
                                     "minimum_order_quantity", "pack_size"]
    assert list(roles.canonical.values()) == header[:-1]
    assert roles.others == ("nota",)


@pytest.mark.parametrize(("code", "name"), [("Código", "Producto"), ("SKU", "Product"), ("Referencia", "Producto"), ("codigo", "Artículo")])
def test_a_product_beside_a_code_is_its_name(code: str, name: str):
    roles = assign("sales", ["Fecha", name, code, "Cantidad"], {})
    assert (roles.canonical["item"], roles.canonical["item_name"]) == (code, name)
    assert assign("sales", ["Fecha", name, "Cantidad"], {}).canonical["item"] == name
