"""A buy list in words: each line's own sum, which adds up as it is shown, and what the list assumes. English and Spanish."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from jobs.forecasting.purchase_terms import PurchaseTerms
from jobs.forecasting.stock_codes import StrangeCodes

Language = Literal["en", "es"]
Cause = Literal["smallest", "safety", "expected"]
CAUSES: tuple[Cause, ...] = get_args(Cause)
NAMED = 5
# The month in which people buy is seldom over, and the file of the one before comes late.
OLD_DAYS = 62


@dataclass(frozen=True, slots=True)
class Line:
    """One item's sum, units as shown: multiples of 0.01 (see inventory.py).

    wanted: before a budget. quantity: what is bought. costless: its cost is unknown and the money is limited. unknown: no
    quantity is known of it for a year; last_known: the last period with one.
    """

    forecast: float
    safety_stock: float
    on_hand: float
    on_order: float
    wanted: float
    quantity: float
    minimum: float
    pack: float
    unit: float
    dead: bool
    last_sale: date | None
    costless: bool
    unknown: bool
    last_known: date | None


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of a language; braces are filled in."""

    comma: bool
    total: str
    packs: str
    minimum: str
    minimum_packs: str
    budget: str
    costless: str
    dead: str
    never: str
    starts: str
    covers: str
    no_stock: str
    not_in_stock: str
    not_known: str
    unknown: str
    lead_time: str
    service_level: str
    no_cost: str
    costless_items: str
    below_zero: str
    old_sales: str
    year_orders: str
    year_causes: Mapping[Cause, str]
    safety: str
    cut: str
    emptied: str
    blank_since: str
    blank: str
    strange: str
    alike: str
    right_codes: str

    def number(self, value: float) -> str:
        """As it is written in the language, with at most two decimals and no thousands mark."""
        text = f"{abs(value):.2f}".rstrip("0").rstrip(".")
        sign = "−" if value < 0 and text != "0" else ""
        return sign + (text.replace(".", ",") if self.comma else text)

    def reason(self, line: Line) -> str:
        """The sum of a line: forecast + safety stock − on hand − on order = what is missing → what is bought."""
        blank = self.blank_since.format(line.last_known) if line.last_known else self.blank
        return self._sum(line) + (self.below_zero if line.safety_stock < 0 else "") + (blank if line.unknown else "")

    def _sum(self, line: Line) -> str:
        missing = line.forecast + line.safety_stock - line.on_hand - line.on_order
        shown = (line.forecast, line.safety_stock, line.on_hand, line.on_order, missing)
        text = self.total.format(*(self.number(value) for value in shown))
        if line.dead:
            since = self.dead.format(line.last_sale) if line.last_sale else self.never
            return f"{text} → 0, {since}"
        text += f" → {self.number(line.wanted)}" + (self._rounding(line, missing) if line.wanted > 0 else "")
        if line.wanted > 0 and line.costless:
            return text + self.costless
        return text + (self.budget.format(self.number(line.quantity)) if line.quantity < line.wanted else "")

    def _rounding(self, line: Line, missing: float) -> str:
        packs, minimum = self.number(line.pack), self.number(line.minimum)
        short = line.minimum > missing
        if line.pack > line.unit:
            return (self.minimum_packs if short else self.packs).format(packs, minimum)
        return self.minimum.format(minimum) if short else ""

    def assumptions(
        self, terms: PurchaseTerms, starts: date, lead_time_days: float, cycle_service_level: float, *, last: date | None = None,
        absent_count: bool = True,
    ) -> tuple[str, ...]:
        """What the list takes for granted, each in a sentence. last: the last day that it is for, where one was asked for.

        absent_count: as in BuyTerms.
        """
        said = [self.covers.format(starts, last) if last else self.starts.format(starts)]
        count = len(terms.names)
        costless = int((terms.unit_cost != terms.unit_cost).sum())
        if not terms.stock_known:
            said.append(self.no_stock)
        elif terms.not_in_stock:
            said.append((self.not_in_stock if absent_count else self.not_known).format(terms.not_in_stock))
        if terms.unknown:
            said.append(self.unknown.format(len(terms.unknown), _first(terms.unknown)))
        if terms.default_lead_times:
            said.append(self.lead_time.format(self.number(lead_time_days), terms.default_lead_times))
        if terms.default_service_levels:
            said.append(self.service_level.format(self.number(100 * cycle_service_level), terms.default_service_levels))
        if costless == count:
            said.append(self.no_cost)
        elif costless:
            said.append(self.costless_items.format(costless))
        return tuple(said)

    def warnings(
        self, *, starts: date, sales_end_days_ago: float, year_orders: Mapping[Cause, Sequence[str]], bought: int,
        cycle_service_level: float, cut: int, emptied: Sequence[str], forecast: float, safety_stock: float,
        strange: StrangeCodes | None,
    ) -> tuple[str, ...]:
        """What to look at before ordering, each in a sentence.

        sales_end_days_ago: days from `starts` to today. year_orders: names of those of the lines `bought`, of which more than a
        year's sales, by the cause.
        cut: lines of which the budget buys less than is missing. emptied: names of those that run out and get nothing. forecast,
        safety_stock: units, of all lines bought. strange: codes of the stock that no item has.
        """
        said = []
        if strange:
            told = [self.strange.format(strange.strange, strange.total)]
            told += [self.alike.format(len(strange.alike), *strange.alike[0])] if strange.alike else []
            said.append(" ".join((*told, self.right_codes)))
        if sales_end_days_ago > OLD_DAYS:
            said.append(self.old_sales.format(starts, int(sales_end_days_ago)))
        if cut:
            said.append(self.cut.format(cut))
        if emptied:
            said.append(self.emptied.format(len(emptied), _first(emptied)))
        if safety_stock > forecast:
            share = self.number(round(100 * safety_stock / (forecast + safety_stock)))
            said.append(self.safety.format(share, self.number(100 * cycle_service_level)))
        for cause, items in year_orders.items():
            why = self.year_causes[cause].format(self.number(100 * cycle_service_level))
            said.append(f"{self.year_orders.format(len(items), bought, _first(items))} {why}")
        return tuple(said)


