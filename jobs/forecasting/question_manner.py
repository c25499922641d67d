"""How a question wants its answer: what is in stock, ranked by money, what sold nothing, groups side by side; which currency."""

import re
from typing import Literal

from jobs.forecasting.ask_kinds import Intent
from jobs.forecasting.question_unsold import asks_for_unsold

Manner = Literal["on_hand", "by_money", "unsold", "groups", "per_day", "per_week", "per_month", "by_category", "all_time"]
# What of a question no answer has.
Part = Literal["exclusion", "nothing_left", "average", "by_period", "best_period", "share", "by_group", "number",
               "tax", "margin", "supplier",
               "price", "customer", "returned", "staff", "place", "why", "overstock", "newcomer",
               "change", "invoice", "bought"]

_STOCK = r"(?:stock|existencias?|inventario|inventory|bodega|almacen|warehouse|disponibles?|available|on hand|unidades)"
_THERE = (r"(?:tengo|tenemos|tiene|tienen|hay|quedan?|have|has|got|is|are|left|hold)(?! (?:que|por|para|to|been|sold|we sold|"
          r"i sold|sin)\b)")
_MANY = r"(?:cuant[oa]s?|how (?:much|many))(?! (?:tiempo|dias?|semanas?|mes(?:es)?|time|days?|weeks?|months?|long)\b)"
_ON_HAND = re.compile("|".join((
    rf"\b{_MANY} (?=.*\b{_STOCK}\b)(?:\S+ ){{0,12}}?{_THERE}\b",
    (rf"\b{_MANY} (?=.*⟦⟧)(?:\S+ ){{0,8}}?(?:tengo|tenemos|hay|quedan?|have|got|left)(?! (?:que|por|para|to|been|sold)\b)"
    r"(?! (?:i|we) sold\b)"),
    (rf"\b{_MANY} (?:stock|existencias?|inventario|inventory)\b(?! (?:debo|debemos|necesito|necesitamos|should|do (?:i|we) need|"
    r"necesitare|hace falta|hara falta)\b)"),
    (r"(?<!out of )(?<!sin )(?<!without )\b(?:stock|existencias|inventario|inventory|saldo)(?: actual(?:es)?| disponibles?| "
     r"levels?| on hand)? (?:de|del|of|for) (?:(?:el|la|los|las|the|categoria|category) )*⟦⟧"),
    (r"⟦⟧ (?:(?:do (?:i|we)|we|i) have |have (?:i|we) got |is |are )?(?:there )?(?:in stock|on hand|in the warehouse|en bodega|"
    r"en stock|en inventario|en existencia)\b"),
    r"^(?:stock|existencias?|inventario|inventory|saldo) ⟦⟧|⟦⟧ (?:stock|existencias?|inventario|inventory)(?: levels?)?$",
    r"\b(?:inventario|existencias|stock) actual\b|\b(?:current|present) (?:stock|inventory)\b",
)))
_HOW_LONG = re.compile(
    r"\b(?:alcanz\w+|dura\w*|last|enough|suficientes?|run(?:s|ning)? (?:out|low|short)|agot\w+|acab\w+|cuando|when|how long|"
    r"cobertura|cover)\b")

_MONEY = r"(?:pesos|dinero|plata|dolares|dollars|euros|soles|ingresos?|facturacion|valor|revenue|money|income|monto|cop|usd|eur)"
_BY_MONEY = re.compile("|".join((
    rf"\b(?:en|por|in|by)(?: (?:las?|los|el|total|ventas en|valor de|sales))* {_MONEY}\b", r"\b(?:by|por) (?:sales )?value\b",
    (r"\b(?:mas|most|highest|biggest|greatest|top|menos|least|lowest)(?: \w+){0,2}? (?:plata|dinero|ingresos|money|revenue|"
    r"income|turnover|facturacion)\b"), r"\b(?:mas|menos) (?:se )?factur\w+|\bfactur\w+ (?:mas|menos)\b")))

_ALL_TIME = re.compile(
    r"(?<!hardly )(?<!for )\bever\b(?! since)|\b(?:historical(?:ly)?|lifetime|historic[oa]s?|historicamente)\b|"
    r"\b(?:of |over |for )?all(?: -)? time\b|\b(?:de |en )?(?:todo el tiempo|todos los tiempos)\b|\b(?:desde|de) siempre\b|"
    r"\b(?:de|en|toda) (?:toda )?(?:la|nuestra) historia\b|\b(?:in|of) (?:all )?our history\b|"
    r"\bsince (?:we|i) (?:started|opened|began)\b|\bdesde que (?:abri\w+|empe\w+|hay datos|comenz\w+)\b|"
    r"\bsince the (?:very )?(?:beginning|start)\b(?! of)|\bdesde el (?:principio|comienzo|inicio)\b(?! de)|"
    r"\b(?:todos los datos|all (?:of )?the data)\b")
