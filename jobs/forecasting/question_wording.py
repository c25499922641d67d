"""What a question leaves unsaid or says in its own way, in words that the rest of the reading knows; sentences are spelt right.

`la semana pasada más que esta` leaves out a unit, what customers bought is what was sold, and money put into goods is invested.
"""

import re

from jobs.forecasting.question_dates import ORDINALS
from jobs.forecasting.question_words import MONTHS

_PART = "(?:trimestre|quarter|semestre|half|bimestre|quincena|mitad)"
_UNSAID = re.compile(
    rf"\b(?:{'|'.join(ORDINALS)}) (?P<unit>{_PART})(?: \S+){{1,6}}? "
    rf"(?:{'|'.join(word for word in ORDINALS if word.isalpha())})(?! (?:{_PART}|semana|week))"
    r"(?=$| (?:de|del|of|in|en|,) )")
_SHORT_YEAR = re.compile(rf"\b(?P<month>{'|'.join(MONTHS)}) del (?P<year>2\d)(?= |$)(?! (?:al?|y|hasta) )")

# The units that `this one` may stand for, and the names of months, quarters and years.
_SAID_UNIT = re.compile(
    r"\b(?P<unit>fin de semana|weekend|dia|day|semana|week|quincena|fortnight|mes|month|bimestre|trimestre|quarter|semestre|ano|"
    rf"year)\b|\b(?P<month>{'|'.join(sorted(MONTHS, key=len, reverse=True))})\b|\b(?P<quarter>q [1-4])\b|"
    r"\b(?P<year>(?:19|20)\d\d)\b")
_NAMED_UNIT = {"month": ("mes", "month"), "quarter": ("trimestre", "quarter"), "year": ("ano", "year")}
_THIS_ONE = re.compile(
    r"\b(?P<lead>(?:que|than|contra|versus|vs|con|with|against|frente a|respecto a|to|or|o|y|and|beats?|outsell|outsold|supero a)"
    r"(?: (?:en|in|a|de|of|durante|during))?) (?P<this>est[ae]|this(?: one)?)"
    r"(?:(?<=this one)(?= |$)|(?<=(?:en|de) est[ae])(?= (?:de|en|para) )|"
    r"(?=$| ,| (?:o|or) (?:no|not|menos|less|fewer|mas|more|igual)\b))")

# `more then last week` is a common misspelling.
_THEN = re.compile(r"\b(?P<more>(?:more|less|fewer|better|worse|higher|lower)\b.*) then (?=this |last |in |the |⟦|$)")

_ASKS_WHAT = re.compile(
    r"(?<!\w)(?:que|cual(?:es)?|cuant[oa]s?|what|which|how (?:much|many)|mas|more|most|numero|number|unidades|units|cantidad|"
    r"total)(?!\w)")
# What people buy with what, when and how is none of what is sold.
_ASKS_HOW = re.compile(r"\b(?:together|along|also|juntos?|juntas?|tambien|horas?|hours?|what time|fiado|credito|credit|online)\b|"
                       r"^(?:cuando|when|como|where|donde)\b")
_BUYERS_EN = "(?:customers|clients|shoppers|buyers|consumers|people)"
_THE_EN = "(?:(?:all|our|the|my|your) )*"
_FORMS_EN = (("buy|purchase|take|order|ask for", "sell"), ("buying|purchasing|taking|ordering", "selling"),
             ("bought|purchased|took|taken|ordered", "sold"))
_SOME_EN = r"(?! (?:from|who|that|with|over|under|aged)\b)"
_BUYERS_ES = "(?:todos )?(?:los|nuestros|mis) (?:clientes|compradores|consumidores)"
_BUYER_ES = "(?:la|nuestra) (?:gente|clientela)"
_SOME_ES = r"(?! (?:que|con|nuev\w+|mayorist\w+|frecuent\w+|antigu\w+|habitual\w*|fiel\w*|de (?!⟦))(?!\w))"
_FORMS_ES = (
    ("van a (?:comprar|llevar|pedir)(?:se|nos)?", "va a (?:comprar|llevar|pedir)(?:se|nos)?", "vamos a vender"),
    ("han (?:comprado|llevado|pedido)", "ha (?:comprado|llevado|pedido)", "hemos vendido"),
    ("estan (?:comprando|llevando|pidiendo)", "esta (?:comprando|llevando|pidiendo)", "estamos vendiendo"),
    ("compraron|llevaron|pidieron", "compro|llevo|pidio", "vendimos"),
    ("compraban|llevaban|pedian", "compraba|llevaba|pedia", "vendiamos"),
    ("compraran|llevaran|pediran", "comprara|llevara|pedira", "venderemos"),
    ("compran|llevan|piden", "compra|lleva|pide", "vendemos"))