ENGLISH = Words(
    comma=False,
    total="forecast {} + safety stock {} − on hand {} − on order {} = {}",
    packs=" in packs of {0}",
    minimum=", the minimum order",
    minimum_packs=" in packs of {0}, the minimum order being {1}",
    budget="; the budget allows {}",
    costless="; its cost is not known and the money is limited, so 0",
    dead="not sold since {:%Y-%m}",
    never="never sold",
    starts="The demand counts from {}, the first day after the sales that the model knows; the stock should be that of this day.",
    covers="The demand counts from {} to {}, and over the lead time after that; the stock should be that of the first of these "
           "days.",
    no_stock="No stock was given, so every item counts as 0 on hand and 0 on order.",
    not_in_stock="Items that are not in the stock data count as 0 on hand and 0 on order: {}.",
    not_known="How much there is of items that are not in the stock data is not known, so none of them counts as running out: "
    "{}.",
    unknown="Items of the stock data that the model does not know are left out: {} ({}).",
    lead_time="A lead time of {} days is assumed where the stock data have none: {} items.",
    service_level="A cycle service level of {} % is assumed where the stock data have none: {} items.",
    no_cost="No cost is known for any item, so the investment cannot be told; with a budget nothing is bought.",
    costless_items="Items without a known cost count as 0 in the investment, and are not bought on a budget: {}.",
    below_zero="; a safety stock below 0: at its service level less than the forecast is enough",
    old_sales="The sales that the model knows end before {}, {} days ago, and the list is for the time after them: upload the "
    "whole history up to now, and train again.",
    safety="{} % of what has to be there is safety stock, more than the forecast: a service level of {} % takes that much where "
    "items sell seldom or unevenly. A lower service level buys less, and more often something will be missing.",
    year_orders="More is ordered than was sold in the last twelve months, of {} of the {} items to order: {}.",
    year_causes={
        "smallest": "That is what the supplier's smallest order or pack comes to, though less would do: ask for a smaller one.",
        "safety": "Such items sell seldom or unevenly: a service level of {} % keeps what a large sale would take. Look at them "
        "yourself, or ask for a lower service level.",
        "expected": "The forecast, with what is owed, is more than that: look at them yourself.",
    },
    cut="The budget does not reach: of {} items less is bought than is missing, or none.",
    emptied="Nothing is bought of {} items that will more likely than not run out before a delivery, or have, as the budget does "
    "not reach: {}.",
    blank_since="; its sales are blank after {:%Y-%m}, and what sold before is taken to go on: look at the quantity yourself",
    blank="; its sales are all blank, so that nothing is known: look at the quantity yourself",
    strange="Codes of the stock that are not in the sales that the model knows: {} of {}; what is there of them does not count.",
    alike="Only zeros in front, capitals or spaces differ in {} of them: the stock has {!r}, the sales have {!r}.",
    right_codes="Upload the stock with codes as in the sales; in Excel, format their column as text.",
)
SPANISH = Words(
    comma=True,
    total="pronóstico {} + stock de seguridad {} − existencias {} − en pedido {} = {}",
    packs=" en empaques de {0}",
    minimum=", el pedido mínimo",
    minimum_packs=" en empaques de {0}, siendo {1} el pedido mínimo",
    budget="; el presupuesto alcanza para {}",
    costless="; no se conoce su costo y el dinero es limitado, así que 0",
    dead="sin ventas desde {:%Y-%m}",
    never="nunca se vendió",
    starts="La demanda cuenta desde el {}, el primer día después de las ventas que el modelo conoce; de ese día deben ser las "
    "existencias.",
    covers="La demanda cuenta del {} al {}, y después el plazo de entrega; las existencias deben ser las del primero de esos "
           "días.",
    no_stock="No se dieron existencias: cada artículo cuenta con 0 en existencia y 0 en pedido.",
    not_in_stock="Los artículos que no están en las existencias cuentan con 0 en existencia y 0 en pedido: {}.",
    not_known="No se sabe cuánto hay de los artículos que no están en las existencias, así que ninguno de ellos cuenta como "
    "agotado: {}.",
    unknown="Los artículos de las existencias que el modelo no conoce quedan por fuera: {} ({}).",
    lead_time="Se supone un plazo de entrega de {} días donde las existencias no traen ninguno: {} artículos.",
    service_level="Se supone un nivel de servicio por ciclo de {} % donde las existencias no traen ninguno: {} artículos.",
    no_cost="No se conoce el costo de ningún artículo: la inversión no se puede calcular, y con presupuesto no se compra nada.",
    costless_items="Los artículos sin costo conocido cuentan como 0 en la inversión y no se compran con presupuesto: {}.",
    below_zero="; stock de seguridad menor que 0: para su nivel de servicio basta con menos que el pronóstico",
    old_sales="Las ventas que el modelo conoce terminan antes del {}, hace {} días, y la lista es para el tiempo que sigue: "
    "sube toda la historia hasta hoy y entrena de nuevo.",
    safety="El {} % de lo que debe haber es stock de seguridad, más que el pronóstico: tanto pide un nivel de servicio de {} % "
    "donde se vende rara vez o de forma desigual. Con un nivel de servicio más bajo se compra menos, y más a menudo falta algo.",
    year_orders="Se pide más de lo que se vendió en los últimos doce meses, en {} de los {} artículos por pedir: {}.",
    year_causes={
        "smallest": "A tanto llega el pedido mínimo o el empaque del proveedor, y bastaría con menos: pide uno más pequeño.",
        "safety": "Se venden rara vez o de forma desigual: un nivel de servicio de {} % guarda lo que una venta grande se "
        "llevaría. Revísalos, o pide un nivel de servicio más bajo.",
        "expected": "El pronóstico, con lo que se debe, es más que eso: revísalos.",
    },
    cut="El presupuesto no alcanza: de {} artículos se compra menos de lo que falta, o nada.",
    emptied="No se compra nada de {} artículos que lo más probable es que se agoten antes de una entrega, o ya se agotaron, "
    "porque el presupuesto no alcanza: {}.",
    blank_since="; sus ventas están en blanco después de {:%Y-%m}, y se supone que sigue lo de antes: revisa la cantidad",
    blank="; todas sus ventas están en blanco, así que no se sabe nada: revisa la cantidad",
    strange="Códigos de las existencias que no están en las ventas que el modelo conoce: {} de {}; lo que hay de ellos no "
    "cuenta.",
    alike="En {} de ellos solo cambian ceros a la izquierda, mayúsculas o espacios: las existencias traen {!r}, las ventas {!r}.",
    right_codes="Sube las existencias con los códigos como en las ventas; en Excel, dale a esa columna formato de texto.",
)


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")


def words_in(language: Language) -> Words:
    """The sentences of a language."""
    return SPANISH if language == "es" else ENGLISH
