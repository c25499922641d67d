"""The Spanish words of a buy list's files: headings, exceptions, confidences, sheets.

The headings are those that an upload understands, so that a list that was filled in can be sent back as stock.
"""

HEADINGS = {
    "item": "artículo código", "item_name": "artículo nombre", "quantity": "cantidad a pedir", "unit_cost": "costo unitario",
    "investment": "inversión", "forecast": "pronóstico", "safety_stock": "stock de seguridad", "on_hand": "existencias",
    "on_order": "en pedido", "reorder_point": "punto de pedido", "reason": "motivo", "order_up_to_level": "nivel objetivo",
    "supplier": "proveedor", "category": "categoría", "class": "clase", "confidence": "confianza",
    "lead_time_days": "plazo de entrega días", "service_level": "nivel de servicio", "minimum_order_quantity": "pedido mínimo",
    "pack_size": "unidades por empaque", "packs": "empaques", "days_of_stock": "días de existencias", "exceptions": "excepciones",
    "advised_quantity": "cantidad sugerida", "change": "cambio", "change_reason": "motivo del cambio",
    "assumption": "supuesto", "total": "total", "value": "valor",
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