def _sold_en(buy: str, sell: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    helped = r"(?P<mid>(?:(?:be|been|have|had|will|going|likely|to|usually|normally|actually|ever|probably|already|expected) )*)"
    asked = rf"\b(?P<aux>did|do|will|would|could|might|are|were|have|had) {_THE_EN}{_BUYERS_EN} {helped}(?:{buy})\b"
    told = rf"(?:(?<!of )\b(?:our|the|my) |(?<=⟧ )|(?<=units )|(?<=that )){_BUYERS_EN} {helped}(?:{buy})\b"
    what = (rf"(?<=what ){_THE_EN}{_BUYERS_EN} {helped}(?:{buy})(?=$| (?:the )?(?:most|least|more|in|on|during|"
            r"between|last|this|next|yesterday|today)\b)")
    by = rf"\b(?:{buy}) by {_THE_EN}{_BUYERS_EN}\b{_SOME_EN}"
    pairs = [(asked, rf"\g<aux> we \g<mid>{sell}")]
    if sell != "selling":  # `the customers buying cement` are people
        pairs += [(told, rf"we \g<mid>{sell}"), (what, rf"we \g<mid>{sell}")]
    return tuple((re.compile(pattern), to) for pattern, to in (*pairs, (by, sell)))


def _sold_es(many: str, one: str, sell: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    us, more = "(?:(?:se|nos|me) )*", "(?P<more>(?:(?:mas|menos) )?)"
    between = r"(?P<more>(?: (?!(?:a|para|por|que|y|o|,) )\S+){0,3}?)"
    return tuple((re.compile(pattern), to) for pattern, to in (
        (rf"\b{us}(?:{many}){between} {_BUYERS_ES}\b{_SOME_ES}", rf"{sell}\g<more>"),
        (rf"\b{us}(?:{one})(?P<more>(?: mas| menos)?) {_BUYER_ES}\b{_SOME_ES}", rf"{sell}\g<more>"),
        (rf"(?<!de )\b(?:{_BUYERS_ES} {us}{more}{us}(?:{many})|{_BUYER_ES} {us}(?:{one}))\b", rf"\g<more>{sell}"),
        (rf"\b(?:nos|me) (?:{many})\b(?!.* proveedor)", sell)))


_SOLD = (*(pair for forms in _FORMS_EN for pair in _sold_en(*forms)), *(pair for forms in _FORMS_ES for pair in _sold_es(*forms)))

_AN_ORDER = (r"(?! (?:(?:the|an?|my|our|this|that|el|la|mi|un|una) )*(?:\w+ )?(?:orders?|baskets?|carts?|lists?|shelves|pedidos?|"
             r"orden|lista|caja|till|bank|banco)\b)")
_PUT_ES = (r"(?:meter|poner|echar|inyectar)(?:l[ea]s?)?|met(?:o|emos)|pongo|ponemos|ech(?:o|amos)|inyect(?:o|amos)")
_INVESTED = tuple((re.compile(pattern), to) for pattern, to in (
    (r"\b(?:lay|shell|fork) out (?=(?:for|on|in)\b)", "spend "),
    (r"\b(?P<how>how much .*)(?:sink|plow|plough|pour|pump|tie up|be tied up)(?P<what>(?: (?:money|cash|capital))?) in(?:to)?\b"
     + _AN_ORDER, r"\g<how>invest\g<what> in"),
    ((r"\b(?P<how>how much (?:(?:more|money|cash|capital|do|should|would|will|must|can|could|shall|i|we|need|have|to|be|going|"
      rf"you|think|are|am|plan|want) )*)(?:put|putting)(?P<what>) into\b{_AN_ORDER}"), r"\g<how>invest in"),
    (rf"\b(?P<how>(?:plata|dinero|capital|efectivo)(?: \S+){{0,5}}? )(?:{_PUT_ES})\b", r"\g<how>invertir"),
    ((r"\b(?P<how>cuanto (?:(?:mas|le|les|hay|que|toca|tocara|tocaria|debo|debemos|deberia|deberiamos|tengo|tenemos|vamos|voy|"
      rf"a|me|nos) )*)(?:{_PUT_ES})(?P<to> (?:al?|en))\b{_AN_ORDER}"), r"\g<how>invertir\g<to>")))

_MONEY_SIGNS = re.compile(r"\b(?:(?P<english>how (?:much|many))|cuant[oa]s?)(?: [$€£])+(?! ?\d)")


def reworded(sentence: str) -> str:
    """A sentence of folded words in the words that the reading knows: times written out, what people buy sold, money invested."""
    said = _MONEY_SIGNS.sub(lambda found: "how much money" if found["english"] else "cuanto dinero", sentence)
    said = with_this_one(with_unit(_THEN.sub(r"\g<more> than ", said)))
    if _ASKS_WHAT.search(said) and not _ASKS_HOW.search(said):
        for pattern, to in _SOLD:
            said = pattern.sub(to, said)
    for pattern, to in _INVESTED:
        said = pattern.sub(to, said)
    return said


def with_unit(sentence: str) -> str:
    """The sentence with `el primer semestre con el segundo` as `el primer semestre con el segundo semestre`, and `mayo del 25` as
    `mayo del 2025`, and half a year as its months.
    """
    said = _UNSAID.sub(r"\g<0> \g<unit>", sentence)
    return _SHORT_YEAR.sub(r"\g<month> del 20\g<year>", said).replace("medio ano", "6 meses").replace("half a year", "6 months")


def with_this_one(sentence: str) -> str:
    """The sentence with `más la semana pasada que esta`, `last month than this one` as `que esta semana`, `than this month`."""
    found = _THIS_ONE.search(sentence)
    units = list(_SAID_UNIT.finditer(sentence, 0, found.start())) if found else []
    if not found or not units:
        return sentence
    kind = units[-1].lastgroup or "unit"
    this = found["this"].split()[0]
    unit = units[-1]["unit"] or _NAMED_UNIT[kind][this == "this"]
    return f"{sentence[:found.start('this')]}{this} {unit}{sentence[found.end('this'):]}"
