"""The parts of a question that change its answer or that no answer has: averages, sums by category, shares, margins, prices.

Sentences here are masked: each article or category stands in them as `⟦⟧`, each period as `⟨p⟩`.
"""

import re

from jobs.forecasting.ask_kinds import Intent, Language
from jobs.forecasting.question_manner import Manner, Part

_DAY, _WEEK, _MONTH = "(?:dias?|days?)", "(?:semanas?|weeks?)", "(?:mes(?:es)?|months?)"
_LONGER = "(?:trimestres?|quarters?|bimestres?|semestres?|anos?|years?|quincenas?|fortnights?|horas?|hours?)"
_UNITS: tuple[tuple[str, Manner], ...] = (
    (rf"{_DAY}|diari[oa]s?|diariamente|daily", "per_day"), (rf"{_WEEK}|semanal(?:es|mente)?|weekly", "per_week"),
    (rf"{_MONTH}|mensual(?:es|mente)?|monthly", "per_month"))
_ANY = rf"(?:{_DAY}|{_WEEK}|{_MONTH}|{_LONGER})"
_AVERAGE = re.compile(r"\b(?:promedi\w+|averag\w+|avg|mean|media (?:mensual|diaria|semanal|de|por|al|del)|en media|"
                      r"mediana|median)\b")
_EACH = re.compile(rf"\b(?:por|per|al|a la|cada|each|every|an?|by) {_ANY}(?!\w)|"
                   r"\b(?:mensual|semanal|diari[oa]|monthly|weekly|daily)(?:mente|es|s)?\b")
_HOW_MANY = re.compile(r"\b(?:cuant[oa]s?|how (?:much|many))\b")
_BY_PERIOD = re.compile(
    rf"\b(?:por|per|by|cada|each|every) {_ANY}(?!\w)|\bmes (?:a|por) mes\b|\b(?:month|day|week|year) (?:by|to) (?:month|"
    rf"day|week|year)\b|"
    r"\b(?:dia a dia|semana a semana|ano a ano)\b|"
    r"\b(?:ventas?|sales|demanda|demand|pronosticos?|forecasts?|salidas) (?:mensual|semanal|diari[oa]|trimestral|"
    r"anual)(?:es|s)?\b|"
    r"\b(?:monthly|weekly|daily|quarterly) (?:sales|demand|forecasts?|breakdown|figures)\b")
_ONE = (r"(?:que|cual|cuales|which|what)(?: (?:es|fue|son|fueron|sera|is|was|are|were|will be))?(?: (?:el|la|los|las|the))?"
        r"(?: ⟨n⟩)?(?: (?:mejor|peor|best|worst)(?:es)?)?")
_BEST_PERIOD = re.compile(rf"\b(?:{_ONE}|mejor(?:es)?|peor(?:es)?|best|worst|top(?: ⟨n⟩)?) {_ANY}(?!\w)(?! (?:of|"
                          rf"de) (?:stock|inventario))|"
                          rf"\b{_ANY} (?:que |with |con |in which |en que )?(?:the )?(?:mas|menos|most|least|best|highest|"
                          rf"mayor(?:es)?|mejor(?:es)?)\b|"
                          r"^(?:(?:y|and) )?(?:cuando|when)\b")
_SHARE = re.compile(r"(?<!\w)(?:porcentajes?|percent(?:age)?s?|pct|proporcion|proportion|fraccion|fraction|participacion|share|"
                    r"(?:what|que|which|el|the|cual) %|% (?:de|del|of)|"
                    r"(?:que|what) (?:parte|part) (?:de|of))(?!\w)")
_GROUP = r"(?:categorias?|category|categories|grupos?|groups?|familias?|family|families)"
_BY_CATEGORY = re.compile(rf"(?<!⟦⟧ )\b{_GROUP}\b(?! (?:(?:de|del|of|la|el|the|llamada|called) )*(?:⟦⟧|⟨n⟩ ⟦⟧))")
_BY_OTHER = re.compile(
    r"\b(?:por|by|per|cada|each) (?:proveedor(?:es)?|suppliers?|vendors?|vendedor(?:es)?|tiendas?|stores?|shops?|marcas?|brands?|"
    r"clientes?|customers?|bodegas?|warehouses?|sucursal(?:es)?|branch(?:es)?|ciudad(?:es)?|city|region(?:es)?|pais(?:es)?|country)\b")
_EITHER = re.compile(r"\b(?:cual(?:es)?|que|which|what)\b.*\b(?:o|u|or|vs|versus)\b|"
                     r"\b(?:mas|more|menos|less|fewer)\b.*\b(?:que|than)\b")

_FROM_WHOM_ES = re.compile(r"\b(?:compr\w+|ped\w+|pid\w+|encarg\w+|orden\w*)(?: ⟨p⟩)? (?:a|al) ⟦⟧")
_FROM_WHOM_EN = re.compile(r"\bfrom (?:the )?⟦⟧")
_TAX = re.compile(r"\b(?:sin|con|mas|menos|with|without|before|after|plus|excluding|including|antes de|despues de) (?:el |"
                  r"the )?(?:iva|iba|vat|tax(?:es)?|impuestos?)\b")
# What would change data: that of itself only where an order begins, as these words have other senses elsewhere.
CHANGING = (
    r"^(?:(?:please|por favor|can you|could you|puedes|podrias|quiero|i want to) )*(?:corr[ie]g(?:e|ir)|modific(?:a|ar)|edit|"
    r"undo|deshaz|deshacer|overwrite|(?:change|correct|set|cambi(?:ar?|o)|pon(?:er)?) (?:the|my|our|el|la|los|las) "
    r"(?:stock|inventory|sales|prices?|costs?|inventario|existencias|ventas|precios?|costos?)|(?:add|record|register|agreg(?:a|ar)|anot(?:a|ar)|"
    r"registr(?:a|ar)) (?:(?:an?|una?|⟨\w⟩|\d+) )+(?:sales?|ventas?|units|unidades))")
