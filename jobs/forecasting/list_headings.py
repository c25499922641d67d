"""A buy list as people read it in a spreadsheet: headings and words in their language. The CSV keeps the names of the API.

The Spanish headings are those that an upload understands, so that a list that was filled in can be sent back as stock.
"""

import polars as pl

from jobs.forecasting.buy_words import Language
from jobs.forecasting.spreadsheet import as_workbook

HEADINGS = {
    "item": "artículo código", "item_name": "artículo nombre", "quantity": "cantidad a pedir", "unit_cost": "costo unitario",
    "investment": "inversión", "forecast": "pronóstico", "safety_stock": "stock de seguridad", "on_hand": "existencias",
    "on_order": "en pedido", "reorder_point": "punto de pedido", "reason": "motivo", "order_up_to_level": "nivel objetivo",
    "supplier": "proveedor", "category": "categoría", "class": "clase", "confidence": "confianza",
    "lead_time_days": "plazo de entrega días", "service_level": "nivel de servicio", "minimum_order_quantity": "pedido mínimo",
    "pack_size": "unidades por empaque", "packs": "empaques", "days_of_stock": "días de existencias", "exceptions": "excepciones",
    "change": "cambio", "change_reason": "motivo del cambio", "assumption": "supuesto", "total": "total", "value": "valor",
    "rounding": "redondeo a empaques", "cut": "recorte por presupuesto", "months_of_cover": "meses de cobertura",
}
WORDS = {
    "stockout": "se agota", "no_cost": "sin costo", "unknown": "sin datos", "new": "nuevo", "overstock": "exceso",
    "dead": "sin ventas",
    "high": "alta", "medium": "media", "low": "baja",
}
SHEETS = {"Buy list": "Lista de compras", "Left out by budget": "Sin presupuesto", "To look at": "Por revisar",
          "Nothing to do": "Nada que hacer", "Totals": "Totales", "Assumptions": "Supuestos",
          "Order": "Pedido"}


def book_of(sheets: dict[str, pl.DataFrame], language: Language) -> bytes:
    """An XLSX file of sheets by their English names, in `language`."""
    if language == "en":
        return as_workbook(sheets)
    worded = {SHEETS[name]: _in_words(table) for name, table in sheets.items()}
    return as_workbook(worded, lambda name: HEADINGS.get(name, name))


def _in_words(table: pl.DataFrame) -> pl.DataFrame:
    """`table` with exceptions, confidences and the names of totals in Spanish."""
    there = set(table.columns)
    lists = [pl.col("exceptions").list.eval(pl.element().replace(WORDS))] if "exceptions" in there else []
    words = [pl.col(name).replace(spoken) for name, spoken in (("confidence", WORDS), ("total", HEADINGS)) if name in there]
    return table.with_columns(*lists, *words)
