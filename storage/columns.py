"""The columns that Noria knows, the names they go by in files, and which column of a file is which."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from jobs.errors import FieldError, InputError

DatedType = Literal["sales", "future"]
TableType = Literal["sales", "stock", "future"]
DatasetType = Literal["sales", "stock", "future", "detection"]
DATASET_TYPES: tuple[DatasetType, ...] = get_args(DatasetType)

REQUIRED: dict[TableType, tuple[str, ...]] = {
    "sales": ("date", "item", "quantity"), "future": ("date", "item"), "stock": ("item", "on_hand"),
}
OPTIONAL: dict[TableType, tuple[str, ...]] = {
    "sales": ("item_name", "unit_price", "unit_cost", "category"),
    "future": ("unit_price", "unit_cost"),  # so that a price known in advance has the same name in both files
    "stock": ("on_order", "lead_time_days", "service_level", "supplier", "unit_cost", "minimum_order_quantity", "pack_size"),
}
NUMBERS = ("quantity", "unit_price", "unit_cost")

# Compared without accents, case, spaces and signs; the first one that the file has wins.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "date": ("date", "fecha", "day", "dia", "ds", "sale date", "order date", "invoice date", "fecha venta", "fecha movimiento",
             "fecha factura", "timestamp", "datetime"),
    "item": ("item", "articulo codigo", "codigo articulo", "item id", "item code", "sku", "codigo", "articulo", "producto codigo",
             "codigo producto", "product id", "product code", "article code", "unique id", "referencia", "ref", "product",
             "producto"),
    "quantity": ("quantity", "cantidad", "qty", "units", "unidades", "uds", "sales", "ventas", "cantidad vendida",
                 "quantity sold", "units sold", "demand", "demanda", "y"),
    "item_name": ("item name", "articulo nombre", "nombre articulo", "product name", "producto nombre", "nombre producto",
                  "descripcion", "description", "nombre", "name", "producto", "product", "articulo"),
    "unit_price": ("unit price", "precio unitario", "precio", "price", "precio venta", "valor unitario", "pvp"),
    "unit_cost": ("unit cost", "costo unitario", "costo", "cost", "coste", "coste unitario"),
    "category": ("category", "categoria", "grupo", "group", "familia", "family", "linea", "department"),
    "on_hand": ("on hand", "existencias", "stock", "disponible", "existencia", "inventario", "saldo", "stock actual",
                "cantidad disponible", "quantity on hand", "qty on hand", "available", "inventory", "cantidad", "quantity"),
    "on_order": ("on order", "en pedido", "pedido en curso", "pedidos en curso", "pendiente de recibir", "pedido", "pedidos",
                 "cantidad en pedido", "en transito", "por recibir", "en curso", "pendiente", "quantity on order", "qty on order",
                 "open orders", "ordered", "in transit", "incoming"),
    "lead_time_days": ("lead time days", "plazo entrega dias", "plazo de entrega dias", "plazo entrega", "plazo de entrega",
                       "lead time", "dias entrega", "dias de entrega", "tiempo entrega dias", "tiempo de entrega"),
    "service_level": ("service level", "nivel servicio", "nivel de servicio", "cycle service level"),
    "supplier": ("supplier", "proveedor", "proveedor nombre", "nombre proveedor", "vendor", "supplier name"),
    "minimum_order_quantity": ("minimum order quantity", "pedido minimo", "cantidad minima", "cantidad minima pedido", "moq",
                               "minimo pedido", "compra minima", "min order quantity", "minimum order"),
    "pack_size": ("pack size", "unidades por empaque", "unidades empaque", "empaque", "unidades por caja", "tamano empaque",
                  "units per pack", "pack", "multiplo", "case size"),
}


@dataclass(frozen=True, slots=True)
class Roles:
    """Which column of a file is which: canonical name → the file's column; `others` are the file's remaining columns."""

    canonical: dict[str, str]
    others: tuple[str, ...]


def known(type_: TableType) -> tuple[str, ...]:
    """The canonical columns of a type, the required ones first."""
    return REQUIRED[type_] + OPTIONAL[type_]


def require_type(type_: str) -> DatasetType:
    """`type_` if there is such a type. Raises InputError with the field `type` and the types there are."""
    for supported in DATASET_TYPES:
        if type_ == supported:
            return supported
    there_are = ", ".join(DATASET_TYPES[:-1]) + " and " + DATASET_TYPES[-1]
    message = f"There is no data set type {type_[:64]!r}; there are {there_are}."
    raise InputError(message, fields=(FieldError("type", message),))


def require_mapping(type_: DatasetType, mapping: Mapping[str, str] | None) -> dict[str, str]:
    """The mapping, sorted, without entries that say nothing. Raises InputError for a name that is not canonical."""
    given = mapping or {}
    if type_ == "detection":
        if any(given.values()):
            raise InputError("A detection data set has no columns to map; leave mapping out.",
                             fields=(FieldError("mapping", "is for tables only"),))
        return {}
    unknown = [name for name in given if name not in known(type_)]
    fields = tuple(FieldError(f"mapping.{name[:64]}", f"not a column of {type_}; there are {', '.join(known(type_))}")
                   for name in unknown)
    if unknown:
        raise InputError(f"The mapping names columns that {type_} does not have; there are {', '.join(known(type_))}.",
                         fields=fields)
    return {name: given[name] for name in sorted(given) if given[name]}


def folded(name: str) -> str:
    """A column name as it is compared: no accents, lower case, no spaces and signs (`Artículo_Código` → `articulocodigo`)."""
    plain = unicodedata.normalize("NFKD", name)
    return re.sub(r"[^a-z0-9]+", "", "".join(c for c in plain if not unicodedata.combining(c)).casefold())


def assign(type_: TableType, header: Sequence[str], mapping: Mapping[str, str]) -> Roles:
    """Decide which column is which: `mapping` wins, then the canonical names and their synonyms.

    Raises InputError that names the columns there are, when a mapped or a required one is missing.
    """
    missing = [FieldError(f"mapping.{name}", f"the file has no column {column[:200]!r}")
               for name, column in mapping.items() if column not in header]
    if missing:
        raise InputError(f"The mapping names columns that the file does not have; it has {listed(header)}.",
                         fields=tuple(missing))
    canonical = dict(mapping)
    for name in known(type_):
        free = {folded(column): column for column in reversed(header) if column not in canonical.values()}
        found = next((free[folded(s)] for s in SYNONYMS[name] if folded(s) in free), None)
        if name not in canonical and found is not None:
            canonical[name] = found
    absent = [name for name in REQUIRED[type_] if name not in canonical]
    if absent:
        fields = tuple(FieldError(f"file.{name}", f"no column for {name}; call it {name} or {SYNONYMS[name][1]}, or name yours "
                                  f"(`mapping`, --map {name}=…)") for name in absent)
        raise InputError(f"The file has no column for {', '.join(absent)}; its columns are {listed(header)}. "
                         f"{how_to_name(absent)}", fields=fields)
    return Roles(canonical, tuple(column for column in header if column not in canonical.values()))


def how_to_name(absent: Sequence[str]) -> str:
    """How to say which columns of a file those are, over HTTP and at the command line."""
    return f"Name yours in `mapping`, or for `noria upload`: {' '.join(f'--map {name}=…' for name in absent)}."


def listed(header: Sequence[str], limit: int = 30) -> str:
    """Column names for a message: the first `limit` of them, each cut to 60 characters."""
    shown = ", ".join(repr(name[:60]) for name in header[:limit])
    return shown + (f" and {len(header) - limit} more" if len(header) > limit else "")
