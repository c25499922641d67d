"""What a question leaves out: `sin Frenos`, `todo menos Filtros`, `except A-101`, `that are not tyres`.

Sentences here are masked: each article or category stands in them as `⟦⟧`, each period as `⟨p⟩`.
"""

import re
from dataclasses import dataclass

_SMALL = (r"(?:(?:de|del|la|el|los|las|lo|al?|en|con|the|of|from|in|for|any|all|tod[oa]s?|que|sea|sean|son|es|ni|our|nuestr[oa]s|"
          r"categor(?:ia|y|ias|ies)|grupos?|groups?|lineas?|lines?|articulos?|productos?|referencias?|items?|products?|"
          r"articles?) )*")
_LEAVE = (r"(?:cont(?:ar|ando)|inclu(?:ir|yendo|ye|yas)|consider(?:ar|ando)|(?:tener|tomar) en cuenta|count(?:ing)?|"
          r"includ(?:e|ing)|consider(?:ing)?)")
# These say nothing but that something is left out.
_ALWAYS = (
    rf"sin {_LEAVE}", rf"(?:no|not|dont|do not|never|without) (?:me |lo |los |las )?(?:{_LEAVE}|cuentes?|incluyas?)",
    r"excepto(?: por)?", r"exceptuando", r"salvo(?: por)?", r"(?:a|con) excepcion", r"exclu[iyd]\w*", "exclusion",
    "quit(?:ando|a|ale|ar)",
    r"(?:dej\w+|sac\w+) (?:por )?fuera", r"descont(?:ando|ar)|descartando", r"omit\w*", r"ignor\w+",
    r"aparte de", r"fuera de(?! stock)",
    r"(?:pero|mas) no", "y no",
    (r"(?:tod[oa]s?|all|everything|anything|every one|cualquier cosa) (?:menos|but|less|minus)"
     r"(?! (?:vend|rot|mov|sal|sell|sold)\w*)"),
    r"except(?:ing|ed)?(?: for)?", r"(?:but|and|just|only) not",
    r"other than", r"apart from", r"aside from", r"besides", r"leav(?:e|ing) (?:out|aside)", r"minus", r"skip(?:ping)?",
    r"outside(?: of)?",
    r"with the exception")
# These do so right before an article, and mean something else elsewhere (`menos vendidos`, `quedar sin stock`).
_BESIDE = (r"menos(?! (?:,|de(?! la| los| las|l)))", r"less(?! (?:,|of|than))", "but", "sin", "without", "not", "no",
           r"(?:que|q) no (?:sean?|son|es|esten?|estan|tengan?|pertene\w+)", r"distint[oa]s? (?:de|a)", r"diferentes? (?:de|a)",
           r"(?:that|which) (?:are|is)(?:nt| not)", "arent", "isnt", "different (?:from|to)")
_STRONG = re.compile(rf"(?<!\w)(?:{'|'.join(_ALWAYS)})(?!\w)|\b(?:no|not) (?:solo|solamente|only|just)\b")
# What is asked for may lack these; anything else that comes after `sin` is left out.
_LACKING = (r"(?:vend\w+|ventas?|mov\w+|rot\w+|sal\w+|stock|existencias?|inventarios?|pas\w+|exce\w+|super\w+|gast\w+|"
            r"qued\w+|que|"
            r"embargo|falta|duda|nada|cont\w+|sales?|sell\w*|going|running|spend\w*|inventory|mover\w*|productos?|unidades|mercancia|"
            r"having|us|it|demanda?|ningun\w*|costo|cost|precio|problemas?|"
            r"iva|impuestos?|vat|tax)")
_SIN = re.compile(rf"\b(?:sin|without) (?!(?:ningun\w* |ni una |una sola |a single |any |the |el |la |los |las |more |mas )*"
                  rf"{_LACKING}(?!\w))")
_LIST = rf"{_SMALL}⟦⟧(?:(?: (?:,|y|e|o|u|ni|and|or|nor|neither))+ {_SMALL}⟦⟧)*"
_LEFT_OUT = re.compile(rf"(?:, )?(?<!\w)(?P<how>{'|'.join((*_ALWAYS, *_BESIDE))})(?: ,)? {_LIST}")
_AROUND = re.compile(
    rf"(?:leav(?:e|ing)|dej\w+|tak(?:e|ing)|keep(?:ing)?|sac\w+|quit\w+) (?:a )?{_LIST} (?:out|aside|off|away|"
    rf"(?:por )?fuera|aparte)(?!\w)")
_AFTER = re.compile(r"⟦⟧ (?:no|not|excluded|exclud\w+|excluid[oa]s?|aparte|aside|apart)(?: ?,| ?$)|(?:sin|without) ⟨p⟩")
# Running out of something leaves nothing out; neither does less of it than at another time.
_RUN_OUT = re.compile(r"\b(?:qued\w+|est(?:oy|a|an|amos|ar\w*|aremos)|andamos|dej\w+|be|being|are|am|is|left|run|go) $")
# `al menos`, `more or less` and `nothing but` leave nothing out; `vendimos menos frenos` may or may not.
_OTHER_SENSE = re.compile(r"\b(?:al|lo|o|or|for|at|no|nothing|nada|que|cual|cuales|what|which|mucho|much) $")
_WHAT_SELLS = re.compile(r"\b(?:que|cual(?:es)?|what|which) (?:se )?\S+ $")  # `what sells less, tyres or oils`
_MAYBE = re.compile(r"(?:vend\w+|mov\w+|rot\w+|sal\w+|compr\w+|pid\w+|ped\w+|se|sell|sold|sells|move\w*|buy|bought|"
                    r"order\w*|need\w*) $")
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
    unsure = False
    for found in sorted([*_LEFT_OUT.finditer(marked), *_AROUND.finditer(marked)], key=lambda one: one.start()):
        if _is_another_sense(found, marked) or (cut and found.start() < cut[-1][1]):
            continue
        less = found.groupdict().get("how") in ("menos", "less")
        unsure = unsure or (less and _MAYBE.search(marked[:found.start("how")]) is not None)
        before = marked[:found.start()].count("⟦⟧")
        places |= set(range(before, before + found.group().count("⟦⟧")))
        cut.append(found.span())
    rest = marked
    for begin, stop in reversed(cut):
        rest = f"{rest[:begin]} {rest[stop:]}"
    rest = " ".join(rest.split())
    return Exclusion(rest, frozenset(places), unsure or bool(_STRONG.search(rest) or _AFTER.search(rest) or any(
        not _RUN_OUT.search(rest[:found.start()]) for found in _SIN.finditer(rest))))


def _is_another_sense(found: re.Match[str], marked: str) -> bool:
    """Whether the word that was found leaves nothing out there."""
    how = found.groupdict().get("how") or ""
    before, after = marked[:found.start("how")] if how else "", marked[found.end():]
    if how in ("sin", "without"):
        return _RUN_OUT.search(before) is not None
    if how in ("menos", "less") and _MAYBE.search(before) and _WHAT_SELLS.search(before):
        return True
    if how in ("menos", "less", "but"):
        return (how != "but" and _THAN.search(after) is not None) or _OTHER_SENSE.search(before) is not None
    return how in ("no", "not") and bool(re.search(r"\b(?:por ?que|why|if|si|or|o|ya) $", before))
