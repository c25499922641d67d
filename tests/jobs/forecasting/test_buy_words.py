"""The sum of a line adds up exactly as it is shown, in both languages: it is read back and added up."""

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.forecasting.buy_words import Line, words_in
from jobs.forecasting.stock_codes import StrangeCodes

NUMBER = r"(−?\d+(?:[.,]\d+)?)"
SUMS = {"en": rf"forecast {NUMBER} \+ safety stock {NUMBER} − on hand {NUMBER} − on order {NUMBER} = {NUMBER} → {NUMBER}",
        "es": rf"pronóstico {NUMBER} \+ stock de seguridad {NUMBER} − existencias {NUMBER} − en pedido {NUMBER} = {NUMBER} → {NUMBER}"}


def line(**given):
    usual = {"forecast": 120, "safety_stock": 34, "on_hand": 60, "on_order": 0, "wanted": 96, "quantity": 96, "minimum": 0, "pack": 12,
             "unit": 1, "dead": False, "last_sale": date(2024, 11, 1), "costless": False, "unknown": False, "last_known": None}
    return Line(**{**usual, **given})


def read(text, language):
    found = re.match(SUMS[language], text)
    assert found, text
    return [Decimal(number.replace(",", ".").replace("−", "-")) for number in found.groups()]


hundredths = st.integers(-10**11, 10**11).map(lambda n: n / 100)


@given(hundredths, hundredths, hundredths, hundredths, st.sampled_from(["en", "es"]))
def test_every_sum_read_back_adds_up(forecast, safety, on_hand, on_order, language):
    text = words_in(language).reason(line(forecast=forecast, safety_stock=safety, on_hand=on_hand, on_order=on_order))
    a, b, c, d, total, _ = read(text, language)
    assert a + b - c - d == total


@pytest.mark.parametrize(("given_line", "expected"), [
    (line(), "forecast 120 + safety stock 34 − on hand 60 − on order 0 = 94 → 96 in packs of 12"),
    (line(pack=1, wanted=94, quantity=94), "forecast 120 + safety stock 34 − on hand 60 − on order 0 = 94 → 94"),
    (line(pack=1, minimum=100, wanted=100, quantity=100), "forecast 120 + safety stock 34 − on hand 60 − on order 0 = 94 → 100, the minimum order"),
    (line(minimum=100, wanted=108, quantity=108),
     "forecast 120 + safety stock 34 − on hand 60 − on order 0 = 94 → 108 in packs of 12, the minimum order being 100"),
    (line(on_hand=180, wanted=0, quantity=0), "forecast 120 + safety stock 34 − on hand 180 − on order 0 = −26 → 0"),
    (line(quantity=48), "forecast 120 + safety stock 34 − on hand 60 − on order 0 = 94 → 96 in packs of 12; the budget allows 48"),
    (line(pack=1, wanted=94, quantity=0, costless=True),
     "forecast 120 + safety stock 34 − on hand 60 − on order 0 = 94 → 94; its cost is not known and the money is limited, so 0"),
    (line(quantity=0, dead=True), "forecast 120 + safety stock 34 − on hand 60 − on order 0 = 94 → 0, not sold since 2024-11"),
    (line(quantity=0, dead=True, last_sale=None), "forecast 120 + safety stock 34 − on hand 60 − on order 0 = 94 → 0, never sold"),
    (line(unknown=True, last_known=date(2023, 9, 1)),
     ("forecast 120 + safety stock 34 − on hand 60 − on order 0 = 94 → 96 in packs of 12; its sales are blank after 2023-09, and what sold "
      "before is taken to go on: look at the quantity yourself")),
    (line(pack=1, wanted=94, quantity=94, unknown=True),
     ("forecast 120 + safety stock 34 − on hand 60 − on order 0 = 94 → 94; its sales are all blank, so that nothing is known: look at the "
      "quantity yourself")),
    (line(forecast=0.3, safety_stock=-0.3, on_hand=-2, wanted=2, quantity=2, pack=1),
     ("forecast 0.3 + safety stock −0.3 − on hand −2 − on order 0 = 2 → 2; a safety stock below 0: at its service level less than the "
      "forecast is enough")),
])
def test_each_end_of_a_sum_in_english(given_line, expected):
    assert words_in("en").reason(given_line) == expected


def test_sums_in_spanish_have_decimal_commas():
    assert words_in("es").reason(line(forecast=120.5, quantity=48)) == (
        "pronóstico 120,5 + stock de seguridad 34 − existencias 60 − en pedido 0 = 94,5 → 96 en empaques de 12; el presupuesto alcanza para 48")
    assert words_in("es").reason(line(dead=True, quantity=0)).endswith("→ 0, sin ventas desde 2024-11")


def test_warnings_are_given_only_where_there_is_cause():
    def warnings(language="en", **given):
        usual = {"starts": date(2026, 11, 1), "sales_end_days_ago": 26.0, "year_orders": {}, "bought": 9, "cycle_service_level": 0.95, "cut": 0, "emptied": (),
                 "forecast": 120.0, "safety_stock": 120.0, "strange": None}
        return words_in(language).warnings(**usual | given)

    assert warnings() == ()
    assert len(warnings(sales_end_days_ago=70.0, year_orders={"safety": ["Bolt", "Nut"]}, cut=3)) == 3
    assert warnings(cut=2, emptied=["Washer"])[1].startswith("Nothing is bought of 1 items that will more likely than not run out")
    assert warnings(emptied=list("abcdef"), language="es")[0].endswith("no alcanza: a, b, c, d, e ….")
    assert "of 2 of the 9 items to order: Bolt, Nut." in warnings(year_orders={"safety": ["Bolt", "Nut"]})[0]
    assert "95 %" in warnings(year_orders={"safety": ["Bolt", "Nut"]})[0]
    assert "un nivel de servicio más bajo" in warnings(year_orders={"safety": ["Bolt", "Nut"]}, language="es")[0]
    assert "en 2 de los 9 artículos por pedir: Bolt, Nut." in warnings(year_orders={"safety": ["Bolt", "Nut"]}, language="es")[0]
    assert "smaller" not in warnings(year_orders={"safety": ["Bolt", "Nut"]})[0]
    smallest, safety = warnings(year_orders={"smallest": ["Bolt"], "safety": ["Nut"]})
    assert smallest.endswith("of 1 of the 9 items to order: Bolt. That is what the supplier's smallest order or pack comes to, though less would do: ask "
                             "for a smaller one.")
    assert (safety,) == warnings(year_orders={"safety": ["Nut"]})
    assert "pedido mínimo o el empaque del proveedor" in warnings(year_orders={"smallest": ["Bolt"]}, language="es")[0]
    assert "nivel de servicio" not in warnings(year_orders={"expected": ["Bolt"]}, language="es")[0]
    assert warnings(forecast=1138.5, safety_stock=4132.5)[0].startswith("78 % of what has to be there is safety stock")
    assert "un nivel de servicio de 95 %" in warnings(forecast=1, safety_stock=2, language="es")[0]
    assert warnings(strange=StrangeCodes(40, 30, ())) == (
        ("Codes of the stock that are not in the sales that the model knows: 30 of 40; what is there of them does not count. "
         "Upload the stock with codes as in the sales; in Excel, format their column as text."),)
    alike = StrangeCodes(40, 30, (("1", "00001"), ("2", "00002")))
    assert "differ in 2 of them: the stock has '1', the sales have '00001'. Upload" in warnings(strange=alike, cut=1)[0]
    assert "En 2 de ellos solo cambian" in warnings(strange=alike, language="es")[0]