_NO_SALES = r"\b(?! (?:en|por|con|de) (?:las |mis |nuestras )?ventas)"
_EARN = rf"gan(?:e|an?|o|amos|aron|are|aremos|aran?|ar|aria\w*|aba\w*|ando){_NO_SALES}"
EARNED = rf"cuant[oa]s? (?:\S+ ){{0,4}}?{_EARN}|(?:he|ha|han|hemos|habia\w*) ganado|earn(?:ed|s|ings?)?"
_TOPIC_WORDS: dict[Part, str] = {
    "change": r"(?:borr|elimin)(?:ar?|en?|ame|al[oa]s?|arl[oa]s?)|delete|remove|drop table|cancel(?:ar?|e)?|actualiz(?:ar?|e)|"
              rf"update(?! (?:me|us))|{CHANGING}",
    "margin": rf"margen(?:es)?|margins?|profit\w*|ganancias?|utilidad(?:es)?|rentab\w+|{EARNED}|gan(?:e|amos){_NO_SALES}|"
              r"how much (?:money |cash )?(?:did|do|does|have|has|will|would) (?:\S+ ){1,2}?(?:make|made)",
    "supplier": r"proveedor(?:es)?|suppliers?|vendors?",
    "price": r"precios?|prices?|pricing|descuentos?|discounts?|cuestan?|costs?|costo|"
             r"(?:cuant[oa]s?|how much) (?:valen?|is|are)(?= (?:\S+ )*?⟦)",
    "customer": r"clientes?|customers?|clients?", "returned": r"devoluci\w+|returns|refunds?",
    "staff": r"empleados?|employees?|staff|vendedor(?:es)?|salesperson|salespeople|quien(?:es)?|who",
    "place": r"sucursal(?:es)?|branch(?:es)?|tiendas?|stores?|shops?|donde|where|ciudad(?:es)?|city|cities",
    "overstock": r"de mas(?! de \W)|mas de (?:la cuenta|lo)|more (?:\S+ )*?than (?:i|we) (?:need|can sell|sell)|de sobra|"
                 r"(?:sobre|over) ?(?:stock|invent)\w*|sobr(?:a|an|ando|ad[oa]s?|antes?)|exces\w+|surplus|too (?:much|many)|"
                 r"demasiad[oa]s?",
    "tax": r"iva|vat|tax(?:es)?|impuestos?",
    "invoice": r"facturas?|invoices?|deudas?|debts?|owe|pagar|pagos?|pays?|payments?|les? deb\w+ al?|debemos al?",
    "bought": r"compr(?:e|amos|aron)|bought|ordered|did (?:we|i|you) (?:buy|order|purchase)",
    "newcomer": r"nuev[oa]s?|new|newest|recien|lanzad[oa]s?|launched",
    "why": r"^(?:(?:y|and) )?(?:por ?que|why)"}
_TOPICS = {part: re.compile(rf"\b(?:{pattern})\b") for part, pattern in _TOPIC_WORDS.items()}


def names_supplier(marked: str, intent: Intent, language: Language) -> bool:
    """Whether a sentence names whom to buy from; a name that no article has stands in it as `⟦⟧`, too."""
    whom = _FROM_WHOM_ES if language == "es" else _FROM_WHOM_EN
    return intent in ("purchase_list", "investment_total") and whom.search(marked) is not None


def words_of_topics(marked: str) -> set[str]:
    """The words of a question by which it is about something that cannot be answered."""
    return {word for pattern in _TOPICS.values() for found in pattern.finditer(marked) for word in found.group().split()}


def topic_of(marked: str) -> tuple[Part, ...]:
    """What a question that cannot be answered is about, where that is known."""
    for part, pattern in _TOPICS.items():
        if pattern.search(marked):
            return (part,)
    return ("best_period",) if _BEST_PERIOD.search(marked) else ()


def parts_of(marked: str, intent: Intent) -> tuple[frozenset[Manner], tuple[Part, ...]]:
    """How else an answer is wanted (an average, a sum by category), and what of the question no answer has."""
    manner: set[Manner] = set()
    refused: list[Part] = []
    selling = intent in ("demand", "top_sellers", "worst_sellers")
    if _SHARE.search(marked) and intent != "compare_periods":
        refused.append("share")
    if _TAX.search(marked):
        refused.append("tax")
    if _BY_OTHER.search(marked):
        refused.append("by_group")
    if selling and _BEST_PERIOD.search(marked) and not (intent == "demand" and re.match("(?:cuando|when)", marked)):
        refused.append("best_period")
    averaged = _AVERAGE.search(marked) or (intent == "demand" and _HOW_MANY.search(marked) and _EACH.search(marked))
    if averaged:
        each = _EACH.search(marked)
        unit = next((name for pattern, name in _UNITS if each and re.search(rf"\b(?:{pattern})\b", each.group())), None)
        if unit and intent == "demand":
            manner.add(unit)
        else:
            refused.append("average")
    elif _BY_PERIOD.search(marked) and (selling or intent == "compare_periods"):
        refused.append("by_period")
    if _BY_CATEGORY.search(marked):
        if selling and not manner:
            manner.add("by_category")
        elif intent in ("purchase_list", "investment_total", "compare_periods", "demand"):
            refused.append("by_group")
    return frozenset(manner), tuple(dict.fromkeys(refused))


def sets_apart(sentence: str) -> bool:
    """Whether a ranking is one of a few that are named: `which sells more, tyres or batteries`."""
    return _EITHER.search(sentence) is not None
