"""What a question leaves out: `sin Frenos`, `todo menos Filtros`, `except A-101`, `that are not tyres`.

Sentences here are masked: each article or category stands in them as `⟦⟧`, each period as `⟨p⟩`.
"""

import re
from dataclasses import dataclass

_SMALL = (r"(?:(?:de|del|la|el|los|las|lo|al?|en|con|the|of|from|in|for|any|all|tod[oa]s?|que|sea|sean|son|es|ni|our|nuestr[oa]s|"
          r"categor(?:ia|y|ias|ies)|grupos?|groups?|lineas?|lines?|articulos?|productos?|referencias?|items?|products?|articles?) )*")
_LEAVE = (r"(?:cont(?:ar|ando)|inclu(?:ir|yendo|ye|yas)|consider(?:ar|ando)|(?:tener|tomar) en cuenta|count(?:ing)?|includ(?:e|ing)|"
          r"consider(?:ing)?)")
# These say nothing but that something is left out.
_ALWAYS = (
    rf"sin {_LEAVE}", rf"(?:no|not|dont|do not|never|without) (?:me |lo |los |las )?(?:{_LEAVE}|cuentes?|incluyas?)",
    r"excepto(?: por)?", r"exceptuando", r"salvo(?: por)?", r"(?:a|con) excepcion", r"exclu\w+", "quit(?:ando|a|ale|ar)",
    r"(?:dej\w+|sac\w+) (?:por )?fuera", r"descont(?:ando|ar)|descartando", r"omit\w*", r"ignor\w+", r"aparte de", r"fuera de(?! stock)",
    r"(?:que|q) no (?:sean?|son|es|pertene\w+|esten?|estan|tengan?)", r"(?:pero|mas) no", r"y no", r"distint[oa]s? (?:de|a)",
    r"diferentes? (?:de|a)", r"(?:tod[oa]s?|all|everything|anything|nothing|every|cualquier cosa) (?:\w+ ){0,2}?(?:menos|but|less|minus)",
    r"except(?:ing|ed)?(?: for)?", r"(?:but|and|just|only) not", r"(?:that|which) (?:are|is)(?:nt| not)", r"(?:arent|isnt) (?:in|from|of)",
    r"other than", r"apart from", r"aside from", r"besides", r"leav(?:e|ing) (?:out|aside)", r"minus", r"skip(?:ping)?", r"outside(?: of)?",
    r"with the exception")
# These do so right before an article, and mean something else elsewhere (`menos vendidos`, `quedar sin stock`).
_BESIDE = (r"menos(?! (?:,|de(?! la| los| las|l)))", r"less(?! (?:,|of|than))", "but", "sin", "without", "not", "no")
_STRONG = re.compile(rf"(?<!\w)(?:{'|'.join(_ALWAYS)})(?!\w)")
_LIST = rf"{_SMALL}⟦⟧(?:(?: (?:,|y|e|o|u|ni|and|or|nor|neither))+ {_SMALL}⟦⟧)*"
_LEFT_OUT = re.compile(rf"(?:, )?(?<!\w)(?P<how>{'|'.join((*_ALWAYS, *_BESIDE))})(?: ,)? {_LIST}")
_AROUND = re.compile(
    rf"(?:leav(?:e|ing)|dej\w+|tak(?:e|ing)|keep(?:ing)?|sac\w+|quit\w+) (?:a )?{_LIST} (?:out|aside|off|away|(?:por )?fuera|aparte)(?!\w)")
_AFTER = re.compile(r"⟦⟧ (?:no|not|excluded|exclud\w+|excluid[oa]s?|aparte|aside|apart)(?: ?,| ?$)|(?:sin|without) ⟨p⟩")
# Running out of something leaves nothing out; neither does less of it than at another time.
_RUN_OUT = re.compile(r"\b(?:qued\w+|est(?:oy|a|an|amos|ar\w*|aremos)|andamos|dej\w+|be|being|are|am|is|left|run|go)(?: \w+)? $")
# `vendimos menos frenos`, `al menos`, `more or less` are no exclusions.
_LESS = re.compile(r"(?:vend\w+|mov\w+|rot\w+|sal\w+|compr\w+|pid\w+|ped\w+|s[eo]ld?l?|sells|move\w*|buy|bought|order\w*|need\w*|"
                   r"se|much\w*|mucho|al|lo|o|or|for|any|no|que|cual|cuales|what|which) $")
_THAN = re.compile(r"\b(?:que|than)\b")


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What a masked sentence leaves out.

    rest: the sentence without it. places: which of its `⟦⟧` are left out, counted from 0. unsure: it leaves something out, and
    what that is cannot be told.
    """

    rest: str
    places: frozenset[int] = frozenset()
    unsure: bool = False


def take_exclusion(marked: str) -> Exclusion:
    """The articles and categories that a masked sentence leaves out."""
    places: set[int] = set()
    cut: list[tuple[int, int]] = []
    for found in sorted([*_LEFT_OUT.finditer(marked), *_AROUND.finditer(marked)], key=lambda one: one.start()):
        if _is_another_sense(found, marked) or (cut and found.start() < cut[-1][1]):
            continue
        before = marked[:found.start()].count("⟦⟧")
        places |= set(range(before, before + found.group().count("⟦⟧")))
        cut.append(found.span())
    rest = marked
    for begin, stop in reversed(cut):
        rest = f"{rest[:begin]} {rest[stop:]}"
    rest = " ".join(rest.split())
    return Exclusion(rest, frozenset(places), bool(_STRONG.search(rest) or _AFTER.search(rest)))


def _is_another_sense(found: re.Match[str], marked: str) -> bool:
    how = found.groupdict().get("how") or ""
    before, after = marked[:found.start("how")] if how else "", marked[found.end():]
    if how in ("sin", "without"):
        return _RUN_OUT.search(before) is not None
    if how in ("menos", "less"):
        return _THAN.search(after) is not None or _LESS.search(before) is not None
    return how in ("no", "not") and bool(re.search(r"\b(?:por ?que|why|if|si|or|o|ya) $", before))