_BESIDE = re.compile(
    r"⟦⟧ (?:- )?(?:vs|versus|v|contra|against|frente al?|o|or|compared (?:to|with)|comparad[oa]s? con|con|with|y|and|e|que|than|"
    r"to) (?:(?:el|la|los|las|the|al|a|de|del|of|categoria|category) )*⟦⟧|\bentre ⟦⟧|\bbetween ⟦⟧")
_ANOTHER_TIME = re.compile(r"\b(?:mism[oa]s?|same|anterior(?:es)?|pasad[oa]s?|previ[oa]|previous|last|antes|before)\b")

# What a currency is called, and the ISO 4217 codes that it may be. The sign $ and `pesos` belong to many.
_IN = r"(?:(?:en|in|cuant[oa]s|many|[\d⟩]) )"  # beside these a word that has other senses is money
_CURRENCIES: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = tuple(
    (re.compile(rf"(?<!\w)(?:{pattern})(?!\w)"), frozenset(codes.split())) for pattern, codes in (
        (r"usd|us \$|u s \$|\$ us|(?:us|american) dollars?|dolar(?:es)? (?:american\w+|estadounidenses?)", "USD"),
        (r"cop|\$ cop|pesos? colombian\w+|colombian pesos?", "COP"), (r"mxn|pesos? mexican\w+|mexican pesos?", "MXN"),
        (r"clp|pesos? chilen\w+|chilean pesos?", "CLP"), (rf"{_IN}ars|pesos? argentin\w+|argentin\w+ pesos?", "ARS"),
        (r"euros?|eur|€", "EUR"), (r"gbp|£|quid|libras? esterlinas?|pounds? sterling", "GBP"), (rf"{_IN}pen", "PEN"),
        (r"brl|reais", "BRL"),
        (r"jpy|yens?|yenes", "JPY"), (r"cny|yuan(?:es)?", "CNY"), (r"chf|swiss francs?|francos suizos", "CHF"),
        (rf"{_IN}ves|bolivares", "VES"), (rf"{_IN}bob|bolivianos?", "BOB"), (r"bs", "BOB VES"),
        (rf"{_IN}pounds(?! (?:of|de)\b)", "GBP"), (rf"{_IN}soles", "PEN"), (rf"{_IN}reales", "BRL"),
        (rf"{_IN}quetzales", "GTQ"), (rf"{_IN}colones", "CRC SVC"), (rf"{_IN}guaranies", "PYG"), (rf"{_IN}lempiras", "HNL"),
        (r"canadian dollars?|dolar(?:es)? canadienses?", "CAD"),
        (r"dolar(?:es)?|dollars?|bucks", "USD CAD AUD NZD SGD HKD TWD"), (r"pesos?", "COP MXN ARS CLP UYU DOP CUP PHP")))


def manner_of(sentence: str, marked: str, intent: Intent, *, named: int) -> frozenset[Manner]:
    """How the answer is wanted. marked: the sentence with `⟨p⟩` for periods and `⟦⟧` for articles. named: articles or groups."""
    made: set[Manner] = set()
    if intent == "stockout_risk" and asks_on_hand(marked):
        made.add("on_hand")
    if intent in ("top_sellers", "worst_sellers") and _BY_MONEY.search(sentence):
        made.add("by_money")
    if intent == "worst_sellers" and asks_for_unsold(sentence):
        made.add("unsold")
    if intent in ("demand", "top_sellers", "worst_sellers") and _ALL_TIME.search(sentence):
        made.add("all_time")
    times = marked.count("⟨p⟩")
    if intent == "compare_periods" and named > 1 and times < 2 and not _ANOTHER_TIME.search(marked) and (
            _BESIDE.search(marked) or marked.count("⟦⟧") == 1):
        made.add("groups")
    return frozenset(made)


def asks_on_hand(marked: str) -> bool:
    """Whether a sentence asks how much there is, and not how long it lasts."""
    return _ON_HAND.search(marked) is not None and not _HOW_LONG.search(marked)


def ranks_by_money(sentence: str) -> bool:
    """Whether a ranking is wanted by money."""
    return _BY_MONEY.search(sentence) is not None


def currency_in(sentence: str) -> frozenset[str] | None:
    """The ISO 4217 codes that every currency of a sentence may be; none of them where two differ, None if none is named."""
    said = [codes for pattern, codes in _CURRENCIES if pattern.search(sentence)]
    return frozenset.intersection(*said) if said else None
