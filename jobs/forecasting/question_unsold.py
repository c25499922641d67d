"""What a question denies: that something sold at all (`sin ventas`, `sold nothing`), that it sold well, or more than a number."""

import re
from dataclasses import replace

from jobs.forecasting.question_numbers import Threshold

_VERB_ES = r"(?:vend\w+|rot(?:an?|o|aron|ad[oa]s?|ando|en)|mov\w+|muev\w+|sali\w+|salen?)"
_NOUN_ES = r"(?:ventas?|movimientos?|salidas?|rotacion|demanda)"
_VERB_EN = r"(?:sold|sells?|moved?|shift(?:ed)?)"
_NOUN_EN = r"(?:sales?|movements?|turnover|demand|units? sold)"
_NO_ES = r"(?:no|nunca|jamas|nada|tampoco)"
_NO_EN = r"(?:didnt|doesnt|dont|havent|hasnt|hadnt|wasnt|werent|isnt|arent|wont|not|never)"
_HELPED_ES = r"(?:se|me|nos|he|ha|han|hayan?|hemos|hubo|habia|hay|logr\w+|pud\w+|tuv\w+|tiene[ns]?|tenido|registr\w+|hicieron)"
_HELPED_EN = r"(?:been|be|being|ever|yet|even|actually|really|at all|had|have|any|a single|make|made|get|got|managed? to)"
# What sold, if not much, did not sell nothing.
_WELL = (r"(?:mucho|muy|bien|tan\w*|mejor|lo suficiente|suficiente|rapid\w*|seguido|a menudo|so|much|many|well|better|enough|"
         r"fast|quickly|often|very)")
_BUT_SOME = rf"(?!\w)(?! (?:{_WELL}|casi|mas|menos|more|less|fewer|as|like|than|out|tax|but|(?:unidades |units )?⟨m⟩)(?!\w))"
_UNSOLD = re.compile("|".join((
    rf"\b{_NO_ES} (?:de )?(?:{_HELPED_ES} )*(?:{_VERB_ES}|{_NOUN_ES}){_BUT_SOME}",
    (rf"\bsin (?:ningun[oa]? |ni un[oa] (?:sol[oa] )?|un[oa] sol[oa] )?(?:{_NOUN_ES}|vender(?:se|l[oa]s?)?|mover(?:se|l[oa]s?)?|"
     r"rotar|salir)(?!\w)"),
    rf"\b(?:cero|0|ningun[oa]?|ni un[oa](?: sol[oa])?) (?:{_NOUN_ES}|unidad(?:es)? vendidas?)(?!\w)",
    r"\bvend\w+ (?:nada|cero|0|ningun[oa]?|ni un[oa])\b",
    rf"\b{_NO_EN} (?:{_HELPED_EN} )*(?:{_VERB_EN}|{_NOUN_EN}){_BUT_SOME}",
    rf"\b(?:no|zero|0|without(?: any| a single)?) {_NOUN_EN}{_BUT_SOME}",
    rf"\bnothing (?:was |has |been |got |at all )*{_VERB_EN}{_BUT_SOME}",
    rf"\b(?:{_VERB_EN}|selling) (?:nothing|none|zero|0|no units?|not a single)\b(?! but\b)", r"\bunsold\b",
    r"\byet to (?:sell|be sold|move)\b",
)))
_BADLY = re.compile(rf"\b{_NO_ES} (?:{_HELPED_ES} |esta\w* )*{_VERB_ES} {_WELL}(?!\w)|"
                    rf"\b{_NO_EN} (?:{_HELPED_EN} )*(?:{_VERB_EN}|selling|moving) {_WELL}(?!\w)")
_NO_LIMIT = re.compile(rf"\b{_NO_ES} (?:{_HELPED_ES} )*{_VERB_ES} (?:unidades )?⟨m⟩|"
                       rf"\b{_NO_EN} (?:{_HELPED_EN} )*{_VERB_EN} (?:units )?⟨m⟩")
_INCLUDED = re.compile(r"\b(?:al menos|minimo|at least|at most|como mucho)\b")


def asks_for_unsold(sentence: str) -> bool:
    """Whether a sentence asks for what sold nothing at all, not for what sold little."""
    return _UNSOLD.search(sentence) is not None


def sells_badly(sentence: str) -> bool:
    """Whether a sentence asks for what does not sell well."""
    return _BADLY.search(sentence) is not None


def with_denial(sentence: str, threshold: Threshold | None, said: str) -> Threshold | None:
    """The limit that `did not sell more than 10 units` sets: fewer than 11; `not at least 10` is fewer than 10.

    sentence: with `⟨m⟩` for the limit. said: with the limit itself. Units are whole.
    """
    if threshold is None or not _NO_LIMIT.search(sentence):
        return threshold
    step = 0.0 if threshold.of == "money" or _INCLUDED.search(said) else 1.0
    if threshold.relation == "more":
        return replace(threshold, relation="less", value=threshold.value + step)
    return replace(threshold, relation="more", value=threshold.value - step)
